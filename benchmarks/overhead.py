"""What orchestration costs per step, as ratios within one run.

A 20-step chain, worker and checker serial, against the same nodes hand-written in LangGraph;
and the chain with checks off against LangGraph's bare chain. Workers do next to nothing and
tracing is off, so only the orchestration is timed. Forms take turns, and each ratio is the
median over the turns. What a traced event costs is a figure of its own.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from _chains import (
    App,
    Place,
    Saver,
    async_routed,
    bare,
    clear_loop,
    commanded,
    once,
    routed,
    saver_in,
    unchecked,
    verified,
)
from _report import Figure, main

from surestep.storage import Store
from surestep.traces import Tracer

STEPS = 20
FORMS: Mapping[str, Callable[[int, Saver], App]] = {
    "bare": bare,
    "routed": routed,
    "async_routed": async_routed,
    "commanded": commanded,
    "verified": verified,
    "unchecked": unchecked,
}
PLACES: Mapping[Place, str] = {
    "nothing": "no checkpointer",
    "memory": "memory",
    "sqlite": "SQLite",
}


async def turns(place: Place, rounds: int) -> dict[str, list[float]]:
    """Seconds per step of each form, by turn."""
    async with saver_in(place) as saver:
        apps = {name: build(STEPS, saver) for name, build in FORMS.items()}
        for name, app in apps.items():
            await once(app, f"warm-{name}", saver)
        seconds: dict[str, list[float]] = {name: [] for name in apps}
        for turn in range(rounds):
            for name, app in apps.items():
                started = time.perf_counter()
                await once(app, f"{name}-{turn}", saver)
                seconds[name].append((time.perf_counter() - started) / STEPS)
                clear_loop()
        return seconds


def ratio(seconds: Mapping[str, Sequence[float]], form: str, to: str) -> float:
    """The median over turns of one form's time to another's in the same turn."""
    return statistics.median(a / b for a, b in zip(seconds[form], seconds[to], strict=True))


async def traced_event(events: int) -> float:
    """Seconds that one event takes from whoever emits it."""
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "events.db")
        tracer = Tracer(store, "thread")
        started = time.perf_counter()
        for number in range(events):
            tracer.emit("settled", step="step", visit=number, outcome="verified", update={"x": 1})
        took = time.perf_counter() - started
        await store.aclose()
    return took / events


def measure(*, quick: bool) -> Sequence[Figure]:
    """All figures."""
    figures = []
    for place, where in PLACES.items():
        rounds = (60 if quick else 400) // (3 if place == "sqlite" else 1)
        seconds = asyncio.run(turns(place, rounds))
        held = place != "nothing"
        figures += [
            Figure(
                f"{where}: bare chain, ms/step", 1e3 * statistics.median(seconds["bare"]), rounds
            ),
            Figure(
                f"{where}: serial / plain def router",
                ratio(seconds, "verified", "routed"),
                rounds,
                at_most=0.60 if held else None,
            ),
            Figure(
                f"{where}: serial / Command",
                ratio(seconds, "verified", "commanded"),
                rounds,
                at_most=0.85 if held else None,
            ),
            Figure(
                f"{where}: serial / async router",
                ratio(seconds, "verified", "async_routed"),
                rounds,
            ),
            Figure(
                f"{where}: checks off / bare chain",
                ratio(seconds, "unchecked", "bare"),
                rounds,
                at_most=1.25,
            ),
        ]
    events = 2_000 if quick else 20_000
    figures.append(Figure("traced event, ms", 1e3 * asyncio.run(traced_event(events)), events))
    return figures


if __name__ == "__main__":
    main(__doc__, measure)
