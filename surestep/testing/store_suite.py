"""What every store must do, as tests: inherit `StoreSuite` and say how to open yours."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from surestep.errors import AnswerRefused, StoreError
from surestep.storage import Event, Store, ThreadRow
from surestep.testing.claims_suite import ClaimsSuite
from surestep.testing.clock import run
from surestep.testing.opened import a_question, on_virtual_time
from surestep.testing.reviews_suite import ReviewsSuite
from surestep.testing.runners_suite import RunnersSuite
from surestep.values import Decision


def an_event(kind: str = "attempt", **fields: object) -> Event:
    """An event of thread `t`, the rest as given."""
    return Event(**{"thread_id": "t", "kind": kind, "at": 1.0, **fields})  # type: ignore[arg-type]


class StoreSuite(ClaimsSuite, ReviewsSuite, RunnersSuite):
    """Conformance tests of a store, those of its claims and its reviews included.

    Override `open_store`; pytest collects the rest from your subclass, whose name starts with
    `Test`.
    """

    @on_virtual_time
    async def test_an_unknown_thread_is_none(self, store: Store) -> None:
        """A thread nobody started has no row."""
        assert await store.thread("t") is None

    @on_virtual_time
    async def test_a_thread_row_reads_as_it_was_saved(self, store: Store) -> None:
        """Every column makes the round trip."""
        row = ThreadRow(
            thread_id="t",
            target="app.py:graph",
            status="waiting",
            reason="question",
            slo={"latency_s": 3.0},
            plan="[steps.a]\n",
            created_at=1.0,
            updated_at=2.0,
            cost_usd=0.5,
            machine_s=3.0,
            human_s=4.0,
        )
        await store.save_thread(row)
        assert await store.thread("t") == row

    @on_virtual_time
    async def test_saving_none_keeps_what_a_thread_has(self, store: Store) -> None:
        """A later save that knows less erases nothing."""
        await store.save_thread(ThreadRow(thread_id="t", target="a:b", plan="p", cost_usd=1.0))
        await store.save_thread(ThreadRow(thread_id="t", status="failed", reason="late"))
        row = await store.thread("t")
        assert row is not None
        assert (row.target, row.plan, row.cost_usd, row.status) == ("a:b", "p", 1.0, "failed")

    @on_virtual_time
    async def test_threads_come_newest_first(self, store: Store) -> None:
        """The order is that of creation, and the limit cuts the oldest."""
        for name, at in (("a", 1.0), ("c", 3.0), ("b", 2.0)):
            await store.save_thread(ThreadRow(thread_id=name, created_at=at))
        assert [row.thread_id for row in await store.threads(limit=2)] == ["c", "b"]

    @on_virtual_time
    async def test_threads_can_be_asked_for_by_status(self, store: Store) -> None:
        """Only rows of the status come back."""
        await store.save_thread(ThreadRow(thread_id="a", status="waiting"))
        await store.save_thread(ThreadRow(thread_id="b", status="failed"))
        assert [row.thread_id for row in await store.threads(status="failed")] == ["b"]

    @on_virtual_time
    async def test_events_come_back_whole_and_in_order(self, store: Store) -> None:
        """Every field makes the round trip; the store adds the sequence number."""
        sent = an_event(step="a", visit=2, attempt=3, latency_s=0.5, cost_usd=0.1, data={"x": [1]})
        store.emit(sent)
        store.emit(an_event("settled"))
        first, second = await store.events("t")
        assert first == an_event(
            step="a",
            visit=2,
            attempt=3,
            latency_s=0.5,
            cost_usd=0.1,
            data={"x": [1]},
            seq=first.seq,
        )
        assert first.seq < second.seq

    @on_virtual_time
    async def test_events_of_another_thread_stay_out(self, store: Store) -> None:
        """A thread sees its own events only."""
        store.emit(an_event(thread_id="u"))
        assert await store.events("t") == ()

    @on_virtual_time
    async def test_events_can_be_read_from_a_place_on(self, store: Store) -> None:
        """`after` leaves out what was read already."""
        store.emit(an_event("attempt"))
        store.emit(an_event("settled"))
        first, second = await store.events("t")
        assert await store.events("t", after=first.seq) == (second,)

    @on_virtual_time
    async def test_events_can_be_read_by_kind(self, store: Store) -> None:
        """Other kinds stay out, and no kinds means no events."""
        store.emit(an_event("attempt"))
        store.emit(an_event("settled"))
        assert [event.kind for event in await store.events("t", kinds={"settled"})] == ["settled"]
        assert await store.events("t", kinds=()) == ()

    @on_virtual_time
    async def test_an_event_holds_what_was_true_when_it_was_emitted(self, store: Store) -> None:
        """A state that changes later does not change the past."""
        state = {"messages": ["one"]}
        store.emit(an_event(data=state))
        state["messages"].append("two")
        assert (await store.events("t"))[0].data == {"messages": ["one"]}

    def test_a_redactor_runs_before_anything_is_stored(self, tmp_path: Path) -> None:
        """Nobody who opens the database finds what was redacted."""
        store = self.open_store(tmp_path, redact=lambda data: {**data, "card": "-"})
        store.emit(an_event(data={"card": "4711", "x": 1}))
        store.close()
        assert self._read(tmp_path, lambda again: again.events("t"))[0].data == {
            "card": "-",
            "x": 1,
        }

    def test_a_broken_redactor_stores_no_data(self, tmp_path: Path) -> None:
        """The event survives without what could not be redacted."""
        store = self.open_store(tmp_path, redact=lambda data: {"x": data["absent"]})
        store.emit(an_event(data={"card": "4711"}))
        store.close()
        assert self._read(tmp_path, lambda again: again.events("t"))[0].data == {
            "redaction_failed": "KeyError"
        }

    @on_virtual_time
    async def test_spending_is_the_sum_of_model_calls_by_role(self, store: Store) -> None:
        """Workers and checkers are told apart; other events cost nothing here."""
        usage = {"input_tokens": 10, "output_tokens": 2}
        estimate = {"estimated_usd": 0.25, "withheld_usd": 1.0}
        store.emit(an_event("model_call", cost_usd=0.5, data={"role": "worker", "usage": usage}))
        store.emit(an_event("model_call", cost_usd=0.25, data={"role": "checker", **estimate}))
        store.emit(an_event("settled", cost_usd=0.75))
        spent = await store.spent("t")
        assert (spent.worker_usd, spent.checker_usd, spent.cost_usd) == (0.5, 0.25, 0.75)
        assert (spent.calls, spent.input_tokens, spent.output_tokens) == (2, 10, 2)
        assert (spent.estimated_usd, spent.withheld_usd) == (0.25, 1.0)

    @on_virtual_time
    async def test_a_thread_without_events_has_spent_nothing(self, store: Store) -> None:
        """Nothing is zero, not an error."""
        spent = await store.spent("t")
        assert (spent.cost_usd, spent.calls, spent.machine_s) == (0.0, 0, 0.0)

    @on_virtual_time
    async def test_a_question_reads_as_it_was_asked(self, store: Store) -> None:
        """Every column makes the round trip."""
        asked = a_question(
            verdicts=({"status": "fail"},),
            allowed=("approve", "reject"),
            schema={"type": "object"},
            approvers=2,
            queue="finance",
            priority=3,
            confidence=0.7,
            asked_at=5.0,
        )
        assert await store.ask(asked) == asked
        assert await store.question("q") == asked

    @on_virtual_time
    async def test_asking_again_returns_the_answer(self, store: Store) -> None:
        """A restart that asks the same question finds the decision."""
        await store.ask(a_question())
        await store.answer("q", Decision("edit", update={"a": 2}, actor="ann", decided_at=9.0))
        again = await store.ask(a_question(reason="another"))
        assert again.decision == Decision("edit", update={"a": 2}, actor="ann", decided_at=9.0)
        assert again.reason == "amount"

    @on_virtual_time
    async def test_a_broken_character_does_not_break_the_store(self, store: Store) -> None:
        """Half a surrogate pair or NUL, as a model may write, is kept as its escape."""
        said = {"said": "\ud83d\0"}
        store.emit(an_event("model_call", step="a\ud83d\0", cost_usd=0.5, data=said))
        asked = await store.ask(a_question(reason="\ud83d\0", proposal=said))
        (event,) = await store.events("t")
        assert (asked.reason, asked.proposal) == ("\\ud83d\\x00", said)
        assert (event.step, event.data) == ("a\\ud83d\\x00", said)
        assert (await store.spent("t")).cost_usd == 0.5

    @on_virtual_time
    async def test_only_open_questions_are_listed_by_default(self, store: Store) -> None:
        """Answered and closed ones are there when asked for."""
        for name in ("open", "answered", "closed"):
            await store.ask(a_question(question_id=name))
        await store.answer("answered", Decision("approve"))
        await store.close_question("closed", "rolled back")
        assert [one.question_id for one in await store.questions()] == ["open"]
        assert [one.question_id for one in await store.questions(status="closed")] == ["closed"]
        assert len(await store.questions("t", status=None)) == 3

    @on_virtual_time
    async def test_questions_come_by_priority_and_then_by_age(self, store: Store) -> None:
        """The most urgent first, the longest waiting next."""
        for name, priority, at in (("late", 0, 9.0), ("early", 0, 1.0), ("urgent", 5, 8.0)):
            await store.ask(a_question(question_id=name, priority=priority, asked_at=at))
        names = [one.question_id for one in await store.questions()]
        assert names == ["urgent", "early", "late"]

    @on_virtual_time
    async def test_a_queue_holds_its_own_questions(self, store: Store) -> None:
        """Questions of other queues and threads stay out."""
        await store.ask(a_question(question_id="a", queue="finance"))
        await store.ask(a_question(question_id="b"))
        assert [one.question_id for one in await store.questions(queue="finance")] == ["a"]
        assert await store.questions("u") == ()

    @pytest.mark.parametrize(
        ("name", "decision", "says"),
        [
            ("unknown", Decision("approve"), "No question 'unknown'"),
            ("closed", Decision("approve"), "is closed"),
            ("answered", Decision("reject"), "is answered"),
            ("open", Decision("respond"), "does not take 'respond'"),
            ("open", Decision("edit"), "has None for an update"),
            ("two", Decision("edit", update={}), "needs 2 people"),
            ("two", Decision("approve"), "no name given"),
        ],
    )
    @on_virtual_time
    async def test_an_answer_that_does_not_fit_is_refused(
        self, store: Store, name: str, decision: Decision, says: str
    ) -> None:
        """The refusal says why, and the question stays as it was."""
        for one in ("closed", "answered", "open"):
            await store.ask(a_question(question_id=one, allowed=("approve", "edit", "reject")))
        await store.ask(a_question(question_id="two", approvers=2))
        await store.answer("answered", Decision("approve"))
        await store.close_question("closed", "rolled back")
        before = await store.question(name)
        with pytest.raises(AnswerRefused, match=says):
            await store.answer(name, decision)
        assert await store.question(name) == before

    @on_virtual_time
    async def test_two_approvers_must_be_different_people(self, store: Store) -> None:
        """One person approving twice is refused; the second one decides."""
        await store.ask(a_question(approvers=2))
        first = await store.answer("q", Decision("approve", actor="ann"))
        with pytest.raises(AnswerRefused, match="'ann' has approved already"):
            await store.answer("q", Decision("approve", actor="ann"))
        second = await store.answer("q", Decision("approve", actor="bob"))
        assert first.decision is None
        assert second.decision is not None
        assert second.decision.actor == "bob"

    @on_virtual_time
    async def test_one_rejection_outweighs_approvals(self, store: Store) -> None:
        """A rejection decides at once, however many approvers are needed."""
        await store.ask(a_question(approvers=3))
        await store.answer("q", Decision("approve", actor="ann"))
        question = await store.answer("q", Decision("reject", message="no", actor="bob"))
        assert question.decision is not None
        assert question.decision.kind == "reject"

    @on_virtual_time
    async def test_every_touch_of_a_question_is_kept(self, store: Store) -> None:
        """The audit names who did what, in order; refusals change nothing and are not in it."""
        await store.ask(a_question(approvers=2))
        await store.answer("q", Decision("approve", actor="ann"))
        await store.close_question("q", "rolled back")
        touches = [(touch.who, touch.what) for touch in await store.touches("q")]
        assert touches == [("", "asked"), ("ann", "approve"), ("", "closed")]

    @on_virtual_time
    async def test_an_effect_is_fresh_once(self, store: Store) -> None:
        """Whoever begins it again learns that it may have happened."""
        intent = {"thread_id": "t", "step": "issue", "visit": 1, "intent": {"usd": 5}}
        first = await store.begin_effect("k", **intent)  # type: ignore[arg-type]
        second = await store.begin_effect("k", **intent)  # type: ignore[arg-type]
        assert (first.fresh, second.fresh) == (True, False)
        assert (second.status, second.intent, second.result) == ("begun", {"usd": 5}, None)

    @on_virtual_time
    async def test_a_finished_effect_keeps_its_first_result(self, store: Store) -> None:
        """A second result does not overwrite what happened."""
        await store.begin_effect("k", thread_id="t", step="issue", visit=1, intent={})
        await store.finish_effect("k", {"id": 1})
        await store.finish_effect("k", {"id": 2})
        row = await store.effect("k")
        assert row is not None
        assert (row.status, row.result) == ("done", {"id": 1})

    @on_virtual_time
    async def test_an_effect_never_begun_cannot_be_finished(self, store: Store) -> None:
        """A result without an intent is a mistake somewhere."""
        assert await store.effect("k") is None
        with pytest.raises(StoreError, match="'k' was never begun"):
            await store.finish_effect("k", {})

    def test_closing_commits_what_was_emitted(self, tmp_path: Path) -> None:
        """A new store over the same database finds it all."""
        store = self.open_store(tmp_path)
        for number in range(100):
            store.emit(an_event(data={"number": number}))
        store.close()
        events = self._read(tmp_path, lambda again: again.events("t"))
        assert [event.data["number"] for event in events] == list(range(100))

    @on_virtual_time
    async def test_a_closed_store_says_so(self, store: Store) -> None:
        """Closing twice is fine; using it afterwards is a typed error."""
        await store.aclose()
        await store.aclose()
        with pytest.raises(StoreError, match="is closed"):
            await store.thread("t")
        with pytest.raises(StoreError, match="is closed"):
            store.emit(an_event())

    @on_virtual_time
    async def test_a_megabyte_is_stored_whole(self, store: Store) -> None:
        """Nothing is cut, in events or in proposals."""
        text = "x" * 1_000_000
        store.emit(an_event(data={"output": text}))
        await store.ask(a_question(proposal={"text": text}))
        assert (await store.events("t"))[0].data["output"] == text
        question = await store.question("q")
        assert question is not None
        assert question.proposal["text"] == text

    def _read(
        self, folder: Path, work: Callable[[Store], Coroutine[object, object, tuple[Event, ...]]]
    ) -> tuple[Event, ...]:
        store = self.open_store(folder)
        try:
            return run(work(store))
        finally:
            store.close()
