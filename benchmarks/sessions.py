"""A thousand sessions at once on one event loop, against hand-written LangGraph.

Each session is the 20-step chain of `overhead.py`, kept in memory. Sessions per second are a
ratio within one run, forms taking turns. The peak of memory is that of Python's own allocations,
checkpoints included, measured apart from the times, because counting allocations takes time.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence

from _chains import App, Saver, bare, commanded, once, routed, unchecked, verified
from _report import Figure, main
from langgraph.checkpoint.memory import InMemorySaver

STEPS = 20
FORMS: Mapping[str, Callable[[int, Saver], App]] = {
    "bare chain": bare,
    "plain def router": routed,
    "Command": commanded,
    "serial": verified,
    "checks off": unchecked,
}


async def all_at_once(build: Callable[[int, Saver], App], sessions: int) -> float:
    """Seconds that so many concurrent sessions take."""
    saver = InMemorySaver()
    app = build(STEPS, saver)
    await once(app, "warm", saver)
    gc.collect()
    started = time.perf_counter()
    await asyncio.gather(*(once(app, f"t{number}", saver) for number in range(sessions)))
    return time.perf_counter() - started


def peak_kb(form: str, sessions: int) -> float:
    """Kilobytes a session adds to the peak of what is allocated."""
    asyncio.run(all_at_once(FORMS[form], 1))
    tracemalloc.start()
    try:
        asyncio.run(all_at_once(FORMS[form], sessions))
        return tracemalloc.get_traced_memory()[1] / 1e3 / sessions
    finally:
        tracemalloc.stop()


def measure(*, quick: bool) -> Sequence[Figure]:
    """All figures."""
    sessions, rounds = (50, 3) if quick else (1_000, 5)
    seconds: dict[str, list[float]] = {form: [] for form in FORMS}
    for _ in range(rounds):
        for form, build in FORMS.items():
            seconds[form].append(asyncio.run(all_at_once(build, sessions)))
    at_once = f"{sessions} at once"
    figures = [
        Figure(f"{at_once}: {form}, sessions/s", sessions / statistics.median(took), rounds)
        for form, took in seconds.items()
    ]
    for form, to in (
        ("serial", "plain def router"),
        ("serial", "Command"),
        ("checks off", "bare chain"),
    ):
        ratios = [b / a for a, b in zip(seconds[form], seconds[to], strict=True)]
        name = f"{at_once}: {form} / {to}, sessions/s"
        figures.append(Figure(name, statistics.median(ratios), rounds))
    figures += [
        Figure(f"{at_once}: {form}, peak kB per session", peak_kb(form, sessions), 1)
        for form in FORMS
    ]
    return figures


if __name__ == "__main__":
    main(__doc__, measure)
