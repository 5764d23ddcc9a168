"""What verifiers accept, and where they are wrong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
from scipy.stats import norm

from surestep.budgets.fitting import amounts, blindness, difficulty, hierarchy
from surestep.budgets.fitting.blindness import Shared
from surestep.budgets.fitting.difficulty import SIGNIFICANT
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Ints, Key, Table, sums
from surestep.budgets.fitting.truth import Truth
from surestep.budgets.profiled import CheckProfile

FEW = 2.0
"""Trials below which a rate is not worth much on its own."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The verifiers of one step and what they said of its outputs.

    Attributes:
        step: the step's name.
        names: its verifiers.
        said: 1 or 0 by output and verifier, NaN where one was not asked.
        ok: how much each output counts as a right one.
        bad: how much as a wrong one.
        task: the task of each.
    """

    step: str
    names: Sequence[str]
    said: Floats
    ok: Floats
    bad: Floats
    task: Ints

    @classmethod
    def of(cls, table: Table, truth: Truth, step: str) -> Bench:
        """The verifiers of a step of the table."""
        here = table.step == table.steps.index(step)
        names = [name for path, name in table.verifiers if path == step]
        said = np.column_stack([table.accepted(name)[here] for name in names])
        weight = (table.weight * truth.worth)[here]
        right = truth.right[here]
        return cls(step, names, said, weight * right, weight * (1.0 - right), table.task[here])


def fit(
    table: Table, truth: Truth, families: Mapping[str, str]
) -> tuple[dict[Key, CheckProfile], list[str]]:
    """Every verifier of every step, and what is to be said of them.

    Args:
        table: the attempts.
        truth: what is believed of each.
        families: the family of verifiers that are known to share one, by verifier.
    """
    found: dict[Key, CheckProfile] = {}
    notes: list[str] = []
    told = {
        name: judged.family
        for one in table.attempts
        for name, judged in one.verdicts.items()
        if judged.family
    }
    for step in dict.fromkeys(path for path, _ in table.verifiers):
        bench = Bench.of(table, truth, step)
        family = {name: (told | dict(families)).get(name, "") for name in bench.names}
        notes += _united(bench, family)
        for members in _members(bench.names, family):
            shared = blindness.fit(bench.said[:, members], bench.ok, bench.bad, bench.task)
            notes += _said(bench, members, shared)
            for place in members:
                name = bench.names[place]
                alone = _one(table, bench, place)
                found[step, name] = replace(
                    alone,
                    family=family[name],
                    blind=min(shared.blind, alone.accept_bad),
                    spread=shared.spread,
                    spread_trials=shared.spread_trials,
                )
    return _completed(found, notes), notes


def _one(table: Table, bench: Bench, place: int) -> CheckProfile:
    name, said = bench.names[place], bench.said[:, place]
    asked = ~np.isnan(said)
    accept_ok, trials_ok = _rate(said[asked], bench.ok[asked], bench.task[asked])
    accept_bad, trials_bad = _rate(said[asked], bench.bad[asked], bench.task[asked])
    here = table.step == table.steps.index(bench.step)
    judged = [one.verdicts.get(name) for one in table.attempts]
    times = np.array(
        [np.nan if it is None or it.latency_s is None else it.latency_s for it in judged]
    )
    costs = np.array(
        [np.nan if it is None or it.cost_usd is None else it.cost_usd for it in judged]
    )
    weight = table.weight * here
    return CheckProfile(
        accept_ok=accept_ok,
        accept_bad=accept_bad,
        trials_ok=trials_ok,
        trials_bad=trials_bad,
        latency_s=amounts.mean(times, weight),
        latencies_s=amounts.points(times, weight),
        cost_usd=amounts.mean(costs, weight),
        calls=amounts.count(times, weight),
    )


def _rate(said: Floats, weights: Floats, task: Ints) -> tuple[float, float]:
    """A verifier's rate on one kind of output, and how many independent ones it is worth."""
    if weights.sum() <= 0.0:
        return 0.5, 0.0
    it = difficulty.of_units(said, weights, task)
    return it.rate, it.trials


