"""Promises kept together: few silent errors, few late runs, few over cost, at a confidence.

Learn then Test (arXiv 2110.01052): each setting that was tried on calibration runs is a hypothesis
that it breaks one of the promises at least. Those rejected, with the chance of any false rejection
bounded, keep all of them in new runs, and the best of them may be chosen freely.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Generic, Self, TypeVar

from surestep.budgets import checked
from surestep.budgets.limits import SLO
from surestep.budgets.planner.proofs.pvalues import binomial, hoeffding_bentkus, holm, in_sequence
from surestep.errors import PlanError
from surestep.values import RunRecord

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What is promised of new runs; a field that is `None` promises nothing.

    Attributes:
        silent_error: P(a run ends with a wrong result as if it were right), at most.
        late: P(a run takes longer than its deadline), at most.
        over_cost: P(a run costs more than its limit), at most.
        confidence: P(the calibration leads to a setting that keeps all of them), at least.

    Raises:
        PlanError: for a probability that is not strictly between 0 and 1, or no promise.
    """

    silent_error: float | None = None
    late: float | None = None
    over_cost: float | None = None
    confidence: float = 0.95

    def __post_init__(self) -> None:
        for entry in fields(self):
            if getattr(self, entry.name) is not None:
                checked.open_rate(entry.name, getattr(self, entry.name))
        if not self.limits:
            raise PlanError(
                "Nothing is promised.", remedy="Give silent_error, late or over_cost a limit."
            )

    @property
    def limits(self) -> dict[str, float]:
        """What is promised, by name."""
        given = ((name, getattr(self, name)) for name in ("silent_error", "late", "over_cost"))
        return {name: limit for name, limit in given if limit is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Calibration runs under one setting.

    Attributes:
        runs: how many there were.
        silent_error: in how many of them a wrong result passed for right; a sum of losses in
            [0, 1], if some are worse than others.
        late: how many took longer than their deadline.
        over_cost: how many cost more than their limit.
        cost_usd: their mean cost, in US dollars.

    Raises:
        PlanError: for a number that is negative, or larger than `runs`.
    """

    runs: int
    silent_error: float = 0
    late: float = 0
    over_cost: float = 0
    cost_usd: float = 0.0

    def __post_init__(self) -> None:
        checked.count("runs", self.runs, least=0)
        checked.not_negative("cost_usd", self.cost_usd, unit="US dollars")
        for name in ("silent_error", "late", "over_cost"):
            if checked.not_negative(name, getattr(self, name), unit="runs") > self.runs:
                raise PlanError(
                    f"{name} is {getattr(self, name)}, of {self.runs} runs.",
                    remedy="Count each run at most once.",
                )

    @classmethod
    def of_runs(cls, runs: Iterable[tuple[RunRecord, bool]], slo: SLO) -> Self:
        """What became of runs whose truth is known.

        Args:
            runs: each with whether its result was right.
            slo: `latency_s` is the deadline, in seconds, `cost_usd` the limit; without one,
                no run is late, or over it.
        """
        found = list(runs)
        deadline_s, limit_usd = slo.latency_s, slo.cost_usd
        costs = [record.spent.cost_usd for record, _ in found]
        times = [record.spent.machine_s for record, _ in found]
        return cls(
            runs=len(found),
            silent_error=sum(record.outcome == "succeeded" and not ok for record, ok in found),
            late=sum(deadline_s is not None and time > deadline_s for time in times),
            over_cost=sum(limit_usd is not None and cost > limit_usd for cost in costs),
            cost_usd=sum(costs) / len(found) if found else 0.0,
        )

    def p_value(self, promises: Promises, *, graded: bool = False) -> float:
        """How surprising these runs would be, if any of the promises were broken.

        Args:
            promises: what is promised.
            graded: whether a run may count for a part of one, which takes a weaker bound.
        """
        return max(
            hoeffding_bentkus(getattr(self, name) / max(1, self.runs), self.runs, limit)
            if graded
            else binomial(int(getattr(self, name)), self.runs, limit)
            for name, limit in promises.limits.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[S]):
    """The settings that keep all promises, at the stated confidence.

    Attributes:
        promises: what is promised.
        settings: those that keep it, in the order they were given.
        best: the cheapest of them; `None` if there is none.
        p_values: how surprising the runs of each setting would be, if it broke a promise.
        tried: the runs of each setting.
    """

    promises: Promises
    settings: tuple[S, ...]
    best: S | None
    p_values: Mapping[S, float]
    tried: Mapping[S, Tried]

    def lines(self) -> tuple[str, ...]:
        """What is promised, and by which setting, in sentences."""
        words = [f"P({name}) <= {limit:g}" for name, limit in self.promises.limits.items()]
        said = f"{', '.join(words)}, together at {self.promises.confidence:.4g} confidence"
        if self.best is None:
            nearest = min(self.p_values, key=self.p_values.__getitem__)
            return (
                f"{said}: none of {len(self.tried)} settings is proven to keep it.",
                f"Nearest is {nearest!r} (p = {self.p_values[nearest]:.3g}): try more runs, safer "
                "settings, or promise less.",
            )
        return (
            f"{said}: kept by {len(self.settings)} of {len(self.tried)} settings.",
            f"Cheapest is {self.best!r}: {self.tried[self.best].cost_usd:.4g} USD a run.",
        )


def keep(
    tried: Mapping[S, Tried],
    promises: Promises,
    *,
    sequences: Sequence[Sequence[S]] | None = None,
    graded: bool = False,
) -> Kept[S]:
    """The settings that keep all promises in new runs like those tried.

    Settings may share their calibration runs. By default all are tested at once, by Holm's
    correction. Where it is known beforehand which settings are safest, sequences from the
    safest down find more: each is followed, at its share of 1 - confidence, until one fails.

    Args:
        tried: the calibration runs of each setting.
        promises: what is promised.
        sequences: settings in an order that was fixed before these runs were seen.
        graded: whether a run may count for a part of one.

    Raises:
        PlanError: for no settings, or a sequence with one that was not tried.
    """
    if not tried:
        raise PlanError("No setting was tried.", remedy="Give one at least.")
    p_values = {setting: one.p_value(promises, graded=graded) for setting, one in tried.items()}
    level = 1 - promises.confidence
    if sequences is None:
        settings = list(tried)
        kept = {settings[place] for place in holm(list(p_values.values()), level)}
    else:
        kept = set()
        for sequence in sequences:
            for setting in sequence:
                if setting not in p_values:
                    raise PlanError(f"Setting {setting!r} was not tried.", remedy="Leave it out.")
            passed = in_sequence([p_values[one] for one in sequence], level / len(sequences))
            kept.update(sequence[place] for place in passed)
    found = tuple(setting for setting in tried if setting in kept)
    best = min(found, key=lambda setting: tried[setting].cost_usd, default=None)
    return Kept(promises=promises, settings=found, best=best, p_values=p_values, tried=tried)
