"""A certificate: the reliability that runs or step records prove, and what more it would take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from surestep.budgets import checked
from surestep.budgets.planner.proofs import bounds, sequential
from surestep.budgets.planner.proofs.bounds import Counts, More, Series
from surestep.errors import PlanError

Method = Literal["clopper-pearson", "lindstrom-madden", "e-process"]

MOST_RUNS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is proven of a success rate.

    Attributes:
        method: `"clopper-pearson"` for runs whose number was fixed beforehand,
            `"lindstrom-madden"` for records of each step, `"e-process"` for runs that were
            looked at, and may be stopped, at any time.
        confidence: P(what is proven holds), at least.
        proven: the success rate that is proven.
        runs: how many runs that rests on; of step records, those of the least tested step.
        failures: how many of them failed; of step records, how many would be expected to.
        target: the rate asked about; `None` if none was.
        reached: after how many runs the e-process proved the target first.
        likely: of step records, a sharper lower end to plan with, which proves nothing.
        weakest: of step records, the step that was tested least.
        more: further runs likely to prove the target; `None` if it is proven, or out of reach.
    """

    method: Method
    confidence: float
    proven: float
    runs: int
    failures: float
    target: float | None = None
    reached: int | None = None
    likely: float | None = None
    weakest: str | None = None
    more: More | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the target is proven; `None` without one."""
        return None if self.target is None else self.proven >= self.target

    def lines(self) -> tuple[str, ...]:
        """The certificate in sentences."""
        what = "records of each step" if self.method == "lindstrom-madden" else "runs"
        said = [
            f"Proven at {self.confidence:.4g} confidence: reliability >= {self.proven:.4f} "
            f"({self.method}; {self.runs} {what}, {self.failures:.4g} failed)."
        ]
        if self.likely is not None:
            said.append(
                f"To plan with: likely >= {self.likely:.4f} (scaled fiducial; proves nothing)."
            )
        if self.target is not None:
            said.append(self._verdict(self.target, what))
        return tuple(said)

    def _verdict(self, target: float, what: str) -> str:
        if self.holds:
            since = "" if self.reached is None else f", since run {self.reached}"
            return f"The target of {target:.4g} is proven{since}."
        if self.more is None:
            return (
                f"The target of {target:.4g} is not proven, and at the rate seen so far no number "
                f"of further {what} will prove it."
            )
        more = self.more
        if more.power is None:
            return (
                f"The target of {target:.4g} is not proven yet: about {more.runs} more {what}, if "
                f"the truth is {more.truth:.4f}. Look whenever you like."
            )
        failing = f"of which at most {more.failures} fail" if more.failures else "none failing"
        return (
            f"The target of {target:.4g} is not proven: {more.runs} more {what}, {failing}, would "
            f"prove it. They do with probability {more.power:.4g} or more if the truth is "
            f"{more.truth:.4f}. Fix their number before you look."
        )

    def as_dict(self) -> dict[str, object]:
        """The certificate as plain JSON values."""
        return {**asdict(self), "holds": self.holds}


def certify_runs(
    runs: Counts,
    *,
    target: float | None = None,
    confidence: float = 0.95,
    truth: float | None = None,
    power: float = 0.9,
) -> Certificate:
    """What end-to-end runs prove whose number was fixed before their outcomes were seen.

    Args:
        runs: how many there are, and how many failed.
        target: the success rate to be proven; default: none, and nothing is said of more runs.
        confidence: P(what is proven holds), at least; 0.95 by default.
        truth: the success rate to suppose of further runs; default: as seen so far, half a
            failure added.
        power: P(the further runs prove the target | that rate); 0.9 by default.

    Raises:
        PlanError: for a probability that is not strictly between 0 and 1, or no runs.
    """
    _check(target=target, confidence=confidence, truth=truth, power=power)
    _some(runs.trials)
    proven = bounds.lower(runs.trials, runs.failures, confidence=confidence)
    wanted = _Wanted(target, confidence, truth, power)
    return Certificate(
        method="clopper-pearson",
        confidence=confidence,
        proven=proven,
        runs=runs.trials,
        failures=runs.failures,
        target=target,
        more=wanted.more(runs, proven, _seen(runs.trials, runs.failures)),
    )


def certify_steps(
    steps: Mapping[str, Counts],
    *,
    target: float | None = None,
    confidence: float = 0.95,
    truth: float | None = None,
    power: float = 0.9,
) -> Certificate:
    """What records of single steps prove of runs in which all of them have to be right.

    Lindstrom and Madden's bound: the runs that the least tested step allows, failing as often
    as the steps say. It takes steps to fail independently of each other.

    Args:
        steps: how often each step was judged, and how often it was wrong, by its path.
        target: the success rate to be proven; default: none.
        confidence: P(what is proven holds), at least; 0.95 by default.
        truth: the success rate to suppose of further records; default: as seen so far.
        power: P(the further records prove the target | that rate); 0.9 by default.

    Raises:
        PlanError: for a probability that is not strictly between 0 and 1, no steps, or a step
            without records.
    """
    _check(target=target, confidence=confidence, truth=truth, power=power)
    series = Series.of(steps.values())
    proven = bounds.lower(series.trials, series.failures, confidence=confidence)
    # Failures that are no whole number are rounded up, which asks for a few records more.
    whole = Counts(series.trials, min(series.trials, math.ceil(series.failures)))
    wanted = _Wanted(target, confidence, truth, power)
    return Certificate(
        method="lindstrom-madden",
        confidence=confidence,
        proven=proven,
        runs=series.trials,
        failures=series.failures,
        target=target,
        likely=bounds.fiducial(tuple(steps.values()), confidence=confidence),
        weakest=min(steps, key=lambda step: steps[step].trials),
        more=wanted.more(whole, proven, _seen(series.trials, series.failures)),
    )


def certify_sequence(
    outcomes: Sequence[bool],
    *,
    target: float | None = None,
    confidence: float = 0.95,
    truth: float | None = None,
) -> Certificate:
    """What runs prove that are looked at one by one: valid whenever one looks or stops.

    Args:
        outcomes: whether each run was right, in the order they were run.
        target: the success rate to be proven; default: none.
        confidence: P(what is proven holds), at least, over all looks; 0.95 by default.
        truth: the success rate to suppose of further runs; default: as seen so far.

    Raises:
        PlanError: for a probability that is not strictly between 0 and 1, or no runs.
    """
    _check(target=target, confidence=confidence, truth=truth)
    _some(len(outcomes))
    failures = len(outcomes) - sum(outcomes)
    proven = sequential.proven(outcomes, confidence=confidence)
    since = more = None
    if target is not None:
        since = sequential.reached(outcomes, target=target, confidence=confidence)
        # The bisection may end a hair below what the evidence proves at the target itself.
        proven = max(proven, target) if since else proven
    if target is not None and since is None:
        supposed = _seen(len(outcomes), failures) if truth is None else truth
        runs = sequential.more_looks(
            outcomes, target=target, truth=supposed, confidence=confidence, most=MOST_RUNS
        )
        more = None if runs is None else More(runs, None, supposed, None)
    return Certificate(
        method="e-process",
        confidence=confidence,
        proven=proven,
        runs=len(outcomes),
        failures=failures,
        target=target,
        reached=since,
        more=more,
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A target to be proven by further runs, and how."""

    target: float | None
    confidence: float
    truth: float | None
    power: float

    def more(self, runs: Counts, proven: float, seen: float) -> More | None:
        """The further runs that would prove it; `None` if it is proven, or there is none.

        Args:
            runs: those there are.
            proven: what they prove.
            seen: the success rate to suppose where none is given.
        """
        if self.target is None or proven >= self.target:
            return None
        truth = seen if self.truth is None else self.truth
        return bounds.more_runs(
            runs, self.target, truth=truth, confidence=self.confidence, power=self.power
        )


def _seen(trials: float, failures: float) -> float:
    """The success rate seen so far, half a failure added."""
    return (trials - failures + 0.5) / (trials + 1)


def _some(runs: int) -> None:
    if not runs:
        raise PlanError("There are no runs whose truth is known.", remedy="Label some.")


def _check(**rates: float | None) -> None:
    for name, rate in rates.items():
        if rate is not None:
            checked.open_rate(name, rate)
