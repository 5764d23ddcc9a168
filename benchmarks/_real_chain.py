"""The chain of the headline on the real clock: workers over HTTP, against the rehearsal server."""

from __future__ import annotations

import asyncio
import itertools
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from _worlds import STEPS, State
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START

from surestep import Plan, VerifiedGraph
from surestep.rehearsal import Latency, Role, Scenario, rehearse
from surestep.verifiers import Vote

AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Compared:
    """Verified runs beside unverified ones.

    Attributes:
        right: how many verified runs were right.
        unverified_right: how many of the others.
        latency_x: mean latency of the verified ones, in times that of the others.
    """

    right: int
    unverified_right: int
    latency_x: float


def world(work_s: float) -> Scenario:
    """A model that is right 95 % of the time, and wrong in one way."""
    role = Role(
        name="work",
        pattern=r"Task (?P<task>\S+)",  # type: ignore[arg-type]
        error_rate=0.05,
        truth=lambda _: "right",
        wrong=["wrong"],
        latency=Latency(kind="constant", median_s=work_s),
    )
    return Scenario(roles=(role,))


def chain(model: ChatOpenAI, name: str) -> VerifiedGraph:
    """Twenty steps that each ask the model, and may vote."""

    def worker(step: str) -> Callable[[State], Any]:
        async def work(_: State) -> dict[str, list[str]]:
            reply = await model.ainvoke(f"Task {name}/{step}")
            return {"answers": [str(reply.content)]}

        return work

    graph, before = VerifiedGraph(State), START
    for number in range(STEPS):
        step = f"step{number}"
        graph.add_step(step, worker(step), verifiers=[Vote()])
        graph.add_edge(before, step)
        before = step
    graph.add_edge(before, END)
    return graph


async def compared(plan: Plan, number: int, *, work_s: float) -> Compared:
    """So many runs under a plan, taking turns with as many unverified ones.

    Args:
        plan: how the verified runs' steps are treated.
        number: runs of each kind.
        work_s: seconds of a worker call.
    """
    loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)
    plans = {"verified": plan, "unverified": Plan.nothing()}
    took: dict[str, list[float]] = {form: [] for form in plans}
    right = dict.fromkeys(plans, 0)
    async with rehearse(world(work_s)) as server:
        model = ChatOpenAI(
            model="rehearsal", base_url=server.base_url, api_key="none", max_retries=0
        )

        async def once(place: int, form: str) -> None:
            app = chain(model, f"{place}{form}").compile(
                checkpointer=InMemorySaver(), plan=plans[form]
            )
            async with gate:
                began = loop.time()
                state = await app.ainvoke({"answers": []}, {"configurable": {"thread_id": "run"}})
                took[form].append(loop.time() - began)
            right[form] += state["answers"] == ["right"] * STEPS

        # The first call of a client builds connections and imports that later ones have.
        await model.ainvoke("Task warm-up")
        await asyncio.gather(*itertools.starmap(once, itertools.product(range(number), plans)))
    latency_x = statistics.mean(took["verified"]) / statistics.mean(took["unverified"])
    return Compared(right["verified"], right["unverified"], latency_x)
