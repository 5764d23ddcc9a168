"""A library's desk that answers visitors, and only says what is on its fact sheet."""

from __future__ import annotations

import operator
from functools import partial
from typing import Annotated, Literal, TypedDict

from langchain_openai import ChatOpenAI
from langgraph.graph import START

from examples import models
from surestep import Ask, Output, Verdict, VerifiedGraph, attempt
from surestep.verifiers import Judge, Rule

FACTS = """\
Open Tuesday to Saturday, 9:00 to 18:00. A library card is free for residents.
A late book costs 20 cents a day. Loans can be renewed twice, online or at the desk."""
MAX_WORDS = 60


class State(TypedDict, total=False):
    """A conversation; `said` is empty once the visitor has left."""

    said: str
    reply: str
    history: Annotated[list[tuple[str, str]], operator.add]


def listen(_state: State) -> State:
    """The visitor's turn: what they said is how they answered the question to them."""
    return {"said": attempt().feedback}


def turn(state: State, output: Output | None, _verdicts: tuple[Verdict, ...]) -> bool | Ask:
    """Ask the visitor until they have said something."""
    if output is not None and output.update != {"said": ""}:
        return False
    return Ask(state.get("reply", "Welcome to the library. How can I help?"))


async def reply(model: ChatOpenAI, state: State) -> State:
    """The desk's turn."""
    lines = [f"You answer visitors of a library, from these facts alone:\n{FACTS}"]
    lines += [f"Earlier: {said!r} was answered with {text!r}." for said, text in state["history"]]
    if attempt().feedback:
        lines.append(f"Your last draft was refused: {attempt().feedback}")
    answer = await model.ainvoke([("system", "\n".join(lines)), ("user", state["said"])])
    text = str(answer.text)
    return {"reply": text, "history": [(state["said"], text)]}


def short(update: State) -> bool | str:
    """Whether a reply can be read at a desk."""
    words = len(update["reply"].split())
    return 0 < words <= MAX_WORDS or f"{words} words; say it in 1 to {MAX_WORDS}."


def shown(state: State) -> dict[str, str]:
    """What the judge sees of the conversation."""
    return {"facts": FACTS, "visitor": state["said"]}


def heard(state: State) -> Literal["reply", "__end__"]:
    """Where to go after the visitor's turn; approving an empty turn ends the chat."""
    return "reply" if state["said"] else "__end__"


def build(model: ChatOpenAI | None = None) -> VerifiedGraph:
    """The graph: listen, reply, and again; with a small model by default."""
    model = model or models.small()
    judge = Judge(
        model,
        name="facts",
        rubric="The reply answers the visitor and says nothing the facts do not say.",
        sees=shown,
    )
    graph = VerifiedGraph(State)
    graph.add_step("listen", listen, human=turn)
    graph.add_step("reply", partial(reply, model), verifiers=[Rule(short), judge], retries=3)
    graph.add_edge(START, "listen")
    graph.add_conditional_edges("listen", heard)
    graph.add_edge("reply", "listen")
    return graph
