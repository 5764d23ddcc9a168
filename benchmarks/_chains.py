"""The same chain of workers and checkers, hand-written in LangGraph and as verified steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from surestep import Assurance, Plan, VerifiedGraph
from surestep.storage import checkpointer

App = CompiledStateGraph[Any, Any, Any, Any]
Saver = BaseCheckpointSaver[Any] | None
Place = Literal["nothing", "memory", "sqlite"]


class State(TypedDict, total=False):
    """What every form of the chain works on."""

    count: int
    accepted: bool


async def work(state: State) -> State:
    """A worker that does next to nothing, so that what is measured is everything else."""
    return {"count": state.get("count", 0) + 1}


async def judge(state: State) -> State:
    """A checker node that accepts."""
    return {"accepted": state["count"] > 0}


async def accept(_: State, update: State) -> bool:
    """The same checker as a verifier."""
    return update["count"] > 0


def bare(steps: int, saver: Saver) -> App:
    """The workers alone, joined by edges."""
    graph = StateGraph(State)
    for number in range(steps):
        graph.add_node(f"work{number}", work)
        graph.add_edge(START if number == 0 else f"work{number - 1}", f"work{number}")
    graph.add_edge(f"work{steps - 1}", END)
    return graph.compile(checkpointer=saver)


def routed(steps: int, saver: Saver) -> App:
    """Worker and checker nodes with a plain `def` router, as LangGraph's documentation has it."""
    return _reflecting(steps, saver, _router)


def async_routed(steps: int, saver: Saver) -> App:
    """The same with an async router, which spares a thread."""
    return _reflecting(steps, saver, _async_router)


def commanded(steps: int, saver: Saver) -> App:
    """Worker nodes by edges, checker nodes that say with a `Command` where to go."""
    graph = StateGraph(State)
    for number in range(steps):
        after = END if number == steps - 1 else f"work{number + 1}"
        graph.add_node(f"work{number}", work)
        graph.add_node(f"judge{number}", _commanding(f"work{number}", after))
        graph.add_edge(f"work{number}", f"judge{number}")
    graph.add_edge(START, "work0")
    return graph.compile(checkpointer=saver)


def verified(steps: int, saver: Saver) -> App:
    """The workers as steps, each with its checker, serially."""
    return _verified(steps, saver, Plan.everything())


def speculated(steps: int, saver: Saver) -> App:
    """The same, going on before verdicts are in."""
    return _verified(steps, saver, Plan(default=Assurance(mode="speculative")))


def unchecked(steps: int, saver: Saver) -> App:
    """The same graph under a plan that switches every check off."""
    return _verified(steps, saver, Plan.nothing())


@asynccontextmanager
async def saver_in(place: Place) -> AsyncIterator[Saver]:
    """A checkpointer that keeps nothing, keeps in memory, or keeps in an SQLite file."""
    if place == "nothing":
        yield None
    elif place == "memory":
        yield InMemorySaver()
    else:
        with TemporaryDirectory() as folder:
            async with checkpointer(Path(folder) / "chain.db") as saver:
                yield saver


async def once(app: App, thread: str, saver: Saver) -> None:
    """Run a chain from its start to its end."""
    options: dict[str, Any] = {} if saver is None else {"durability": "sync"}
    result = await app.ainvoke({"count": 0}, {"configurable": {"thread_id": thread}}, **options)
    if result["count"] == 0:
        raise AssertionError("the chain did not run")


def _verified(steps: int, saver: Saver, plan: Plan) -> App:
    graph = VerifiedGraph(State)
    for number in range(steps):
        graph.add_step(f"work{number}", work, verifiers=[accept])
        graph.add_edge(START if number == 0 else f"work{number - 1}", f"work{number}")
    graph.add_edge(f"work{steps - 1}", END)
    return graph.compile(checkpointer=saver, plan=plan)


Router = Callable[[str, str], Callable[[State], str] | Callable[[State], Awaitable[str]]]


def _reflecting(steps: int, saver: Saver, router: Router) -> App:
    graph = StateGraph(State)
    for number in range(steps):
        after = END if number == steps - 1 else f"work{number + 1}"
        graph.add_node(f"work{number}", work)
        graph.add_node(f"judge{number}", judge)
        graph.add_edge(f"work{number}", f"judge{number}")
        graph.add_conditional_edges(
            f"judge{number}", router(f"work{number}", after), [f"work{number}", after]
        )
    graph.add_edge(START, "work0")
    return graph.compile(checkpointer=saver)


def _router(again: str, after: str) -> Callable[[State], str]:
    def route(state: State) -> str:
        return after if state["accepted"] else again

    return route


def _async_router(again: str, after: str) -> Callable[[State], Awaitable[str]]:
    async def route(state: State) -> str:
        return after if state["accepted"] else again

    return route


def _commanding(again: str, after: str) -> Callable[[State], Awaitable[Command[str]]]:
    async def judge_and_go(state: State) -> Command[str]:
        accepted = state["count"] > 0
        return Command(update={"accepted": accepted}, goto=after if accepted else again)

    return judge_and_go


def clear_loop() -> None:
    """Nothing of one measurement may run into the next."""
    pending = asyncio.all_tasks() - {asyncio.current_task()}
    if pending:
        raise AssertionError(f"{len(pending)} tasks are left over")
