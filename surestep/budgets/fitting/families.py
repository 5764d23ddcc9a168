"""Which verifiers of a step err together, and so are no independent evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import norm

from surestep.budgets.fitting.difficulty import SIGNIFICANT
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.table import Flags, Ints, Table, sums
from surestep.budgets.fitting.truth import Truth


@dataclass(frozen=True, slots=True)
class Bench:
    """The verifiers of one step and what they said of its outputs.

    Attributes:
        step: the step's name.
        names: its verifiers.
        said: 1 or 0 by output and verifier, NaN where one was not asked.
        ok: how much each output counts in a mean over right ones.
        bad: how much over wrong ones.
        sure: how much of that is worth as evidence.
        first: whether it is the first attempt of its visit.
        task: the task of each.
    """

    step: str
    names: Sequence[str]
    said: Floats
    ok: Floats
    bad: Floats
    sure: Floats
    first: Flags
    task: Ints

    @classmethod
    def of(cls, table: Table, truth: Truth, step: str) -> Bench:
        """The verifiers of the one step whose attempts the table holds."""
        names = [name for path, name in table.verifiers if path == step]
        weight = table.weight * truth.mass
        return cls(
            step,
            names,
            np.column_stack([table.accepted(name) for name in names]),
            weight * truth.right,
            weight * (1.0 - truth.right),
            truth.worth / np.maximum(truth.mass, 1e-12),
            table.first,
            table.task,
        )


def united(bench: Bench, family: dict[str, str]) -> Iterator[str]:
    """What joins verifiers into one family, which `family` is updated with.

    Args:
        bench: the verifiers and what they said.
        family: the family of each by name, `""` if none is known.
    """
    pairs = list(combinations(range(len(bench.names)), 2))
    for one, other in pairs:
        first, second = bench.names[one], bench.names[other]
        # Families that are known are not merged on evidence that is only statistical.
        if family[first] and family[second]:
            continue
        p_value = _together(bench, one, other)
        # Bonferroni: with many verifiers some pair agrees by chance.
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
    for mass in (bench.ok, bench.bad):
        weights = (mass * bench.sure)[asked]
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


def members(names: Sequence[str], family: Mapping[str, str]) -> list[list[int]]:
    """The places of each family's verifiers, those of none standing alone."""
    groups: dict[tuple[str, str], list[int]] = {}
    for place, name in enumerate(names):
        # A verifier may be called what a family is called.
        key = (family[name], "") if family[name] else ("", name)
        groups.setdefault(key, []).append(place)
    return list(groups.values())
