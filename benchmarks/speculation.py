"""What going on before verdicts are in gains, against the least time it could take.

- The chain of 20 steps of 50 ms, on the real clock with a checkpointer in memory, with checks
  of 50 ms that never refuse: a ratio to LangGraph's bare chain of the same workers. 21/20 is
  the bound, as the last check is waited for.
- Chains of 20 steps, and series-parallel graphs of about 20, with work and checks of random
  length and random verdicts, retries never exhausted: makespan over the bound of the same
  draws, averaged per cell of check/work and refusals; the worst cell counts. On the virtual
  clock all 25 cells, where only waiting is measured, for LangGraph's and our own computing takes
  no time; on the real clock five cells, in one process at once, with work of 200 ms on average.
  The bound on the chain is the recursion of final lineages: no overhead, a verdict is known
  when its check ends. On series-parallel graphs it has LangGraph's supersteps besides, and arms
  that start again because a sibling was refused. Beside it without a target: the same without
  supersteps, and a scheduler that knows verdicts without checks.
- What orchestration costs when nothing is refused: workers and checks that do next to nothing,
  forms taking turns, the median ratio over the turns; and with many sessions at once.

The column of runs counts, for a figure over cells, all runs of all cells.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from _chains import App, Saver, bare, clear_loop, once, routed, speculated, unchecked
from _lineages import (
    Draws,
    Shape,
    State,
    chain,
    final_lineage_s,
    series_parallel,
    superstepped_s,
)
from _report import Figure, main
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph

from surestep import Assurance, Plan, VerifiedGraph, attempt
from surestep.testing import run

STEPS = 20
WORK_S = 0.05
REAL_WORK_S = 0.2
NEVER_EXHAUSTED = 1_000
SPECULATIVE = Plan(default=Assurance(mode="speculative"))
CHECK_TO_WORK = (0.25, 0.5, 1.0, 2.0, 4.0)
REFUSING = (0.0, 0.01, 0.05, 0.1, 0.2)
REAL_CELLS = ((0.25, 0.1), (1.0, 0.0), (1.0, 0.05), (1.0, 0.2), (2.0, 0.1))
FORMS: Mapping[str, Callable[[int, Saver], App]] = {
    "speculative": speculated,
    "off": unchecked,
    "plain def router": routed,
    "bare": bare,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One run's makespan and its bounds, in seconds."""

    took_s: float
    superstepped_s: float
    free_s: float
    knowing_s: float


def drawn_graph(draws: Draws, shape: Shape) -> App:
    """The graph, its latencies and verdicts drawn."""

    def worker(name: str) -> Any:
        async def work(state: State) -> State:
            number = attempt().number
            await asyncio.sleep(draws.of(state["log"], name, number).work_s)
            return {"log": [f"{name}.{number}"]}

        return work

    async def check(state: State, update: State) -> bool:
        name, number = update["log"][0].split(".")
        drawn = draws.of(state["log"], name, int(number))
        await asyncio.sleep(drawn.check_s)
        return drawn.passes

    graph = VerifiedGraph(State)
    for name in shape:
        graph.add_step(name, worker(name), verifiers=[check], retries=NEVER_EXHAUSTED)
    for name, before in shape.items():
        graph.add_edge(list(before) if len(before) > 1 else (*before, START)[0], name)
    graph.add_edge(next(reversed(shape)), END)
    return graph.compile(checkpointer=InMemorySaver(), plan=SPECULATIVE)


async def drawn_run(app: App, draws: Draws, shape: Shape) -> Run:
    """Run it once."""
    loop = asyncio.get_running_loop()
    config: Any = {"configurable": {"thread_id": "t"}, "recursion_limit": 100_000}
    began = loop.time()
    log = (await app.ainvoke({"log": []}, config))["log"]
    return Run(
        loop.time() - began,
        superstepped_s(draws, shape),
        final_lineage_s(draws, shape, log),
        final_lineage_s(draws, shape, log, knowing=True),
    )


Cell = tuple[float, float]


def one_run(one: Cell, seed: int, work_s: float, *, parallel: bool) -> Coroutine[Any, Any, Run]:
    """A run of one cell of the grid, of a chain or of a graph of its own."""
    shape = series_parallel(STEPS, seed) if parallel else chain(STEPS)
    draws = Draws(seed, work_s, *one)
    # Compiled here and now, so that compiling one holds up no other that runs beside it.
    return drawn_run(drawn_graph(draws, shape), draws, shape)


def on_the_virtual_clock(runs: int, *, parallel: bool) -> dict[Cell, list[Run]]:
    """The runs of every cell."""
    return {
        one: [run(one_run(one, seed, WORK_S, parallel=parallel)) for seed in range(runs)]
        for one in itertools.product(CHECK_TO_WORK, REFUSING)
    }


async def on_the_real_clock(runs: int, *, parallel: bool) -> dict[Cell, list[Run]]:
    """The runs of a few cells, one of each at once."""
    found: dict[Cell, list[Run]] = {one: [] for one in REAL_CELLS}
    for seed in range(runs):
        at_once = [one_run(one, seed, REAL_WORK_S, parallel=parallel) for one in found]
        for one, result in zip(found, await asyncio.gather(*at_once), strict=True):
            found[one].append(result)
    return found


