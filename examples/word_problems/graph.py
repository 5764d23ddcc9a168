"""One model works, the agreement of others checks, a person is asked where they disagree."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Literal, TypedDict

from langchain_openai import ChatOpenAI
from langgraph.graph import END, START

from examples.word_problems.data import final_answer
from surestep import Verdict, VerifiedGraph
from surestep.verifiers import Rule

WORKER = "175b_verification"
OTHERS = ("175b_finetuning", "6b_verification", "6b_finetuning")
LONG_WORDS = 45
"""Questions from this many words on count as long; the recorded models err on them more often."""


class State(TypedDict, total=False):
    """A question, and how it was solved."""

    question: str
    solution: str
    answer: str


def length(state: State) -> Literal["solve_short", "solve_long"]:
    """Which step solves a question; a plan may treat the two differently."""
    words = len(state["question"].split())
    return "solve_long" if words >= LONG_WORDS else "solve_short"


@cache
def chat_model(name: str, base_url: str | None) -> ChatOpenAI:
    """A model at an OpenAI-compatible address; `None` is where `OPENAI_BASE_URL` points."""
    return ChatOpenAI(model=name, base_url=base_url, api_key="recorded")  # type: ignore[arg-type]


def build(
    worker: str = WORKER,
    others: tuple[str, ...] = OTHERS,
    *,
    agreeing: int = 1,
    base_url: str | None = None,
) -> VerifiedGraph:
    """The graph, for any models.

    Args:
        worker: the model that solves.
        others: the models whose answers are compared with it.
        agreeing: how many of them must come to the same number.
        base_url: where the models are; default: `OPENAI_BASE_URL`.
    """

    async def ask(model: str, question: str) -> str:
        reply = await chat_model(model, base_url).ainvoke(f"Question: {question}")
        return str(reply.text)

    async def solve(state: State) -> State:
        solution = await ask(worker, state["question"])
        return {"solution": solution, "answer": final_answer(solution)}

    async def agreement(state: State, update: State) -> Verdict:
        replies = await asyncio.gather(*(ask(model, state["question"]) for model in others))
        answers = {model: final_answer(text) for model, text in zip(others, replies, strict=True)}
        same = sum(answer == update["answer"] != "" for answer in answers.values())
        said = ", ".join(f"{model}: {answer or 'nothing'}" for model, answer in answers.items())
        return Verdict(
            "pass" if same >= agreeing else "fail",
            score=same / len(others),
            feedback=f"The others say {said}.",
            evidence={"answers": answers},
        )

    graph = VerifiedGraph(State)
    for name in ("solve_short", "solve_long"):
        check = Rule(agreement, name="agreement")
        # A recorded model says the same again, so a retry would change nothing.
        graph.add_step(name, solve, verifiers=[check], retries=0, human="on_failure")
        graph.add_edge(name, END)
    graph.add_conditional_edges(START, length)
    return graph
