"""A small graph with a suite, as a user's file would hold them."""

from __future__ import annotations

import asyncio
import os
import re
from typing import Any, TypedDict

from langchain_openai import ChatOpenAI
from langgraph.graph import END, START

from surestep import Output, VerifiedGraph
from surestep.rehearsal import JudgeRole, Latency, Role, Scenario
from surestep.rehearsal.suite import Suite
from surestep.verifiers import Judge

KINDS = ("refund", "question", "spam")


class State(TypedDict, total=False):
    """A ticket on its way."""

    ticket: str
    kind: str
    note: str
    reply: str


def kind_of(ticket: str) -> str:
    """The truth: tickets go round the kinds."""
    return KINDS[int(ticket[1:]) % len(KINDS)]


def graph(*, human: Any = "never") -> VerifiedGraph:
    """Classify, note something nobody reads, reply."""
    model = ChatOpenAI(model="gpt-4o-mini", base_url=os.environ["OPENAI_BASE_URL"])

    async def classify(state: State) -> Output:
        reply = await model.ainvoke(f"Classify {state['ticket']}.")
        return Output({"kind": reply.text}, confidence=0.75)

    async def note(state: State) -> State:
        await asyncio.sleep(1.0)
        return {"note": f"seen {state['ticket']}"}

    async def answer(state: State) -> State:
        return {"reply": f"about your {state['kind']}"}

    made = VerifiedGraph(State)
    judge = Judge(model, rubric="The kind fits.", name="judge")
    made.add_step("classify", classify, verifiers=[judge], human=human)
    made.add_step("note", note)
    made.add_step("answer", answer)
    for here, there in ((START, "classify"), ("classify", "note"), ("note", "answer")):
        made.add_edge(here, there)
    made.add_edge("answer", END)
    return made


def asking() -> VerifiedGraph:
    """The same graph, with a person for what is refused."""
    return graph(human="on_failure")


def blocking() -> VerifiedGraph:
    """One step whose worker blocks its thread while it waits for the model."""
    model = ChatOpenAI(model="gpt-4o-mini", base_url=os.environ["OPENAI_BASE_URL"])

    def classify(state: State) -> State:
        kind = model.invoke(f"Classify {state['ticket']}.").text
        return {"kind": kind, "reply": f"about your {kind}"}

    made = VerifiedGraph(State)
    made.add_step("classify", classify)
    made.add_edge(START, "classify")
    return made


def inputs(seed: int, n: int) -> list[dict[str, str]]:
    """At most a hundred tickets."""
    return [{"ticket": f"T{seed * 100 + number}"} for number in range(min(n, 100))]


def right(given: Any, state: Any) -> bool:
    """Whether the reply is about the right kind."""
    return bool(state["reply"] == f"about your {kind_of(given['ticket'])}")


def scenario(*, error_rate: float = 0.3, accept_bad: float = 0.0) -> Scenario:
    """A model that errs, and a judge of it."""
    latency = Latency(kind="constant", median_s=2.0)
    return Scenario(
        roles=(
            JudgeRole(
                name="judge",
                pattern=re.compile(
                    r'(?s)"ticket": ?"(?P<task>T\d+)".*<output-\w+>\n(?P<candidate>.*)\n</output-'
                ),
                of="classify",
                accept_bad=accept_bad,
                latency=latency,
            ),
            Role(
                name="classify",
                pattern=re.compile(r"Classify (?P<task>T\d+)"),
                error_rate=error_rate,
                truth=kind_of,
                wrong=list(KINDS),
                latency=latency,
            ),
        )
    )


def answer(given: Any, question: Any) -> dict[str, object]:
    """A person who knows."""
    return {"type": "edit", "args": {"kind": kind_of(given["ticket"])}}


suite = Suite(inputs=inputs, right=right, scenario=scenario())
answered = Suite(inputs=inputs, right=right, scenario=scenario(error_rate=1.0), answer=answer)