def worst(what: str, found: Mapping[Cell, Sequence[Run]], *, parallel: bool) -> list[Figure]:
    """The worst cell's mean, against each bound."""
    bounds: dict[str, Callable[[Run], float]] = {
        "bound": lambda one: one.superstepped_s if parallel else one.free_s,
        "free-running": lambda one: one.free_s,
        "all-knowing": lambda one: one.knowing_s,
    }
    figures = []
    for name, bound in bounds.items():
        means = {
            one: statistics.mean(result.took_s / bound(result) for result in results)
            for one, results in found.items()
        }
        cell = max(means, key=means.__getitem__)
        figures.append(
            Figure(
                f"{what}: makespan / {name}, worst at check/work {cell[0]:g}, refused {cell[1]:g}",
                means[cell],
                sum(map(len, found.values())),
                at_most=1.05 if name == "bound" else None,
            )
        )
    return figures


def grids(virtual: int, real: int) -> list[Figure]:
    """Both kinds of graph on both clocks, with so many runs of each cell."""
    figures = []
    for parallel in (False, True):
        what = "series-parallel" if parallel else "chain"
        found = on_the_virtual_clock(virtual, parallel=parallel)
        figures += worst(f"{what}, virtual clock", found, parallel=parallel)
        found = asyncio.run(on_the_real_clock(real, parallel=parallel))
        figures += worst(f"{what}, real clock", found, parallel=parallel)
    return figures


def sleepers(mode: str) -> App:
    """The chain of workers that take their time: LangGraph's own, or of verified steps."""

    async def work(_: State) -> State:
        await asyncio.sleep(WORK_S)
        return {"log": ["done"]}

    async def check(_state: State, _update: State) -> bool:
        await asyncio.sleep(WORK_S)
        return True

    graph = StateGraph(State) if mode == "bare" else VerifiedGraph(State)
    for number in range(STEPS):
        if isinstance(graph, VerifiedGraph):
            graph.add_step(f"n{number}", work, verifiers=[check])
        else:
            graph.add_node(f"n{number}", work)
        graph.add_edge(f"n{number - 1}" if number else START, f"n{number}")
    graph.add_edge(f"n{STEPS - 1}", END)
    if isinstance(graph, VerifiedGraph):
        plan = SPECULATIVE if mode == "speculative" else Plan.everything()
        return graph.compile(checkpointer=InMemorySaver(), plan=plan)
    return graph.compile(checkpointer=InMemorySaver())


async def sleeping(rounds: int) -> list[Figure]:
    """The three chains, in turns."""
    took: dict[str, list[float]] = {mode: [] for mode in ("bare", "speculative", "serial")}
    apps = {mode: sleepers(mode) for mode in took}
    for turn, (mode, app) in itertools.product(range(rounds), apps.items()):
        started = time.perf_counter()
        await app.ainvoke({"log": []}, {"configurable": {"thread_id": f"{turn}"}})
        took[mode].append(time.perf_counter() - started)
    figures = [Figure("20 steps of 50 ms: bare chain, s", statistics.median(took["bare"]), rounds)]
    for mode, at_most in (("speculative", 1.10), ("serial", None)):
        ratio = statistics.median(a / b for a, b in zip(took[mode], took["bare"], strict=True))
        figures.append(Figure(f"{mode} / bare, checks of 50 ms", ratio, rounds, at_most=at_most))
    return figures


async def turns(rounds: int, sessions: int) -> dict[str, list[float]]:
    """Seconds that so many sessions at once take, by form and turn."""
    took: dict[str, list[float]] = {form: [] for form in FORMS}
    for turn, (form, build) in itertools.product(range(rounds + 1), FORMS.items()):
        saver = InMemorySaver()
        app = build(STEPS, saver)
        await once(app, "warm", saver)
        started = time.perf_counter()
        await asyncio.gather(*(once(app, f"t{number}", saver) for number in range(sessions)))
        if turn:
            took[form].append(time.perf_counter() - started)
        clear_loop()
    return took


def overhead(rounds: int, sessions: int) -> list[Figure]:
    """What a step costs when nothing is refused."""
    took = asyncio.run(turns(rounds, sessions))
    what = f"{sessions} at once" if sessions > 1 else "one session"
    per_step = 1e3 * statistics.median(took["speculative"]) / STEPS / sessions
    figures = [Figure(f"{what}: speculative, ms/step", per_step, rounds)]
    for to, at_most in (("off", None), ("plain def router", 1.0), ("bare", None)):
        ratio = statistics.median(a / b for a, b in zip(took["speculative"], took[to], strict=True))
        # With many at once it is printed for itself: the target is that of a session alone.
        target = at_most if sessions == 1 else None
        figures.append(Figure(f"{what}: speculative / {to}", ratio, rounds, at_most=target))
    return figures


def measure(*, quick: bool) -> Sequence[Figure]:
    """All figures."""
    figures = asyncio.run(sleeping(1 if quick else 10))
    figures += grids(*(1, 1) if quick else (40, 10))
    figures += overhead(15 if quick else 200, 1)
    figures += overhead(2 if quick else 3, 50 if quick else 1_000)
    return figures


if __name__ == "__main__":
    main(__doc__, measure)
