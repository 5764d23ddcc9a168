"""Why a plan is as it is, what would change it, and what a profile changed, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from surestep.budgets.limits import SLO
from surestep.budgets.planner.against import Comparison
from surestep.budgets.planner.explain import Explanation, Reason
from surestep.budgets.planner.measure import Measurement
from surestep.budgets.words import in_words
from surestep.cli.figures import FIGURES, brief_seconds, interval, is_seen, minutes, percent, signed
from surestep.cli.sheet import dollars

INSTEAD_HEAD = ("STEP", "SUCCESS", "COST", "TIME", "PEOPLE", "TREATMENT")
LITTLE = {
    "reliability": ("A reliability that may be 0.001 less", 0.001),
    "latency_s": ("One second more", 1.0),
    "cost_usd": ("One cent more", 0.01),
    "human_minutes": ("One minute more of people's time", 1.0),
}
"""For each limit, a little more of it, and how much that is in its unit."""


def instead_rows(reasons: Sequence[Reason]) -> Iterator[tuple[str, ...]]:
    """What the next best treatment of each step would change, where there was a choice."""
    for reason in reasons:
        other = reason.next_best
        if other is not None:
            yield (
                reason.step,
                _points(other.success),
                signed(other.cost_usd, dollars),
                signed(other.latency_mean_s, brief_seconds),
                signed(other.human_minutes, minutes),
                in_words(other.assurance),
            )


def reason_words(reasons: Sequence[Reason]) -> Iterator[tuple[str, str]]:
    """Each step with the treatment its own was preferred to, and what that would change."""
    for step, *changes, how in instead_rows(reasons):
        told = ", ".join(change for change in changes if change[0] in "+-") or "no change"
        yield step, f"next best: {how} ({told})"


def price_lines(it: Explanation, slo: SLO) -> Iterator[str]:
    """What a little more of each limit that binds would be worth.

    A limit of 0 has no price to speak of: a little more is not a little there.
    """
    objective = "success" if it.objective == "reliability" else it.objective
    title, shown = FIGURES[objective]
    for name, price in it.prices.items():
        more, unit = LITTLE[name]
        worth = shown(price * unit)
        if is_seen(worth) and getattr(slo, name) != 0.0:
            yield f"{more} would better the {title} by {worth}."


def worth_lines(worth: Sequence[Measurement]) -> Iterator[str]:
    """Which measurement would improve the plan most."""
    if not worth:
        yield (
            "Further labels of the steps most in doubt would not improve this plan, if they came "
            "out as expected."
        )
        return
    best = worth[0]
    if not math.isfinite(best.before):
        yield f"With {best.runs} more labelled runs of {best.step}, a plan could meet the limits."
        return
    title, shown = FIGURES["success" if best.objective == "reliability" else best.objective]
    yield (
        f"Labelling {best.runs} more runs of {best.step} would improve the plan most: "
        f"{title} {shown(best.before)} would become {shown(best.after)}."
    )


def compared_lines(it: Comparison) -> Iterator[str]:
    """What a profile does to end-to-end success against an older one, and the verdict."""
    for what, change in (("Unchecked", it.unchecked), ("Under this plan", it.planned)):
        apart = interval(change.difference, _points)
        before, after = (interval(one, percent) for one in (change.before, change.after))
        yield f"{what}: success goes from {before} to {after}, by {apart}."
    sure, wanted = f"{it.planned.rise:.1%}", f"{it.confidence:.1%}"
    match it.verdict:
        case "better":
            yield f"Better: P(more runs succeed) is {sure}, {wanted} was asked for."
        case "worse":
            yield f"Worse: P(more runs succeed) is {sure}."
        case "undecided":
            yield (
                f"Not called better: P(more runs succeed) is {sure}, below the {wanted} asked "
                "for. Label more runs, or ask for less confidence."
            )


def _points(share: float) -> str:
    return signed(share * 100, lambda points: f"{points:.2f} points")
