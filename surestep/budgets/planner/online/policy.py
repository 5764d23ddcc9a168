"""A planner that looks up, in microseconds, what was worked out before the run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from surestep.budgets import checked
from surestep.budgets.assurance import Assurance
from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner.online.judged import ACCEPT, CHECK, REDO, Worth
from surestep.budgets.planner.online.lattice import Lattice
from surestep.budgets.planner.online.lookup import Answer, Lookup
from surestep.budgets.planner.online.moment import Choice, Finding, Moment, Next
from surestep.budgets.planner.online.tables import Course, Tables, tabled
from surestep.budgets.planner.posing import at_expected_rates
from surestep.budgets.profile import Profile
from surestep.values import RunRecord

TICKS = 160
"""Ticks over the horizon."""

BEYOND = 1.25
"""The horizon over the deadline, for deadlines that are put off while a run goes."""

UNITS, TICKS_BESIDE = 8, 64
"""Units of money, and ticks beside them, where a limit on money counts, too."""

COARSE, SEARCHES = 40, 7
"""Ticks of the tables on which a price is searched for, and how many are made."""

DEAREST = 10.0
"""The highest price of money tried, as worth of right runs per mean cost of one."""


class Policy:
    """Decides on each output as it comes: accept it, check it, or have it redone.

    It is made before the run, by `Policy.of`, and is a table over the step, the time left, the
    money left, and how sure one may be of the output: the worker's confidence, calibrated, and
    the verdicts so far. Pass it as `session(planner=...)`. It only decides on steps that are
    treated as its plan says; whatever a person, or code, has switched stays so. A refusal of a
    verifier stands, and what a step does to the world is checked as planned.

    Attributes:
        right: predicted P(the run's result is right, and in time).
        delivered: predicted P(it has a result in time).
        cost_usd: predicted mean cost, in US dollars.
        deadline_s: the deadline it was made for, in seconds; `None` without one.
    """

    def __init__(self, course: Course, slo: SLO, lattice: Lattice, tables: Tables) -> None:
        self.deadline_s = _deadline_s(slo)
        self._lattice = lattice
        self._tables = tables
        at = lattice.left(self.deadline_s, slo.cost_usd)
        self.right, self.delivered, self.cost_usd = (float(one[at]) for one in tables.start)
        self._own = {
            step: _Own.of(course.plan.of(step), table.names) for step, table in tables.steps.items()
        }

    @classmethod
    def of(
        cls,
        profile: Profile,
        slo: SLO,
        plan: Plan,
        *,
        mean_usd: float | None = None,
        wrong: float = 1.0,
        usd_per_minute: float = 0.0,
    ) -> Self:
        """The policy that makes the most of what a run has left.

        It maximises P(right, in time), a wrong result taking away `wrong`. Money is priced so
        that the mean cost comes to `mean_usd`; without that, so that `slo.reliability` is just
        met; without either, so that it comes to what `plan` is predicted to cost, if that is
        known; else only the limit on a run counts.

        Args:
            profile: what is known of the steps.
            slo: `latency_s`, else `latency_p95_s`, is the deadline of a run, in seconds;
                `cost_usd` its limit.
            plan: how steps are treated where no table decides, and which of them run beside
                their checks.
            mean_usd: the mean cost of a run, in US dollars.
            wrong: what a wrong result in time takes away, a right one being worth 1.
            usd_per_minute: what a minute of a person's time is worth, in US dollars.

        Raises:
            PlanError: for an amount that is negative, NaN or infinite.
        """
        checked.not_negative("wrong", wrong, unit="times what a right one is worth")
        checked.not_negative("usd_per_minute", usd_per_minute, unit="US dollars")
        if mean_usd is not None:
            checked.not_negative("mean_usd", mean_usd, unit="US dollars")
        elif slo.reliability is None and plan.predicted is not None:
            mean_usd = plan.predicted.cost_usd.value
        course = Course(at_expected_rates(profile), plan, usd_per_minute)
        worth = Worth(wrong=wrong, per_usd=_price(course, slo, wrong, mean_usd))
        lattice = _lattice(slo)
        return cls(course, slo, lattice, tabled(course, lattice, worth))

    def __call__(self, moment: Moment) -> Choice | None:
        """How to treat a step about to start: unchecked if no output of it would be checked.

        Otherwise all its verifiers are held ready for `after`.
        """
        table, own = self._tables.steps.get(moment.step), self._own.get(moment.step)
        if table is None or own is None or moment.assurance not in own.known:
            return None
        answer = table.foregone(self._left(moment.slo, moment.record))
        chosen = own.off if answer and answer.best == ACCEPT else own.ready
        if chosen == moment.assurance:
            return None
        why = f"{_left_words(moment.slo, moment.record)}: every output would be "
        if answer is None or chosen is own.ready:
            return Choice(
                assurance=chosen, why=f"{why}decided on by itself", instead="rather than as planned"
            )
        return Choice(
            assurance=chosen,
            why=f"{why}accepted",
            instead=_beaten(table, answer),
        )

    def after(self, finding: Finding) -> Next | None:
        """What to do about an output: accept it, ask one verifier more, or have it redone."""
        table, own = self._tables.steps.get(finding.step), self._own.get(finding.step)
        if table is None or own is None or finding.assurance not in own.known:
            return None
        right, heard = table.belief(finding.attempt, finding.confidence, finding.verdicts)
        left = self._left(finding.slo, finding.record)
        answer = table.answer(finding.attempt, right, heard, left, last=finding.last)
        why = f"{right:.1%} sure, {_left_words(finding.slo, finding.record)}"
        instead = _beaten(table, answer)
        if answer.best == ACCEPT:
            return Next(action="accept", why=why, instead=instead)
        if answer.best == REDO:
            return Next(action="redo", why=why, instead=instead)
        name = table.names[answer.best - CHECK]
        if name not in finding.unasked:
            return None
        return Next(action="check", verifiers=(name,), why=why, instead=instead)

    def _left(self, slo: SLO, record: RunRecord) -> tuple[int, int]:
        deadline_s, limit_usd = _deadline_s(slo), slo.cost_usd
        return self._lattice.left(
            None if deadline_s is None else deadline_s - record.spent.machine_s,
            None if limit_usd is None else limit_usd - record.spent.cost_usd,
        )


@dataclass(frozen=True, slots=True)
class _Own:
    """The treatments of one step that are the policy's to change."""

    off: Assurance
    ready: Assurance
    known: tuple[Assurance, ...]

    @classmethod
    def of(cls, planned: Assurance, names: tuple[str, ...]) -> Self:
        ready = planned
        if planned.mode == "off" or planned.verifiers not in (None, names):
            mode = "serial" if planned.mode == "off" else planned.mode
            ready = replace(planned, mode=mode, verifiers=names, quorum=None)
        off = replace(planned, mode="off")
        return cls(off, ready, (planned, ready, off))


def _deadline_s(slo: SLO) -> float | None:
    return slo.latency_p95_s if slo.latency_s is None else slo.latency_s


def _beaten(table: Lookup, answer: Answer) -> str:
    """The next best action; margins are in shares of what a right run is worth."""
    if answer.margin == math.inf:
        return "nothing else was possible"
    return f"rather than {_words(table, answer.second)}, by {answer.margin:.2g}"


def _words(table: Lookup, action: int) -> str:
    if action == ACCEPT:
        return "accept"
    return "redo" if action == REDO else f"ask {table.names[action - CHECK]}"


def _left_words(slo: SLO, record: RunRecord) -> str:
    deadline_s = _deadline_s(slo)
    if deadline_s is None:
        return "no deadline"
    return f"{deadline_s - record.spent.machine_s:.3g} s left"


def _lattice(slo: SLO, ticks: int | None = None) -> Lattice:
    """The lattice of an SLO; of `ticks` ticks and without money, if they are given."""
    deadline_s, limit_usd = _deadline_s(slo), slo.cost_usd
    limited = ticks is None and limit_usd is not None and limit_usd > 0.0
    if ticks is None:
        ticks = TICKS_BESIDE if limited else TICKS
    horizon_s = (deadline_s or 0.0) * BEYOND
    return Lattice(
        tick_s=horizon_s / ticks if deadline_s else 1.0,
        ticks=ticks if deadline_s else 0,
        unit_usd=(limit_usd or 0.0) / UNITS if limited else 1.0,
        units=UNITS if limited else 0,
    )


def _price(course: Course, slo: SLO, wrong: float, mean_usd: float | None) -> float:
    """What a US dollar is worth, so that the cost, or the reliability, comes out as wanted."""
    if mean_usd is None and slo.reliability is None:
        return 0.0
    lattice = _lattice(slo, COARSE)
    at = lattice.left(_deadline_s(slo), None)

    def reached(per_usd: float) -> tuple[float, float]:
        found = tabled(course, lattice, Worth(wrong=wrong, per_usd=per_usd)).start
        return float(found[0][at]), float(found[2][at])

    free = reached(0.0)
    if not free[1]:
        return 0.0
    high = DEAREST / free[1]
    if mean_usd is not None:
        return 0.0 if free[1] <= mean_usd else _least(high, lambda it: reached(it)[1] <= mean_usd)
    target = slo.reliability or 0.0
    if free[0] < target:
        return 0.0
    # The last price at which the target is still met, so the step before the first that fails.
    return _least(high, lambda it: reached(it)[0] < target, before=True)


def _least(high: float, holds: Callable[[float], bool], *, before: bool = False) -> float:
    """About the least price at which something holds, or the greatest at which it does not."""
    low = high * 1e-5
    for _ in range(SEARCHES):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if holds(middle) else (middle, high)
    return low if before else high
