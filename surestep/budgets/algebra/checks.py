"""Several verifiers as one: what they accept together, when, and for how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from surestep.budgets import checked
from surestep.budgets.algebra.classes import beta_nodes, moved
from surestep.budgets.algebra.law import Floats, Law, law_of, nothing, slowest_of
from surestep.budgets.profiled import CheckProfile, StepProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The verifiers that judge one output side by side.

    Attributes:
        accept_ok: P(accepted | right).
        accept_bad: P(accepted | wrong).
        law: time until the last verdict is in.
        cost_usd: mean price of one judgement, in US dollars.
        size: how many verifiers there are.
    """

    accept_ok: float
    accept_bad: float
    law: Law
    cost_usd: float
    size: int


def panel(step: StepProfile, names: Sequence[str], quorum: int | None, *, tick_s: float) -> Panel:
    """The named verifiers of a step; none at all accept everything at once.

    Args:
        step: the step whose checks they are.
        names: which of them.
        quorum: how many have to accept; `None` is all, and so is a number above that.
        tick_s: the tick of the law, in seconds.

    Raises:
        PlanError: for a name the step does not know.
    """
    checks = {checked.known(name, step.checks, what="verifier"): None for name in names}
    chosen = [(name, step.checks[name]) for name in checks]
    needed = min(quorum or len(chosen), len(chosen))
    if not chosen:
        return Panel(accept_ok=1.0, accept_bad=1.0, law=nothing(tick_s), cost_usd=0.0, size=0)
    groups = [list(family.values()) for family in _families(dict(chosen))]
    return Panel(
        accept_ok=_at_least(needed, map(_accepts_of_right, groups)),
        accept_bad=_at_least(needed, map(_accepts_of_wrong, groups)),
        law=slowest_of([law_of(one.latency_s, one.latencies_s, tick_s) for _, one in chosen]),
        cost_usd=sum(one.cost_usd for _, one in chosen),
        size=len(chosen),
    )


def sights(checks: Mapping[str, CheckProfile]) -> list[list[tuple[float, dict[str, float]]]]:
    """By family: how its members accept wrong outputs, each of the shares of these it sees alike.

    Args:
        checks: the verifiers, by name.
    """
    return [
        [
            (
                share,
                {
                    name: 1.0 if rate is None else rate
                    for name, rate in zip(family, rates, strict=True)
                },
            )
            for share, rates in _sights(list(family.values()))
        ]
        for family in _families(checks)
    ]


def _families(checks: Mapping[str, CheckProfile]) -> list[dict[str, CheckProfile]]:
    families: dict[str, dict[str, CheckProfile]] = {}
    for name, check in checks.items():
        # Nothing is called like this, so that no lone verifier is taken for one of a family.
        families.setdefault(check.family or f" {name}", {})[name] = check
    return list(families.values())


def persistence(step: StepProfile, names: Sequence[str]) -> tuple[float, float]:
    """How far a refusal stands for another output alike in truth, of right and of wrong ones.

    That of one verifier is exact: it then accepts with a(1 - r). Of several, each counts by how
    often it is the one that refuses, which is exact to the first order in that.

    Args:
        step: the step whose checks they are.
        names: which of them.
    """
    checks = [step.checks[name] for name in names]
    return (
        _stands([(1.0 - one.accept_ok, one.persistence) for one in checks]),
        _stands([(1.0 - one.accept_bad, one.persistence) for one in checks]),
    )


def _stands(refusals: Sequence[tuple[float, float]]) -> float:
    total = sum(refuses for refuses, _ in refusals)
    return sum(refuses * stands for refuses, stands in refusals) / total if total > 0.0 else 0.0


def _at_least(needed: int, counts: Iterable[Floats]) -> float:
    total = np.ones(1)
    for count in counts:
        total = np.convolve(total, count)
    # Rounding must not make more than a certainty.
    return min(1.0, float(total[needed:].sum()))


def _accepts_of_right(family: Sequence[CheckProfile]) -> Floats:
    return _accepts([one.accept_ok for one in family], max(one.spread for one in family))


def _accepts_of_wrong(family: Sequence[CheckProfile]) -> Floats:
    """P(n of a family accept a wrong output), by n."""
    spread = max(one.spread for one in family)
    counts = np.zeros(len(family) + 1)
    for share, rates in _sights(family):
        seeing = [rate for rate in rates if rate is not None]
        counts[len(family) - len(seeing) :] += share * _accepts(seeing, spread)
    return counts


def _sights(family: Sequence[CheckProfile]) -> Iterator[tuple[float, list[float | None]]]:
    """How members of a family accept wrong outputs, by share of these; `None` if they are blind.

    A wrong output in the family's blind spot is accepted by all of it. Where members state
    different blind spots, each is taken to lie inside the next larger one, which keeps every
    member's own `accept_bad`.
    """
    for start, end in pairwise(sorted({0.0, 1.0, *(one.blind for one in family)})):
        yield (
            end - start,
            [
                None
                if one.blind > start
                else min(1.0, (one.accept_bad - one.blind) / (1.0 - one.blind))
                for one in family
            ],
        )


def _accepts(rates: Sequence[float], spread: float) -> Floats:
    """P(n of these verifiers accept), by n: beta-binomial where their rates are the same.

    Where they differ, each is moved with the common factor so that its own mean is kept.
    """
    count = len(rates)
    if count < 2:
        return np.array([1.0 - rates[0], rates[0]] if rates else [1.0])
    mean = sum(rates) / count
    # Counts are polynomials of degree `count` in the factor, for which so many nodes are exact.
    factors, shares = beta_nodes(mean, spread, count // 2 + 1)
    counts = np.zeros((count + 1, factors.size))
    counts[0] = 1.0
    for rate in rates:
        accept = moved(factors, mean, rate)
        counts[1:] = counts[1:] * (1.0 - accept) + counts[:-1] * accept
        counts[0] *= 1.0 - accept
    result: Floats = counts @ shares
    return result
