"""What verifiers accept, and where they are wrong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product

import numpy as np

from surestep.budgets.fitting import amounts, blindness, difficulty, families, hierarchy
from surestep.budgets.fitting.amounts import number
from surestep.budgets.fitting.blindness import Shared
from surestep.budgets.fitting.difficulty import Difficulty
from surestep.budgets.fitting.families import Bench
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Key, Table
from surestep.budgets.fitting.truth import Truth
from surestep.budgets.profiled import CheckProfile

FEW = 2.0
"""Trials below which a rate is not worth much on its own."""


def fit(
    table: Table, truth: Truth, given: Mapping[str, str]
) -> tuple[dict[Key, CheckProfile], list[str]]:
    """Every verifier of every step, and what is to be said of them.

    Args:
        table: the attempts.
        truth: what is believed of each.
        given: the family of verifiers that are known to share one, by verifier.
    """
    found: dict[Key, CheckProfile] = {}
    notes: list[str] = []
    told = {
        name: judged.family
        for one in table.attempts
        for name, judged in one.verdicts.items()
        if judged.family
    }
    # Families are looked for step by step: verifiers that agree on easy steps may not on others.
    for step in dict.fromkeys(path for path, _ in table.verifiers):
        places = table.places(step)
        part = table.only(places)
        bench = Bench.of(part, truth.only(places), step)
        family = {name: (told | dict(given)).get(name, "") for name in bench.names}
        notes += families.united(bench, family)
        for members in families.members(bench.names, family):
            shared = blindness.fit(
                bench.said[:, members],
                bench.ok * bench.sure,
                bench.bad * bench.sure,
                bench.task,
            )
            notes += _said(bench, members, shared)
            for place in members:
                alone = _one(part, bench, place)
                found[step, bench.names[place]] = replace(
                    alone,
                    family=family[bench.names[place]],
                    # Both are estimates; what is blind is accepted, so it cannot be more.
                    blind=min(shared.blind, alone.accept_bad),
                    spread=shared.spread,
                    spread_trials=shared.spread_trials,
                )
    return _completed(found, notes), notes


def _one(table: Table, bench: Bench, place: int) -> CheckProfile:
    name = bench.names[place]
    ok, bad = _judging(bench, place, bench.ok), _judging(bench, place, bench.bad)
    # Verdicts stand for the same reasons on right and wrong outputs, and there are few of either.
    worth = ok.spread_trials + bad.spread_trials
    persistence = ok.spread * ok.spread_trials + bad.spread * bad.spread_trials
    judged = [one.verdicts.get(name) for one in table.attempts]
    times = np.array([np.nan if it is None else number(it.latency_s) for it in judged])
    costs = np.array([np.nan if it is None else number(it.cost_usd) for it in judged])
    return CheckProfile(
        accept_ok=ok.rate,
        accept_bad=bad.rate,
        trials_ok=ok.trials,
        trials_bad=bad.trials,
        persistence=persistence / worth if worth else 0.0,
        latency_s=amounts.mean(times, table.weight),
        latencies_s=amounts.points(times, table.weight),
        cost_usd=amounts.mean(costs, table.weight),
        calls=amounts.count(times, table.weight),
    )


def _judging(bench: Bench, place: int, mass: Floats) -> Difficulty:
    """How a verifier judges one kind of output, of first attempts where there are enough.

    Later attempts are those it, or another, refused before, and would make it look strict.
    """
    said = bench.said[:, place]
    asked = ~np.isnan(said) & (mass > 0.0)
    # Filled up from other steps later on; without trials it weighs nothing until then.
    if not asked.any():
        return Difficulty(rate=0.5, trials=0.0, spread=0.0, spread_trials=0.0, p_value=1.0)
    said, task, evidence = said[asked], bench.task[asked], (mass * bench.sure)[asked]
    fresh = mass[asked] * bench.first[asked]
    if fresh.sum() < FEW:
        return difficulty.of_units(said, evidence, task, mass=mass[asked])
    # How verdicts repeat each other shows in all attempts, whoever chose them.
    every = difficulty.of_units(said, evidence, task, mass=fresh)
    first = difficulty.of_units(said, evidence * bench.first[asked], task, mass=fresh)
    return replace(every, trials=first.trials)


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
        # Above all from the same verifier elsewhere.
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