def _united(bench: Bench, family: dict[str, str]) -> Iterator[str]:
    """What joins verifiers into one family, which `family` is updated with."""
    pairs = list(combinations(range(len(bench.names)), 2))
    for one, other in pairs:
        first, second = bench.names[one], bench.names[other]
        if family[first] and family[second]:
            continue
        p_value = _together(bench, one, other)
        if p_value < SIGNIFICANT / len(pairs):
            name = family[first] or family[second] or first
            family[first] = family[second] = name
            yield (
                f"{bench.step}: {first} and {second} err together more often than independent "
                f"verifiers would (p = {p_value:.1g}), so they count as one family."
            )


def _together(bench: Bench, one: int, other: int) -> float:
    """How likely so much agreement were if they erred independently given the truth."""
    asked = ~np.isnan(bench.said[:, [one, other]]).any(axis=1)
    excess = variance = 0.0
    for weights in (bench.ok[asked], bench.bad[asked]):
        if weights.sum() <= 0.0:
            continue
        rates = [float(np.average(bench.said[asked, v], weights=weights)) for v in (one, other)]
        first, second = (bench.said[asked, v] - r for v, r in zip((one, other), rates, strict=True))
        # Repeats of one task are no independent evidence, so each task's sum counts as one.
        tasks = sums(bench.task[asked], weights * first * second)
        excess += float(tasks.sum())
        shares = sums(bench.task[asked], weights)
        product = rates[0] * (1.0 - rates[0]) * rates[1] * (1.0 - rates[1])
        variance += float((shares**2).sum()) * product
    return float(norm.sf(excess / np.sqrt(variance))) if variance > 0.0 else 1.0


def _members(names: Sequence[str], family: Mapping[str, str]) -> list[list[int]]:
    groups: dict[tuple[str, str], list[int]] = {}
    for place, name in enumerate(names):
        key = (family[name], "") if family[name] else ("", name)
        groups.setdefault(key, []).append(place)
    return list(groups.values())


def _said(bench: Bench, members: list[int], shared: Shared) -> Iterator[str]:
    if shared.blind > 0.0:
        names = " and ".join(bench.names[place] for place in members)
        units = "outputs" if len(members) > 1 else "tasks"
        yield (
            f"{bench.step}: {names} cannot see about {shared.blind:.0%} of the wrong outputs, of "
            f"whole {units} at once (p = {shared.p_value:.1g}); more of the same will not help."
        )


def _completed(found: dict[Key, CheckProfile], notes: list[str]) -> dict[Key, CheckProfile]:
    """The verifiers, rates hardly seen filled up with those of the same or of other verifiers."""
    completed = dict(found)
    for (step, name), check in found.items():
        known = [it for (_, other), it in found.items() if other == name]
        usual_ok = _usual([(it.accept_ok, it.trials_ok) for it in known or found.values()])
        usual_bad = _usual([(it.accept_bad, it.trials_bad) for it in known or found.values()])
        accept_ok, trials_ok = _filled(check.accept_ok, check.trials_ok, usual_ok)
        accept_bad, trials_bad = _filled(check.accept_bad, check.trials_bad, usual_bad)
        completed[step, name] = replace(
            check,
            accept_ok=accept_ok,
            accept_bad=accept_bad,
            trials_ok=trials_ok,
            trials_bad=trials_bad,
            blind=min(check.blind, accept_bad),
        )
    notes += _hardly_seen(found)
    return completed


def _hardly_seen(found: Mapping[Key, CheckProfile]) -> Iterator[str]:
    names = dict.fromkeys(name for _, name in found)
    for name, (kind, trials) in product(names, (("right", "trials_ok"), ("wrong", "trials_bad"))):
        where = [
            s for (s, it), check in found.items() if it == name and getattr(check, trials) < FEW
        ]
        if where:
            yield (
                f"{name} judged hardly any output known to be {kind} at {', '.join(where)}; its "
                "rate there leans on other steps and verifiers, and counts for little."
            )


def _usual(rates: Iterable[tuple[float, float]]) -> tuple[float, float]:
    counted = list(rates)
    hits = sum(rate * trials for rate, trials in counted)
    return hierarchy.expected(hits, sum(trials for _, trials in counted))


def _filled(rate: float, trials: float, usual: tuple[float, float]) -> tuple[float, float]:
    if trials >= FEW:
        return rate, trials
    total = trials + usual[1]
    return (rate * trials + usual[0] * usual[1]) / total, total
