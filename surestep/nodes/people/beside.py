"""A question to a person that the run does not wait for, as long as anything else can run.

It is a row in the store at once; the answer is looked for there while the run goes on. The
store also remembers, after a crash, what the verifiers had said.
"""

from __future__ import annotations

import asyncio
import itertools

from surestep.nodes.calls.worker import update_of
from surestep.nodes.candidate import Candidate
from surestep.nodes.check import Checked
from surestep.nodes.ends import Held, Ticket, plain, record_of
from surestep.nodes.people.answered import ticket_for, waiting_entry
from surestep.nodes.people.asking import held
from surestep.nodes.people.telling import tell_answer, tell_question
from surestep.nodes.stage import Stage
from surestep.storage import Store
from surestep.values import Ask, Decision, Output, Question, StepRecord

POLL_S = 1.0
"""How often an answer is looked for, in seconds of the loop's clock."""


def may_ask_beside(stage: Stage) -> bool:
    """Whether the run may go on while a person is asked about this visit.

    Only with a store, which the answer can come by; in the outermost graph, whose own node
    interrupts in the end; and without limits on what is unsettled, which a person could keep a
    run at for days, nor a stream that shows nothing meanwhile.
    """
    options = stage.live.options
    unlimited = options.max_unsettled is None and options.max_waste_usd is None
    unlimited = unlimited and not options.hold_stream
    stored = stage.live.store is not None and stage.live.thread_id is not None
    return stored and unlimited and "/" not in stage.path


class Asking:
    """One such question, under way.

    Args:
        stage: the visit it is about.
        ask: what is asked.
        record: how the visit went so far.
        output: what the person is shown.

    Attributes:
        decided: what the person has decided, once they have.
        question: the question, once it is in the store.
    """

    def __init__(self, stage: Stage, ask: Ask, record: StepRecord, output: Output) -> None:
        self._stage, self._ask, self._record, self._output = stage, ask, record, output
        self._held: Held | None = None
        self.decided: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._put = asyncio.create_task(self._asked())
        self._watch = asyncio.create_task(self._watched())

    async def look(self) -> Question | None:
        """The question, if it is still unanswered."""
        question = await asyncio.shield(self._put)
        if not self.decided.done():
            decision = await self._stage.live.answer_to(question.question_id)
            if decision is None:
                return question
            # Two may look at once.
            if not self.decided.done():
                tell_answer(self._stage.live, question, decision)
                self._stage.live.answers.pop(question.question_id, None)
                self.decided.set_result(decision)
        return None

    def ticket(self) -> Ticket:
        """What becomes of the step now that the person has decided."""
        assert self._held is not None
        return ticket_for(waiting_entry(self._held), self.decided.result())

    def cancel(self) -> None:
        """Look no more; the question stays."""
        self._put.cancel()
        self._watch.cancel()

    async def withdraw(self) -> None:
        """Take the question back: what it was about is gone, whatever was decided on it."""
        self.cancel()
        store = self._stage.live.store
        if self._held is not None and self._held.question is not None and store is not None:
            why = "the output it was about has been taken back"
            await store.withdraw_question(self._held.question.question_id, why)

    async def _asked(self) -> Question:
        stage, store = self._stage, self._stage.live.store
        assert store is not None
        number = await _number(stage, store, self._output)
        end = held(stage, self._ask, self._output, self._record, asked=number - 1, kind="approval")
        assert end.question is not None
        new = await store.question(end.question.question_id) is None
        self._held = end
        if new:
            await tell_question(end.question, stage.config, stage.live)
        return end.question

    async def _watched(self) -> None:
        # Whoever answers is another process, which cannot set an event here.
        while await self.look() is not None:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)


async def judged_before(stage: Stage, output: Output) -> Candidate | None:
    """What the verifiers said of an output before a person was asked about it, if one was."""
    store = stage.live.store
    if not stage.how.asks_anyway or not may_ask_beside(stage) or store is None:
        return None
    number = await _number(stage, store, output)
    question = await store.question(_name(stage, number))
    if question is None:
        return None
    known = record_of({"verdicts": list(question.verdicts)})
    return Candidate(output=output, checked=Checked(verdicts=known.verdicts))


async def _number(stage: Stage, store: Store, output: Output) -> int:
    """Which of the visit's questions is about this output: the first that is not withdrawn."""
    shown = plain(update_of(output))
    for number in itertools.count(1):
        known = await store.question(_name(stage, number))
        if known is None:
            return number
        if known.proposal == shown and not await store.is_closed(known.question_id):
            return number
    raise AssertionError("unreachable: the count does not end")


def _name(stage: Stage, number: int) -> str:
    return f"{stage.key}/{number}"
