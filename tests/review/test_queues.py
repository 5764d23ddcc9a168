"""Queues with an SLA: what escalates, when, and to where."""

from __future__ import annotations

import asyncio

import pytest

from surestep.errors import PlanError, StoreError
from surestep.review.queues import Escalation, Queue, escalate, escalations, watch, watched
from surestep.storage import Item, Store
from surestep.testing import run
from surestep.testing.opened import a_question

TIERS = (Queue("tier-1", 60.0, "tier-2"), Queue("tier-2", 600.0))


@pytest.fixture
def store(tmp_path):
    """A store that knows two tiers."""
    store = Store.open(tmp_path / "a.db")
    run(store.save_queues(*TIERS))
    yield store
    store.close()


def an_item(**fields) -> Item:
    """An item that came into tier-1 at 0 and is due at 60."""
    known = {
        "question": a_question(queue="tier-1"),
        "status": "open",
        "queued_at": 0.0,
        "due_at": 60.0,
        "escalates_to": "tier-2",
        "lease_s": 900.0,
        "held_by": "",
        "held_until": None,
        "assigned_to": "",
    }
    return Item(**{**known, **fields})


def test_a_question_escalates_once_its_time_is_over():
    """Not a moment before, and with a note that says why."""
    assert escalations([an_item()], now=59.9) == ()
    assert escalations([an_item()], now=70.0) == (
        Escalation("q", "tier-1", "tier-2", "its time in tier-1 was over 10 s ago"),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"due_at": None},
        {"escalates_to": None},
        {"status": "answered"},
        {"held_by": "ann", "held_until": 71.0},
    ],
)
def test_what_has_no_deadline_or_somebody_at_work_stays(fields):
    """So does what is no longer open, or has nowhere to go."""
    assert escalations([an_item(**fields)], now=70.0) == ()


def test_a_lease_that_ran_out_does_not_keep_a_question_from_escalating():
    """Nobody works on it any more."""
    assert len(escalations([an_item(held_by="ann", held_until=65.0)], now=70.0)) == 1


def test_escalated_questions_wait_in_the_next_queue_with_a_new_clock(store):
    """Those of other queues stay; the audit says that nobody in person did it."""

    async def scene():
        await store.ask(a_question(queue="tier-1"))
        await store.ask(a_question(question_id="r", queue="tier-2"))
        await asyncio.sleep(60.0)
        done = await escalate(store)
        again = await escalate(store)
        item = await store.item("q")
        return done, again, item, (await store.touches("q"))[-1]

    done, again, item, touch = run(scene())
    assert ([one.question_id for one in done], again) == (["q"], ())
    assert (item.question.queue, item.left_s(item.queued_at)) == ("tier-2", 600.0)
    assert (touch.who, touch.what) == ("", "handed_on")


def test_several_who_escalate_at_once_do_it_once(store):
    """The losers find it in another queue and leave it there."""

    async def scene():
        await store.ask(a_question(queue="tier-1"))
        await asyncio.sleep(60.0)
        done = await asyncio.gather(*(escalate(store) for _ in range(4)))
        return sum(map(len, done)), len(await store.touches("q"))

    assert run(scene()) == (1, 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"sla_s": 0.0},
        {"sla_s": float("inf")},
        {"lease_s": -1.0},
        {"escalates_to": "b"},
        {"sla_s": 1.0, "escalates_to": "a"},
        {"sla_s": 1.0, "escalates_to": ""},
    ],
)
def test_a_queue_that_makes_no_sense_is_refused(fields):
    """When it is made."""
    with pytest.raises(PlanError):
        Queue(**{"name": "a", **fields})


def test_queues_that_escalate_in_a_circle_are_refused(store):
    """Also over what is kept already; and that stays as it was."""
    with pytest.raises(PlanError, match=r"tier-1 → tier-2 → tier-3 → tier-1"):
        run(store.save_queues(Queue("tier-2", 1.0, "tier-3"), Queue("tier-3", 1.0, "tier-1")))
    assert run(store.queues()) == TIERS


def test_a_watched_queue_escalates_without_anybody_looking(store):
    """Within one interval of the end of its SLA, and not before."""

    async def scene():
        await store.ask(a_question(queue="tier-1"))
        watching = asyncio.create_task(watch(store, every_s=10.0))
        await asyncio.sleep(59.0)
        before = await store.item("q")
        await asyncio.sleep(11.0)
        after = await store.item("q")
        watching.cancel()
        return before.question.queue, after.question.queue

    assert run(scene()) == ("tier-1", "tier-2")


def test_each_escalation_is_told_to_who_watches(store):
    """Once, with where it came from and where it went."""

    async def scene():
        await store.ask(a_question(queue="tier-1"))
        return await anext(watched(store, every_s=7.0))

    (one,) = run(scene())
    assert (one.question_id, one.queue, one.to) == ("q", "tier-1", "tier-2")


def test_a_failing_database_does_not_end_the_watch(store, monkeypatch, caplog):
    """It is looked at again, and the log has what was wrong."""
    real, broken = store.items, [StoreError("The disk is full.")]

    async def items(**options):
        if broken:
            raise broken.pop()
        return await real(**options)

    monkeypatch.setattr(store, "items", items)

    async def scene():
        await store.ask(a_question(queue="tier-1", asked_at=1.0))
        return await anext(watched(store))

    assert len(run(scene())) == 1
    assert "The disk is full." in caplog.text


def test_a_watch_ends_with_its_store(store):
    """Nobody has to cancel it."""

    async def scene():
        watching = asyncio.create_task(watch(store, every_s=10.0))
        await asyncio.sleep(1.0)
        await store.aclose()
        await watching

    run(scene())


def test_a_watch_without_an_interval_is_refused(store):
    """It would never rest."""
    with pytest.raises(PlanError, match="every_s"):
        run(watch(store, every_s=0.0))
