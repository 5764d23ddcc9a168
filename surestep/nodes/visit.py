"""One visit of a step: try, judge, try again, and decide what becomes of it.

This is the serial form: everything happens inside the step's own node, and the state is
written only once the output has been accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from surestep.budgets.backoff import is_transient
from surestep.clock import now_s
from surestep.errors import BudgetExceeded, RunFailed, SurestepError
from surestep.nodes.candidate import PASSED_ON, Candidate
from surestep.nodes.draws.draw import draw
from surestep.nodes.ends import Broken, End, Settled, Ticket
from surestep.nodes.people.asking import held, wish
from surestep.nodes.stage import Stage
from surestep.nodes.undoing import asked_about, undone
from surestep.values import Ask, Degrade, Effect, Output, QuestionKind, StepOutcome, StepRecord


@dataclass(slots=True)
class Visit:
    """A visit in progress.

    Attributes:
        stage: what it runs with.
        feedback: what the worker is told first; `""` unless a person sent it back.
        asked: how often this visit has asked a person.
        attempts: worker calls so far.
        last: the latest candidate that has not been refused.
        first: the candidate of attempt `number`, if that has been made already.
        number: the attempt to begin with.
        earlier: attempts made before a person sent the step back.
        refused: the output for which a person sent it back.
    """

    stage: Stage
    feedback: str = ""
    asked: int = 0
    attempts: int = 0
    last: Candidate | None = None
    first: Candidate | None = None
    number: int = 1
    earlier: int = 0
    refused: Output | None = None

    async def run(self) -> End:
        """The visit's end."""
        try:
            return await self._tried()
        except BudgetExceeded as error:
            return await self.degraded(self.stage.spec.on_budget, error)

    async def _tried(self) -> End:
        how = self.stage.how
        candidate = Candidate()
        feedback = self.feedback
        if why := await undone(self.stage, self.refused, earlier=True):
            return self.stuck(why, Candidate(output=self.refused))
        for number in range(self.number, how.retries + 2):
            attempt = self.stage.attempt(self.earlier + number, feedback, candidate.checked)
            self.last = None
            if self.first is None:
                candidate = await draw(self.stage, attempt)
                self.attempts += candidate.calls
            else:
                candidate, self.first = self.first, None
            self.last = candidate
            if candidate.error is None and candidate.checked.opinion != "fail":
                return await self._unrefused(candidate, repaired=number > 1)
            feedback = candidate.feedback
            self.last = None
            if is_final(candidate.error):
                break
            if number <= how.retries:
                if why := await undone(self.stage, candidate.output):
                    return self.stuck(f"{feedback}; {why}", candidate)
                self._trace_retry(number, feedback)
        return await self._exhausted(candidate)

    async def _unrefused(self, candidate: Candidate, *, repaired: bool) -> End:
        opinion = candidate.checked.opinion
        if opinion == "starved" and candidate.checked.starved is not None:
            return await self.degraded(self.stage.spec.on_budget, candidate.checked.starved)
        if opinion == "inconclusive":
            judges = [one for one in candidate.checked.verdicts if one.status == "inconclusive"]
            doubt = SurestepError("; ".join(f"{one.verifier}: {one.feedback}" for one in judges))
            return await self.degraded(self.stage.spec.on_inconclusive, doubt)
        outcome: StepOutcome = "unverified"
        if self.stage.how.checked and not candidate.checked.waived:
            outcome = "repaired" if repaired else "verified"
        return self._accepted(candidate, outcome, candidate.checked.waived)

    def _accepted(self, candidate: Candidate, outcome: StepOutcome, reason: str = "") -> End:
        output, verdicts = candidate.output, candidate.checked.verdicts
        assert output is not None
        ask = wish(self.stage, output, verdicts, failed=False)
        if ask is not None:
            return self._asked(ask, candidate, kind="approval")
        record = self.record(candidate, outcome, reason)
        stage = self.stage
        return Settled(
            value=output.update, path=stage.path, visit=stage.traced_visit, record=record
        )

    def stuck(self, why: str, candidate: Candidate, cause: Exception | None = None) -> End:
        """The visit's end when the effect of a refused output cannot be undone."""
        ask = asked_about(self.stage, why, candidate.output, candidate.checked.verdicts)
        return self.broken(why, candidate, cause) if ask is None else self._asked(ask, candidate)

    async def _exhausted(self, candidate: Candidate) -> End:
        ask = wish(self.stage, candidate.output, candidate.checked.verdicts, failed=True)
        if ask is not None:
            known = candidate.feedback if candidate.error is not None else ""
            return self._asked(replace(ask, reason=known or ask.reason), candidate)
        if isinstance(candidate.error, RunFailed):
            # Left to LangGraph, the nested graph goes on from its own last state when resumed.
            raise candidate.error
        tries = "one attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        reason = f"refused after {tries}: {candidate.feedback}"
        return await self._closed(reason, candidate)

    async def _closed(
        self, reason: str, candidate: Candidate, cause: Exception | None = None
    ) -> End:
        """The visit's end when it fails closed, and leaves no effect of its own behind."""
        if why := await undone(self.stage, candidate.output):
            return self.stuck(f"{reason}; {why}", candidate, cause)
        return self.broken(reason, candidate, cause)

    async def degraded(self, policy: Degrade, cause: SurestepError) -> End:
        """What the step's policy makes of a budget, or a verifier, that gave out."""
        if self.stage.live.tracer:
            self.stage.live.tracer.emit(
                "degrade",
                step=self.stage.path,
                visit=self.stage.visit,
                policy=policy,
                why=cause.problem,
            )
        candidate = self.last or Candidate()
        if policy in ("drop_check", "accept_unverified") and candidate.output is not None:
            return self._accepted(candidate, "unverified", f"{policy}: {cause.problem}")
        if policy == "fallback":
            if why := await undone(self.stage, candidate.output):
                return self.stuck(why, candidate)
            return await self._fallen_back(cause)
        if policy == "escalate":
            return self._asked(Ask(cause.problem), candidate)
        return await self._closed(cause.problem, candidate, cause)

    async def _fallen_back(self, cause: SurestepError) -> End:
        attempt = self.stage.attempt(self.earlier + self.attempts + 1, cause.problem)
        worker = self.stage.spec.fallback
        try:
            # The step's own time is what ran out, so the fallback has the run's.
            output = await self.stage.work(attempt, worker=worker, to_run_end=True)
        except BudgetExceeded as error:
            return self.broken(error.problem, Candidate(), error)
        except PASSED_ON:
            raise
        except Exception as error:  # noqa: BLE001 - a worker is foreign code: it may raise anything
            self.stage.trace_error(attempt.number, error)
            reason = f"the fallback raised {type(error).__name__}: {error}"
            return self.broken(reason, Candidate(error=error))
        self.attempts += 1
        return self._accepted(Candidate(output=output), "unverified", f"fallback: {cause.problem}")

    def _asked(self, ask: Ask, candidate: Candidate, *, kind: QuestionKind = "help") -> End:
        record = self.record(candidate, None, ask.reason)
        return held(self.stage, ask, candidate.output, record, asked=self.asked, kind=kind)

    def broken(self, reason: str, candidate: Candidate, cause: Exception | None = None) -> Broken:
        """The visit's end when it fails closed."""
        return Broken(
            reason=reason,
            arg=self.stage.arg,
            ask=self.asked,
            key=self.stage.key,
            lineage=self.stage.lineage,
            path=self.stage.path,
            visit=self.stage.traced_visit,
            record=self.record(candidate, "failed", reason),
            cause=cause or candidate.error,
        )

    def record(
        self, candidate: Candidate, outcome: StepOutcome | None, reason: str = ""
    ) -> StepRecord:
        """The record of the visit as it stands."""
        output: Output | None = candidate.output
        # An effect that failed may have happened: until that is known it is the same visit,
        # under the same key.
        in_doubt = outcome == "failed" and self.stage.spec.effect is Effect.IRREVERSIBLE
        return StepRecord(
            outcome=outcome,
            reason=reason,
            verdicts=candidate.checked.verdicts,
            attempts=self.earlier + self.attempts,
            visits=0 if outcome is None or in_doubt else 1,
            latency_s=now_s() - self.stage.started_s,
            cost_usd=self.stage.cost_usd,
            confidence=None if output is None else output.confidence,
        )

    def _trace_retry(self, number: int, feedback: str) -> None:
        if self.stage.live.tracer:
            self.stage.live.tracer.emit(
                "retry",
                step=self.stage.path,
                visit=self.stage.visit,
                attempt=number,
                why=feedback,
            )


def is_final(error: Exception | None) -> bool:
    """Whether trying again was seen to already: by a nested graph, or with back-off."""
    return isinstance(error, RunFailed) or (error is not None and is_transient(error))


def rejected(stage: Stage, ticket: Ticket) -> Broken:
    """The end of a visit whose effect a person has forbidden."""
    return Broken(
        reason=ticket.feedback,
        arg=stage.arg,
        ask=ticket.ask,
        key=stage.key,
        lineage=stage.lineage,
        path=stage.path,
        visit=stage.traced_visit,
        record=StepRecord(outcome="rejected", reason=ticket.feedback, visits=1),
    )


def recorded(stage: Stage, outcome: StepOutcome, **known: object) -> StepRecord:
    """A record of a visit that ran no attempts of its own."""
    base = StepRecord(outcome=outcome, visits=1, latency_s=now_s() - stage.started_s)
    return replace(base, **known)  # type: ignore[arg-type]
