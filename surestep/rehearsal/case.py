"""One case of a suite: run to its end, its questions answered, judged by its truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.errors import InputError, RunFailed
from surestep.graph import session
from surestep.graph.app import VerifiedApp
from surestep.graph.reply import reply
from surestep.nodes.people.answered import question_of
from surestep.rehearsal.suite import Input, State, Suite
from surestep.rehearsal.truth import Truths
from surestep.review import is_ours
from surestep.storage import Event
from surestep.traces.runs import Record, runs_of

# A redone output may be asked about again; more often than this is a loop.
MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How one case of a suite went.

    Attributes:
        given: its input.
        record: the run's record, as `surestep.traces.runs` describes it, with its truth: `ok` is
            1 for a right result, 0 for a wrong one or none, null while a person is waited for.
        state: what the run ended with; empty if it did not come to its end.
    """

    given: Input
    record: Record
    state: State = field(default_factory=dict)

    @property
    def right(self) -> bool:
        """Whether the run came to a right result."""
        return self.record["ok"] == 1


@dataclass(slots=True)
class Case:
    """One case under way.

    Attributes:
        suite: whose case it is.
        app: the graph.
        truths: what is known of its worker calls.
        given: its input.
        thread_id: the thread it runs in.
        events: what has happened in it.
    """

    suite: Suite
    app: VerifiedApp
    truths: Truths
    given: Input
    thread_id: str
    events: list[Event] = field(default_factory=list)

    async def run(self, plan: Plan | None, slo: SLO | None) -> Trial:
        """How it went."""
        state = await self._ended(plan, slo)
        (record,) = runs_of([self.events], truth=self.truths.of(self.given))
        succeeded = record["outcome"] == "succeeded"
        if succeeded:
            record["ok"] = int(self.suite.is_right(self.given, state))
        elif record["outcome"] == "failed":
            record["ok"] = 0
        return Trial(given=self.given, record=record, state=state if succeeded else {})

    async def _ended(self, plan: Plan | None, slo: SLO | None) -> State:
        """What the run came to, its questions answered."""
        next_: object = dict(self.given)
        state: State = {}
        for _ in range(MOST_ROUNDS):
            handle = session(plan=plan, slo=slo)
            handle.listen(self.events.append)
            try:
                state = await self.app.ainvoke(
                    next_, {"configurable": {"thread_id": self.thread_id}}, context=handle
                )
            except InputError:
                raise
            except RunFailed:
                break
            except Exception:  # noqa: BLE001 - nodes are foreign code; the trace has what it was
                break
            answers = self._answers(state)
            if not answers:
                break
            next_ = reply(answers)
        return state

    def _answers(self, state: State) -> Mapping[str, object]:
        """What people say to the questions a run has stopped at."""
        answer = self.suite.answer
        if answer is None:
            return {}
        asked = [one.value for one in state.get("__interrupt__", ()) if is_ours(one.value)]
        questions = [question_of(value["question"]) for value in asked]
        said = {one.question_id: answer(self.given, one) for one in questions}
        return {name: it for name, it in said.items() if it is not None}
