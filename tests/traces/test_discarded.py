"""Work that was taken back shows as such."""

from __future__ import annotations

import asyncio
from typing import Any

from surestep import Assurance, Plan, VerifiedGraph, attempt, session
from surestep.storage import Event
from surestep.testing import run
from surestep.traces import Timeline, render, timeline
from surestep.traces.discarded import losses_of
from tests.graph.graphs import Log
from tests.traces.some_events import START, event

SPECULATIVE = Plan(default=Assurance(mode="speculative"))
REFUSED = (
    event("step_started", 0.0, "a", 1),
    event("attempt", 1.0, "a", 1, 1, latency_s=1.0),
    event("step_started", 1.0, "b", 1),
    event("attempt", 2.0, "b", 1, 1, latency_s=1.0),
    event("verdict", 3.0, "a", 1, 1, latency_s=2.0, verifier="v", status="fail"),
    event("rollback", 3.0, "a", 1, 1, why="v: no", wasted_usd=0.0, kept=[["a", 1]]),
)


def shown() -> Timeline:
    """A run of `a`, `b` and `c` of a second each, whose `a` is refused in the midst of `c`."""

    async def check(state: object, update: Any) -> bool:
        await asyncio.sleep(1.5)
        return update["log"] != ["a1"]

    def worker(name: str) -> Any:
        async def work(state: Log) -> dict[str, object]:
            await asyncio.sleep(1.0)
            return {"log": [f"{name}{attempt().number}"]}

        return work

    graph, seen, s = VerifiedGraph(Log), list[Event](), session()
    for before, name in (("__start__", "a"), ("a", "b"), ("b", "c")):
        graph.add_step(name, worker(name), verifiers=[check])
        graph.add_edge(before, name)
    s.listen(seen.append)
    run(graph.compile(plan=SPECULATIVE).ainvoke({"log": []}, context=s))
    return timeline(seen)


def test_what_was_built_on_a_refused_output_is_discarded() -> None:
    """The refused attempt itself is no more than refused, and what came after stands."""
    discarded = [(span.step, span.kind, span.end_s) for span in shown().spans if span.discarded]

    assert discarded == [("b", "worker", 2.0), ("c", "worker", 2.5)]


def test_every_step_of_a_run_that_went_back_is_settled() -> None:
    """When its last verdict came in, however late that was."""
    steps = [(span.name, span.status, span.end_s) for span in shown().spans if span.depth == 0]

    assert steps == [("a", "repaired", 5.0), ("b", "verified", 6.0), ("c", "verified", 7.0)]


def test_checks_are_drawn_over_the_work_they_overlap() -> None:
    """The check of `a` begins and ends as `b` and `c` do, or later."""
    check = next(span for span in shown().spans if span.kind == "check")
    later = [span for span in shown().spans if span.kind == "worker" and span.step != "a"]

    assert (check.start_s, check.end_s) == (later[0].start_s, 2.5)


def test_discarded_work_is_drawn_differently() -> None:
    """With a sign of its own, which the legend explains."""
    text = render(shown())

    assert "┄ discarded" in text.splitlines()[1]
    assert [line for line in text.splitlines() if "┄┄" in line and line.endswith("discarded")]


def test_a_run_that_never_went_back_has_no_sign_for_it() -> None:
    """The legend explains what is there."""
    assert "discarded" not in render(timeline(REFUSED[:3]))


def test_a_step_the_run_never_comes_back_to_is_discarded_whole() -> None:
    """The redone step may have led elsewhere."""
    step = next(span for span in timeline(REFUSED).spans if span.name == "b")

    assert (step.discarded, step.end_s) == (True, 3.0)


def test_a_loss_tells_on_what_it_was_built() -> None:
    """And from when until when."""
    (loss,) = losses_of(REFUSED)

    assert (loss.visit, loss.on) == (("b", 1), "a")
    assert (loss.since - START, loss.until - START) == (1.0, 3.0)


def test_what_comes_out_again_as_it_was_is_not_lost() -> None:
    """The rollback names what it keeps."""
    kept = event("rollback", 3.0, "a", 1, 1, kept=[["a", 1], ["b", 1]])

    assert losses_of((*REFUSED[:-1], kept)) == ()


def test_only_steps_of_the_same_graph_are_lost() -> None:
    """A nested graph goes back alone."""
    nested = [
        event(one.kind, one.at - START, f"in/{one.step}" if one.step == "a" else "b", 1)
        for one in REFUSED
    ]

    assert losses_of(nested) == ()
