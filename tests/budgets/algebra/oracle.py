"""One visit of a step played out with random numbers, as an oracle for the algebra.

Nothing here uses the algebra: tasks, blind spots and correlations are drawn, samples are counted
by the engine's own tally, and times are compared as they come.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from surestep.budgets import Assurance, CheckProfile, PersonProfile, StepProfile
from surestep.budgets.evidence import Evidence, Wanted, leader, next_step, settled
from surestep.budgets.tally import Tally
from surestep.verifiers import Vote, VoteTally


@dataclass
class Run:
    """What came of one visit; times in seconds."""

    right: float = 0.0
    wrong: float = 0.0
    stopped: float = 0.0
    asked: float = 0.0
    questions: float = 0.0
    worker_calls: float = 0.0
    check_calls: float = 0.0
    rejected: float = 0.0
    advance: float = 0.0
    confirm: float = 0.0


@dataclass
class Candidate:
    """What one attempt came up with, and how long it took."""

    right: bool
    status: str
    advance_s: float
    confirm_s: float = 0.0


def _voted(answer: str, evidence: Evidence) -> Evidence:
    return evidence.voted(answer)


def _judged(answer: str, name: str, status: str, evidence: Evidence) -> Evidence:
    return evidence.judged(answer, name, status)


@dataclass
class Visit:
    """One visit of a step, its assurance being explicit."""

    step: StepProfile
    how: Assurance
    person: PersonProfile | None
    random: np.random.Generator
    run: Run = field(default_factory=Run)

    def played(self) -> Run:
        """What came of it."""
        self.rate = self._task()
        self.after_wrong = False
        found = self._attempts()
        if self.how.human == "always":
            assert self.person is not None
            self.run.asked = 1.0
            found = self._approved(found, self.person, again=True)
        self._end(found)
        return self.run

    def _task(self) -> float:
        step = self.step
        if step.spread == 0.0:
            return step.success
        total = 1.0 / step.spread - 1.0
        return float(self.random.beta(step.success * total, (1.0 - step.success) * total))

    def _attempts(self) -> Candidate:
        found = None
        for _ in range((self.how.retries or 0) + 1):
            found = self._attempt()
            self.run.advance += found.advance_s
            if found.status != "fail":
                break
            self.after_wrong = not found.right
        assert found is not None
        return found

    def _approved(self, found: Candidate, person: PersonProfile, *, again: bool) -> Candidate:
        self.run.questions += 1.0
        if found.status == "pass":
            accept = person.accept_ok if found.right else person.accept_bad
            if self.random.random() < accept:
                return found
            if again:
                self.after_wrong = not found.right
                return self._approved(self._attempts(), person, again=False)
            self.run.questions += 1.0
        return Candidate(bool(self.random.random() < person.fix), "pass", 0.0)

    def _end(self, found: Candidate) -> None:
        if found.status != "pass" and self.how.human == "on_failure":
            assert self.person is not None
            self.run.asked = self.run.questions = 1.0
            found = Candidate(bool(self.random.random() < self.person.fix), "pass", 0.0)
        if found.status != "pass":
            self.run.stopped = 1.0
            return
        self.run.right, self.run.wrong = float(found.right), float(not found.right)
        self.run.confirm = found.confirm_s

    def _attempt(self) -> Candidate:
        if self.how.tally is not None:
            return self._weighing(self.how.tally)
        if isinstance(self.how.vote, Mapping):
            return self._election(Vote(**self.how.vote))
        if (self.how.samples or 1) > 1:
            return self._several(self.how.samples or 1)
        return self._single()

    def _single(self) -> Candidate:
        right = self._output()
        work_s = self._work_s(right=right)
        passed, check_s = self._judged(right=right)
        if self.how.mode == "speculative" and passed:
            return Candidate(right, "pass", work_s, check_s)
        if self.how.mode == "speculative":
            self.run.rejected += 1.0
        return Candidate(right, "pass" if passed else "fail", work_s + check_s)

    def _several(self, count: int) -> Candidate:
        drawn = sorted((self._work_s(), self._output()) for _ in range(count))
        checks = [self._judged(right=right, paid=False) for _, right in drawn]
        size = len(self.how.verifiers or ())
        outputs = [
            (work_s + check_s, right, passed)
            for (work_s, right), (passed, check_s) in zip(drawn, checks, strict=True)
        ]
        if self.how.mode == "speculative":
            self.run.check_calls += count * size
            return self._bets([work_s for work_s, _ in drawn], outputs)
        done = sorted(one for one in outputs if one[2])
        end_s = done[0][0] if done else math.inf
        winner = next((place for place, one in enumerate(outputs) if one[0] == end_s), -1)
        launched = [
            place for place, (work_s, _) in enumerate(drawn) if work_s < end_s or place == winner
        ]
        self.run.check_calls += len(launched) * size
        if done:
            return Candidate(done[0][1], "pass", end_s)
        last = max(outputs)
        return Candidate(last[1], "fail", last[0])

    def _bets(self, drawn: list[float], outputs: list[tuple[float, bool, bool]]) -> Candidate:
        """Bet on outputs as they come, each kept until refused, until one bet on is accepted."""
        now, left = 0.0, list(range(len(drawn)))
        while left:
            passed = [one for one in left if outputs[one][2] and outputs[one][0] <= now]
            bet = min(passed, key=lambda one: outputs[one][0]) if passed else left[0]
            advance_s, now = max(now, drawn[bet]), max(now, outputs[bet][0])
            if outputs[bet][2]:
                return Candidate(outputs[bet][1], "pass", advance_s, now - advance_s)
            self.run.rejected += 1.0
            left = [one for one in left if outputs[one][2] or outputs[one][0] > now]
        last = max(outputs)
        return Candidate(last[1], "fail", last[0])

    def _election(self, vote: Vote) -> Candidate:
        tally, start_s, since_s, bet = VoteTally(vote), 0.0, 0.0, ""
        counts: dict[str, int] = {}
        while wave := tally.next_wave():
            arrivals = sorted((self._work_s(), self._answer()) for _ in range(wave))
            for arrival_s, answer in arrivals:
                tally.add(answer)
                counts[answer] = counts.get(answer, 0) + 1
                leader = max(counts, key=counts.__getitem__)
                if not bet or counts[leader] > counts[bet]:
                    if bet and bet != leader and self.how.mode == "speculative":
                        self.run.rejected += 1.0
                    since_s = since_s if bet == leader else start_s + arrival_s
                    bet = leader
            start_s += arrivals[-1][0]
        speculative = self.how.mode == "speculative"
        if not tally.decided:
            self.run.rejected += float(speculative)
            return Candidate(False, "inconclusive", start_s)
        right = tally.winner == "right"
        passed, check_s = self._judged(right=right)
        if passed and speculative:
            return Candidate(right, "pass", since_s, start_s + check_s - since_s)
        self.run.rejected += float(speculative)
        return Candidate(right, "pass" if passed else "fail", start_s + check_s)

    def _weighing(self, tally: Tally) -> Candidate:
        evidence, now, since_s, best = Evidence(), 0.0, 0.0, ""
        pending: list[tuple[float, Callable[[Evidence], Evidence]]] = []
        while not best or not settled(evidence, tally, best):
            if not pending:
                step = next_step(evidence, tally)
                if not isinstance(step, Wanted):
                    break
                pending = sorted(self._asked(step, now), key=lambda one: one[0])
            now, said = pending.pop(0)
            evidence = said(evidence)
            found = leader(evidence, tally, best or None) or ""
            if found != best:
                self.run.rejected += float(bool(best) and self.how.mode == "speculative")
                best, since_s = found, now
        speculative = self.how.mode == "speculative"
        if not best or not settled(evidence, tally, best):
            self.run.rejected += float(speculative)
            return Candidate(False, "inconclusive", now)
        start_s = since_s if speculative else now
        return Candidate(best == "right", "pass", start_s, now - start_s)

    def _asked(
        self, step: Wanted, now: float
    ) -> Iterator[tuple[float, Callable[[Evidence], Evidence]]]:
        for _ in range(step.samples):
            answer = "right" if self._output() else "wrong"
            yield now + self._work_s(), partial(_voted, answer)
        for answer, name in step.checks:
            one = self.step.checks[name]
            self.run.check_calls += 1.0
            rate = one.accept_ok if answer == "right" else one.accept_bad
            status = "pass" if self.random.random() < rate else "fail"
            taken_s = float(self.random.choice(one.latencies_s or (one.latency_s,)))
            yield now + taken_s, partial(_judged, answer, name, status)

    def _answer(self) -> str:
        if self._output():
            return "right"
        if self.random.random() < math.sqrt(self.step.alike):
            return "usual"
        return f"stray {self.random.random()}"

    def _output(self) -> bool:
        self.run.worker_calls += 1.0
        rate = self.rate
        if self.after_wrong and self.step.retry_success is not None:
            assert self.step.spread == 0.0, "the oracle knows no odds of a class"
            rate = self.step.retry_success
        return bool(self.random.random() < rate)

    def _work_s(self, *, right: bool = True) -> float:
        slower, rate = self.step.latency_wrong, self.step.success
        stretch = (1.0 if right else slower) / (rate + (1.0 - rate) * slower)
        return stretch * float(self.random.choice(self.step.latencies_s or (self.step.latency_s,)))

    def _judged(self, *, right: bool, paid: bool = True) -> tuple[bool, float]:
        checks = [self.step.checks[name] for name in self.how.verifiers or ()]
        if not checks:
            return True, 0.0
        self.run.check_calls += len(checks) if paid else 0.0
        accepts = sum(self._verdicts(checks, right=right))
        taken = [float(self.random.choice(one.latencies_s or (one.latency_s,))) for one in checks]
        return accepts >= (self.how.quorum or len(checks)), max(taken)

    def _verdicts(self, checks: list[CheckProfile], *, right: bool) -> Iterator[bool]:
        places: dict[str, float] = {}
        factors: dict[str, float] = {}
        for number, one in enumerate(checks):
            family = one.family or str(number)
            place = places.setdefault(family, float(self.random.random()))
            if not right and place < one.blind:
                yield True
                continue
            rate = one.accept_ok if right else (one.accept_bad - one.blind) / (1.0 - one.blind)
            if one.spread > 0.0:
                # Members of a family have the same rates wherever this oracle is used.
                total = 1.0 / one.spread - 1.0
                factor = float(self.random.beta(rate * total, (1.0 - rate) * total))
                rate = factors.setdefault(family, factor)
            yield bool(self.random.random() < rate)
