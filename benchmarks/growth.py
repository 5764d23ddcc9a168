"""What a step costs as runs get longer: 20, 200 and 2,000 steps.

Two shapes: one step visited over and over (a loop), and a chain of as many different steps.
Both with their check, serially, in memory; beside them the same shapes in bare LangGraph, whose
own cost per step grows with the number of nodes. Milliseconds per step are medians, and the
ratios say what grows: cost per step at a length over that at 20 steps, ours and LangGraph's.
The size of the last checkpoint says what a longer run leaves behind.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from _chains import App, Saver, State, accept, bare, once, verified, work
from _report import Figure, main
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph

from surestep import VerifiedGraph

LENGTHS = (20, 200, 2_000)


def looping(steps: int, saver: Saver) -> App:
    """One verified step, visited so many times."""
    graph = VerifiedGraph(State)
    graph.add_step("work", work, verifiers=[accept])
    graph.add_edge(START, "work")
    graph.add_conditional_edges("work", _until(steps), ["work", END])
    return graph.compile(checkpointer=saver)


def bare_looping(steps: int, saver: Saver) -> App:
    """The same loop in LangGraph."""
    graph = StateGraph(State)
    graph.add_node("work", work)
    graph.add_edge(START, "work")
    graph.add_conditional_edges("work", _until(steps), ["work", END])
    return graph.compile(checkpointer=saver)


SHAPES: Mapping[str, Callable[[int, Saver], App]] = {
    "loop": looping,
    "loop in LangGraph": bare_looping,
    "chain": verified,
    "chain in LangGraph": bare,
}


def _until(steps: int) -> Callable[[State], Awaitable[str]]:
    async def route(state: State) -> str:
        return "work" if state["count"] < steps else END

    return route


async def cost(build: Callable[[int, Saver], App], steps: int, rounds: int) -> tuple[float, int]:
    """Median milliseconds per step, and bytes of the last checkpoint's values."""
    saver = InMemorySaver()
    app = build(steps, saver)
    await once(app, "warm", saver)
    took = []
    for number in range(rounds):
        started = time.perf_counter()
        await once(app, f"t{number}", saver)
        took.append((time.perf_counter() - started) / steps)
    return 1e3 * statistics.median(took), await _left(saver)


async def _left(saver: InMemorySaver) -> int:
    config: Any = {"configurable": {"thread_id": "warm"}}
    found = await saver.aget_tuple(config)
    assert found is not None
    values = found.checkpoint["channel_values"]
    return sum(len(saver.serde.dumps_typed(value)[1]) for value in values.values())


def measure(*, quick: bool) -> Sequence[Figure]:
    """All figures."""
    lengths = LENGTHS[:2] if quick else LENGTHS
    figures, first = [], {}
    for steps in lengths:
        rounds = max(1, (200 if quick else 4_000) // steps)
        for shape, build in SHAPES.items():
            ms, left = asyncio.run(cost(build, steps, rounds))
            first.setdefault(shape, ms)
            name = f"{shape}, {steps} steps"
            figures.append(Figure(f"{name}: ms/step", ms, rounds))
            figures.append(Figure(f"{name}: ms/step over that at 20", ms / first[shape], rounds))
            figures.append(Figure(f"{name}: last checkpoint, kB", left / 1e3, rounds))
    return figures


if __name__ == "__main__":
    main(__doc__, measure)
