"""What review after the fact needs of every store, as tests; `StoreSuite` includes them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from surestep.clock import wall_s
from surestep.storage import Store
from surestep.storage.actions import ActionRow
from surestep.storage.rungs import RungRow
from surestep.testing.opened import OpenedStore, a_question, on_virtual_time
from surestep.values import Decision, Question


def an_action(number: int = 0, **fields: Any) -> ActionRow:
    """An output of step `decide`, drawn for review, the rest as given."""
    key = f"t{number}/1/decide/1"
    question = Question(
        question_id=f"{key}/review",
        thread_id=f"t{number}",
        step="decide",
        visit=1,
        reason="drawn",
        proposal={"n": number},
        allowed=("approve", "reject"),
        queue="review",
        kind="review",
        must=False,
    )
    known: dict[str, Any] = {
        "key": key,
        "thread_id": f"t{number}",
        "run": 1,
        "step": "decide",
        "visit": 1,
        "at": wall_s(),
        "raw": 0.9,
        "confidence": 0.9,
        "amount_usd": 10.0,
        "size": 100,
        "chance": 1.0,
        "full_chance": 1.0,
        "question": question,
    }
    return ActionRow(**{**known, **fields})


def a_rung(number: int, **fields: Any) -> RungRow:
    """An entry in the history of step `decide`, the rest as given."""
    known: dict[str, Any] = {"rung": 2, "at": 5.0, "who": "ann", "what": "promoted", "why": "good"}
    return RungRow(step="decide", number=number, **{**known, **fields})


class ReviewsSuite(OpenedStore):
    """Conformance tests of outputs kept for review, of rungs, and of what people are asked."""

    @on_virtual_time
    async def test_nobody_is_asked_about_an_output_before_it_settles(self, store: Store) -> None:
        """And nobody counts it."""
        row = an_action()
        await store.reviews.put(row)
        assert await store.reviews.taken() == ()
        assert await store.questions() == ()
        await store.reviews.settle([row.key])
        (question,) = await store.questions(queue="review")
        (taken,) = await store.reviews.taken("decide")
        assert (question.kind, taken.key, taken.right) == ("review", row.key, None)

    @on_virtual_time
    async def test_an_output_settles_once(self, store: Store) -> None:
        """However often that is said, and whatever is made again later."""
        row = an_action()
        await store.reviews.put(row)
        for _ in range(2):
            await store.reviews.settle([row.key])
        await store.reviews.put(replace(row, size=1))
        await store.reviews.drop(row.key)
        (taken,) = await store.reviews.taken()
        assert taken.size == row.size
        assert len(await store.touches(f"{row.key}/review")) == 1

    @on_virtual_time
    async def test_what_a_visit_makes_again_takes_the_place_of_the_first(
        self, store: Store
    ) -> None:
        """As long as neither has settled; and it is then drawn or not by itself."""
        row = an_action()
        await store.reviews.put(row)
        await store.reviews.put(replace(row, size=7, chance=0.5, question=None))
        await store.reviews.settle([row.key])
        (taken,) = await store.reviews.taken()
        assert (taken.size, taken.chance, taken.drawn) == (7, 0.5, False)
        assert await store.questions() == ()

    @on_virtual_time
    async def test_pending_outputs_are_a_threads_own_until_they_are_dropped(
        self, store: Store
    ) -> None:
        """With the checkpoints they came from."""
        for number in (1, 2):
            await store.reviews.put(an_action(number, origin={"": f"c{number}"}))
        (pending,) = await store.reviews.pending("t1")
        assert (pending.key, pending.origin) == ("t1/1/decide/1", {"": "c1"})
        await store.reviews.drop(pending.key)
        assert await store.reviews.pending("t1") == ()
        assert len(await store.reviews.pending("t2")) == 1

    @pytest.mark.parametrize("kind", ["approve", "reject"])
    @on_virtual_time
    async def test_a_review_says_whether_an_output_was_right(self, store: Store, kind: Any) -> None:
        """With who said so."""
        row = an_action()
        await store.reviews.put(row)
        await store.reviews.settle([row.key])
        await store.answer(f"{row.key}/review", Decision(kind, actor="ann"))
        (taken,) = await store.reviews.taken()
        assert (taken.right, taken.by, taken.asked) == (kind == "approve", "ann", False)

    @on_virtual_time
    async def test_a_visits_first_approval_counts(self, store: Store) -> None:
        """Later ones are of what was made with the person's words; help is no outcome."""
        for number, kind in ((1, "reject"), (2, "approve")):
            name = f"t/2/decide/1/{number}"
            await store.ask(a_question(question_id=name, amount_usd=9.0, calibrated=0.4))
            await store.answer(name, Decision(kind, message="no", actor="ann"))  # type: ignore[arg-type]
            await asyncio.sleep(1.0)
        await store.ask(a_question(question_id="t/3/decide/1/1", kind="help"))
        await store.answer("t/3/decide/1/1", Decision("approve"))
        (taken,) = await store.reviews.taken("decide")
        assert (taken.run, taken.right, taken.asked, taken.chance) == ("t/2", False, True, 1.0)
        assert (taken.confidence, taken.amount_usd) == (0.4, 9.0)

    @on_virtual_time
    async def test_outputs_are_read_by_step_and_from_a_time_on(self, store: Store) -> None:
        """In the order they settled in."""
        for number in range(3):
            row = an_action(number, at=float(number + 1), question=None)
            await store.reviews.put(row)
            await store.reviews.settle([row.key])
        later = await store.reviews.taken("decide", since=1.0)
        assert [one.thread_id for one in later] == ["t1", "t2"]
        assert await store.reviews.taken("other") == ()
        assert await store.reviews.recent_confidences("decide", 2) == (0.9, 0.9)

    @on_virtual_time
    async def test_a_history_of_rungs_has_one_next_entry(self, store: Store) -> None:
        """Of two who saw the same last one, the second is told."""
        assert await store.reviews.add_rung(a_rung(1))
        assert await store.reviews.add_rung(a_rung(2, rung=1, evidence={"found": 3}))
        assert not await store.reviews.add_rung(a_rung(2, rung=3))
        history = await store.reviews.rungs("decide")
        assert [(entry.number, entry.rung) for entry in history] == [(1, 2), (2, 1)]
        assert history[-1].evidence == {"found": 3}
        assert await store.reviews.rungs("other") == ()

    @on_virtual_time
    async def test_the_last_terms_of_a_step_hold(self, store: Store) -> None:
        """For whoever looks from outside of its graph."""
        await store.reviews.save_terms("decide", {"share": 0.1})
        await store.reviews.save_terms("decide", {"share": 0.2})
        assert await store.reviews.terms() == {"decide": {"share": 0.2}}

    @on_virtual_time
    async def test_what_a_team_is_asked_is_kept(self, store: Store) -> None:
        """The last word holds."""
        assert await store.reviews.asking("desk") is None
        await store.reviews.save_asking("desk", asked=1.0, sampled=0.5, at=3.0)
        await store.reviews.save_asking("desk", asked=0.5, sampled=0.02, at=4.0)
        assert await store.reviews.asking("desk") == (0.5, 0.02, 4.0)

    @on_virtual_time
    async def test_open_questions_are_counted_by_queue_and_priority(self, store: Store) -> None:
        """Those that were answered wait no more."""
        for name, queue, priority in (("a", "x", 0), ("b", "x", 5), ("c", "y", 0), ("d", "z", 0)):
            await store.ask(a_question(question_id=name, queue=queue, priority=priority))
        await store.answer("c", Decision("approve"))
        assert await store.reviews.waiting("x", "y") == 2
        assert await store.reviews.waiting("x", priority=1) == 1

    @on_virtual_time
    async def test_what_came_up_lately_tells_what_gave_way(self, store: Store) -> None:
        """By what must be asked, what is if there is time, and what may be drawn."""
        asked = {"amount_usd": 100.0, "calibrated": 0.5, "asked_at": 2.0}
        await store.ask(a_question(question_id="must", **asked))
        await store.ask(a_question(question_id="may", must=False, **asked))
        spared = an_action(at=3.0, spared=True, full_chance=0.25, question=None)
        await store.reviews.put(spared)
        lately = await store.reviews.lately(("default",), ("decide",), since=1.0)
        assert [(one.kind, one.asked, round(one.score, 6)) for one in lately] == [
            ("must", 1.0, 50.0),
            ("asked", 1.0, 50.0),
            ("asked", 1.0, 1.0),
            ("sampled", 0.25, 1.0),
        ]
