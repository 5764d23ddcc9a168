"""What claims of questions must do in every store, as tests; `StoreSuite` includes them."""

from __future__ import annotations

import asyncio

import pytest

from surestep.errors import AnswerRefused, ClaimRefused, InputError
from surestep.storage import Queue, Store
from surestep.testing.opened import OpenedStore, a_question, on_virtual_time
from surestep.values import Decision


class ClaimsSuite(OpenedStore):
    """Conformance tests of queues, claims and their leases."""

    @on_virtual_time
    async def test_a_claimed_question_is_decided_by_its_holder_alone(self, store: Store) -> None:
        """Everybody else is refused, and the holder is not."""
        await store.ask(a_question())
        await store.claim("q", "ann", 60.0)
        with pytest.raises(AnswerRefused, match="claimed by 'ann'; 'bob' cannot"):
            await store.answer("q", Decision("approve", actor="bob"))
        answered = await store.answer("q", Decision("approve", actor="ann"))
        assert answered.decision is not None

    @on_virtual_time
    async def test_two_people_cannot_hold_one_question(self, store: Store) -> None:
        """The second claim is refused, and the first one stands."""
        await store.ask(a_question())
        await store.claim("q", "ann")
        with pytest.raises(ClaimRefused, match="claimed by 'ann'"):
            await store.claim("q", "bob")
        item = await store.item("q")
        assert item is not None
        assert item.held_by == "ann"

    @on_virtual_time
    async def test_a_lease_that_runs_out_returns_the_question(self, store: Store) -> None:
        """Whoever let it run out cannot decide; whoever claims it next can."""
        await store.ask(a_question())
        await store.claim("q", "ann", 60.0)
        await asyncio.sleep(60.0)
        with pytest.raises(AnswerRefused, match="lease has run out; 'ann' cannot"):
            await store.answer("q", Decision("approve", actor="ann"))
        await store.claim("q", "bob", 60.0)
        answered = await store.answer("q", Decision("approve", actor="bob"))
        assert answered.decision is not None
        touches = [(touch.who, touch.what) for touch in await store.touches("q")]
        assert touches[1:4] == [("ann", "claimed"), ("ann", "expired"), ("bob", "claimed")]

    @on_virtual_time
    async def test_a_renewed_lease_runs_from_then_on(self, store: Store) -> None:
        """Past its first end, and only while it is live."""
        await store.ask(a_question())
        await store.claim("q", "ann", 60.0)
        await asyncio.sleep(59.0)
        await store.renew("q", "ann", 60.0)
        await asyncio.sleep(59.0)
        with pytest.raises(ClaimRefused, match="claimed by 'ann'"):
            await store.claim("q", "bob")
        await asyncio.sleep(1.0)
        with pytest.raises(ClaimRefused, match="'ann' does not hold"):
            await store.renew("q", "ann", 60.0)

    @on_virtual_time
    async def test_a_released_question_can_be_claimed_and_decided_again(self, store: Store) -> None:
        """By anybody, with the note in the audit; only its holder can release it."""
        await store.ask(a_question())
        await store.claim("q", "ann")
        with pytest.raises(ClaimRefused, match="'bob' does not hold question 'q'; 'ann' does"):
            await store.release("q", "bob")
        await store.release("q", "ann", note="not mine")
        answered = await store.answer("q", Decision("approve", actor="bob"))
        assert answered.decision is not None
        assert (await store.touches("q"))[2].detail == {"note": "not mine"}

    @pytest.mark.parametrize("name", ["unknown", "answered", "closed"])
    @on_virtual_time
    async def test_only_open_questions_can_be_claimed(self, store: Store, name: str) -> None:
        """The refusal says how the question stands."""
        for one in ("answered", "closed"):
            await store.ask(a_question(question_id=one))
        await store.answer("answered", Decision("approve"))
        await store.close_question("closed", "rolled back")
        with pytest.raises(ClaimRefused, match=f"{name!r} is (not known|{name}, not open)"):
            await store.claim(name, "ann")

    @pytest.mark.parametrize(
        ("reviewer", "lease_s"), [("", 1.0), (" ", 1.0), ("ann", 0.0), ("ann", float("nan"))]
    )
    @on_virtual_time
    async def test_a_claim_without_a_name_or_an_end_is_refused(
        self, store: Store, reviewer: str, lease_s: float
    ) -> None:
        """Before anything is written."""
        await store.ask(a_question())
        with pytest.raises(InputError):
            await store.claim("q", reviewer, lease_s)
        assert len(await store.touches("q")) == 1

    @on_virtual_time
    async def test_the_most_urgent_question_is_offered_first(self, store: Store) -> None:
        """By priority, then by when it came into the queue; other queues stay out."""
        for name, priority, at in (("late", 0, 9.0), ("early", 0, 1.0), ("urgent", 5, 8.0)):
            await store.ask(a_question(question_id=name, priority=priority, asked_at=at))
        await store.ask(a_question(question_id="other", queue="finance", asked_at=1.0))
        offered = [await store.offer("default", "ann") for _ in range(4)]
        assert [one and one.question.question_id for one in offered] == [
            "urgent",
            "early",
            "late",
            None,
        ]

    @on_virtual_time
    async def test_the_reviewer_without_work_for_longest_is_offered_the_next(
        self, store: Store
    ) -> None:
        """Those who never had any come before all others."""
        for name in ("a", "b", "c"):
            await store.ask(a_question(question_id=name))
        offered = [await store.offer("default", "ann", "bob") for _ in range(3)]
        assert [one and one.held_by for one in offered] == ["ann", "bob", "ann"]

    @on_virtual_time
    async def test_the_second_approver_is_offered_what_the_first_approved(
        self, store: Store
    ) -> None:
        """And the first one is not, though it is free again."""
        await store.ask(a_question(approvers=2))
        await store.hand_on("q", by="lead", to="ann")
        await store.claim("q", "ann")
        await store.answer("q", Decision("approve", actor="ann"))
        assert await store.offer("default", "ann") is None
        offered = await store.offer("default", "ann", "bob")
        assert offered is not None
        assert offered.held_by == "bob"

    @on_virtual_time
    async def test_handing_on_to_a_queue_starts_its_clock(self, store: Store) -> None:
        """The item is free there, due by the SLA of its new queue, and the audit has it."""
        await store.save_queues(Queue("tier-1", 60.0, "tier-2"), Queue("tier-2", 600.0))
        await store.ask(a_question(queue="tier-1"))
        await store.claim("q", "ann")
        await asyncio.sleep(30.0)
        item = await store.hand_on("q", by="ann", queue="tier-2", note="over my limit")
        assert (item.question.queue, item.held_by) == ("tier-2", "")
        assert item.left_s(item.queued_at) == 600.0
        assert item.queued_at - item.question.asked_at == 30.0
        handed = (await store.touches("q"))[-1]
        assert (handed.who, handed.what) == ("ann", "handed_on")
        assert handed.detail["note"] == "over my limit"

    @on_virtual_time
    async def test_what_is_handed_to_somebody_is_for_them_alone(self, store: Store) -> None:
        """Others are neither offered it nor may claim or decide it; its clock runs on."""
        await store.ask(a_question(asked_at=5.0))
        item = await store.hand_on("q", by="ann", to="bob")
        assert (item.assigned_to, item.queued_at) == ("bob", 5.0)
        assert await store.offer("default", "ann") is None
        with pytest.raises(ClaimRefused, match="handed on to 'bob'"):
            await store.claim("q", "ann")
        with pytest.raises(AnswerRefused, match="handed on to 'bob'"):
            await store.answer("q", Decision("approve", actor="ann"))
        assert await store.offer("default", "bob") is not None

    @on_virtual_time
    async def test_what_somebody_works_on_cannot_be_handed_on_by_others(self, store: Store) -> None:
        """Nor what has moved since it was looked at."""
        await store.ask(a_question())
        with pytest.raises(ClaimRefused, match="in queue 'default', not 'tier-1'"):
            await store.hand_on("q", by="", queue="tier-2", expected_queue="tier-1")
        await store.claim("q", "ann")
        with pytest.raises(ClaimRefused, match="claimed by 'ann'"):
            await store.hand_on("q", by="bob", queue="finance")

    @on_virtual_time
    async def test_queues_read_as_they_were_saved(self, store: Store) -> None:
        """The last word on a queue holds; a queue nothing is known about has no deadline."""
        await store.save_queues(Queue("b"), Queue("a", 60.0, "b", 30.0))
        await store.save_queues(Queue("b", 5.0))
        assert await store.queues() == (Queue("a", 60.0, "b", 30.0), Queue("b", 5.0))
        await store.ask(a_question())
        (item,) = await store.items()
        assert (item.due_at, item.lease_s) == (None, 900.0)

    @on_virtual_time
    async def test_items_of_all_queues_come_by_their_deadlines(self, store: Store) -> None:
        """Those of one priority; what has no deadline comes last."""
        await store.save_queues(Queue("fast", 1.0), Queue("slow", 9.0))
        for queue, at in (("default", 1.0), ("slow", 2.0), ("fast", 3.0)):
            await store.ask(a_question(question_id=queue, queue=queue, asked_at=at))
        await store.ask(a_question(question_id="urgent", priority=1, asked_at=9.0))
        names = [item.question.question_id for item in await store.items()]
        assert names == ["urgent", "fast", "slow", "default"]
        due = [item.question.question_id for item in await store.items(due_by=4.0)]
        assert due == ["fast"]

    @on_virtual_time
    async def test_what_somebody_gives_back_is_for_anybody(self, store: Store) -> None:
        """Also where it had been handed to them alone."""
        await store.ask(a_question())
        await store.hand_on("q", by="lead", to="ann")
        await store.claim("q", "ann")
        await store.release("q", "ann")
        assert await store.offer("default", "bob") is not None
