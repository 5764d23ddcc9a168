"""Runs of steps that ask as much as they have earned, and as people have time for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START

from surestep import Output, VerifiedGraph
from surestep.errors import GraphError
from surestep.graph.stores import store_at
from surestep.review import Approvals, Reviewed, Team
from surestep.review.backpressure import Pressure
from surestep.review.rungs import Rung
from surestep.review.standing import demote
from surestep.storage import Store
from surestep.storage.rungs import RungRow
from surestep.testing import run
from surestep.testing.opened import a_question
from surestep.verifiers.calibration import Tier, Tiers
from tests.graph.graphs import Log
from tests.review.acted import EARNED, acted

TIERS = Tiers(
    (
        Tier(name="small", asking_usd=5.0),
        Tier(name="large", asking_usd=5.0, from_usd=1_000.0, floor=2.0),
    )
)


class Refund(Log, total=False):
    """What a refund is about."""

    amount_usd: float
    sure: float


def desk(folder: Path, human: Any, **options: Any) -> Any:
    """An app of one step that proposes what it was given."""

    async def decide(state: Refund) -> Output:
        return Output({"amount_usd": state["amount_usd"]}, confidence=state.get("sure", 0.9))

    graph = VerifiedGraph(Refund)
    graph.add_step("decide", decide, human=human, **options)
    graph.add_edge(START, "decide").add_edge("decide", END)
    return graph.compile(checkpointer=InMemorySaver(), database=folder / "s.db")


def opened(folder: Path) -> Store:
    """The database of that app, as this process has it open."""
    found = store_at(str(folder / "s.db"))
    assert found is not None
    return found


async def waits(app: Any, name: str, amount_usd: float, sure: float = 0.9) -> Any:
    """What the run asks a person; `None` if it goes on by itself."""
    config = {"configurable": {"thread_id": name}}
    given = {"log": [], "amount_usd": amount_usd, "sure": sure}
    interrupts = (await app.ainvoke(given, config)).get("__interrupt__", ())
    return interrupts[0].value["question"] if interrupts else None


async def moved(store: Store, rung: Rung) -> None:
    """Put the step on a rung."""
    number = len(await store.reviews.rungs("decide")) + 1
    row = RungRow(
        step="decide", number=number, rung=int(rung), at=1.0, who="l", what="promoted", why=""
    )
    assert await store.reviews.add_rung(row)
    # Longer than a run goes by what it has read.
    await asyncio.sleep(60.0)


def test_a_step_asks_as_its_rung_says(tmp_path: Path) -> None:
    """About everything, by tier, or nothing; with the tier and the reason."""

    async def scene() -> list[object]:
        app = desk(tmp_path, EARNED, review=Reviewed(share=1.0))
        said = []
        for rung in Rung:
            await moved(opened(tmp_path), rung)
            asked = [await waits(app, f"{rung}{sure}", 10.0, sure) for sure in (0.5, 0.99)]
            said.append(tuple(one and one["reason"].partition(" (tier")[0] for one in asked))
        return said

    assert run(scene()) == [
        ("a person leads here: say what is right",) * 2,
        ("every action is approved here",) * 2,
        ("$10.00 at confidence 0.50, below 0.90", None),
        (None, None),
        (None, None),
    ]


def test_a_sample_is_reviewed_until_the_last_rung(tmp_path: Path) -> None:
    """There nobody looks, and the chance that is kept is 0."""

    async def scene() -> list[tuple[float, bool]]:
        app = desk(tmp_path, EARNED, review=Reviewed(share=1.0))
        for rung in (Rung.SAMPLED_REVIEW, Rung.AUTONOMOUS):
            await moved(opened(tmp_path), rung)
            await waits(app, str(rung), 10.0)
        return [(one.chance, one.drawn) for one in await opened(tmp_path).reviews.taken()]

    assert run(scene()) == [(1.0, True), (0.0, False)]


def test_an_incident_counts_from_the_next_run_on(tmp_path: Path) -> None:
    """In the process in which it was reported, at once."""

    async def scene() -> tuple[bool, bool]:
        app = desk(tmp_path, EARNED)
        await waits(app, "first", 10.0)
        await moved(opened(tmp_path), Rung.AUTONOMOUS)
        before = await waits(app, "before", 10.0)
        await demote(opened(tmp_path), "decide", by="ops", why="paid twice", incident=True)
        return before is None, await waits(app, "after", 10.0) is None

    assert run(scene()) == (True, False)


def test_a_run_has_bad_outcomes_count_by_itself(tmp_path: Path) -> None:
    """Whoever wrote them down, and though nobody looks."""

    async def scene() -> Rung:
        app = desk(tmp_path, EARNED, review=Reviewed(share=1.0))
        store = opened(tmp_path)
        await waits(app, "first", 10.0)
        await moved(store, Rung.SAMPLED_REVIEW)
        await acted(store, [False] * 20)
        await asyncio.sleep(60.0)
        await waits(app, "next", 10.0)
        return Rung((await store.reviews.rungs("decide"))[-1].rung)

    assert run(scene()) == Rung.APPROVE_BY_TIER


def test_autonomy_without_a_database_is_refused() -> None:
    """Nobody could keep a rung; before anything runs."""
    graph = VerifiedGraph(Refund)
    graph.add_step("decide", lambda state: {}, human=EARNED)
    graph.add_edge(START, "decide")
    app = graph.compile(checkpointer=InMemorySaver())
    with pytest.raises(GraphError, match="no database"):
        run(app.ainvoke({"log": []}, {"configurable": {"thread_id": "t"}}))


def team() -> Team:
    """One reviewer, a minute an item."""
    pressure = Pressure.of(reviewers=1, service_s=60.0, sla_s=600.0, must_per_h=2.0)
    return Team(name="desk", pressure=pressure, queues=("default", "review"))


async def crowd(store: Store, number: int) -> None:
    """Have many questions wait."""
    for place in range(number):
        fields = {"amount_usd": 50.0 + place, "calibrated": 0.5, "must": False}
        await store.ask(a_question(question_id=f"waits-{place}", thread_id="other", **fields))


def test_a_crowded_team_is_asked_about_the_larger_stakes_alone(tmp_path: Path) -> None:
    """What must be approved is asked; and what was spared is on record."""

    async def scene() -> tuple[list[bool], list[float]]:
        app = desk(
            tmp_path,
            Approvals(tiers=TIERS, team=team()),
            review=Reviewed(share=1.0, team=team()),
        )
        store = opened(tmp_path)
        before = await waits(app, "before", 20.0, 0.7)
        await crowd(store, 200)
        await asyncio.sleep(30.0)
        asked = [await waits(app, f"at{usd}", usd, 0.7) for usd in (20.0, 5_000.0)]
        lately = await store.reviews.lately((), ("decide",), since=0.0)
        spared = [one.score for one in lately if one.kind == "asked"]
        return [one is not None for one in (before, *asked)], spared

    assert run(scene()) == ([True, False, True], [pytest.approx(6.0)])


def test_a_crowded_team_reviews_less(tmp_path: Path) -> None:
    """With the chance to match, so that estimates stay unbiased."""

    async def scene() -> list[float]:
        app = desk(tmp_path, "never", review=Reviewed(share=1.0, team=team()))
        store = opened(tmp_path)
        await waits(app, "before", 20.0)
        await crowd(store, 200)
        await asyncio.sleep(30.0)
        await waits(app, "after", 20.0)
        return [one.chance for one in await store.reviews.taken("decide")]

    before, after = run(scene())
    assert (before, after) == (1.0, pytest.approx(0.02))


def test_whoever_waits_is_told_for_how_long(tmp_path: Path) -> None:
    """In the event that announces the question."""

    async def scene() -> list[Any]:
        app = desk(tmp_path, Approvals(tiers=TIERS, team=team()))
        config = {"configurable": {"thread_id": "t"}}
        given = {"log": [], "amount_usd": 5_000.0}
        await crowd(opened(tmp_path), 9)
        stream = app.astream(given, config, stream_mode="custom")
        return [chunk["expected_wait_s"] async for chunk in stream]

    assert run(scene()) == [600.0]


def test_an_approver_sees_what_is_at_stake_and_what_approving_does(tmp_path: Path) -> None:
    """With both confidences and the tier, as the question's row has them."""

    async def scene() -> Any:
        policy = Approvals(tiers=TIERS, calibrate=lambda raw: raw / 2.0)
        app = desk(tmp_path, policy)
        await waits(app, "t", 400.0)
        (question,) = await opened(tmp_path).questions()
        return question

    question = run(scene())
    assert (question.kind, question.tier, question.amount_usd) == ("approval", "small", 400.0)
    assert (question.confidence, question.calibrated) == (0.9, 0.45)
    assert question.approving == "lets decide go on with exactly this"
    assert not question.must
