"""Which outputs were right, as far as the records let one tell.

Labels settle it. Where they are missing, the probability follows from the verdicts and from the
result of the run, by expectation and maximisation: verifiers err independently given the truth
(Dawid and Skene, Applied Statistics 28, 1979), a right result needs every last output right, and
a wrong one at least one wrong. Weak priors keep rates that nothing tells apart where they
usually are; such outputs count for next to nothing, so that the posterior stays wide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from surestep.budgets.fitting.difficulty import PRIOR_TRIALS
from surestep.budgets.fitting.hierarchy import Floats
from surestep.budgets.fitting.recorded import Attempt
from surestep.budgets.fitting.table import Flags, Ints, Table, sums

_SUCCESS, _ACCEPT_OK, _ACCEPT_BAD = 0.8, 0.9, 0.3
_IDENTIFYING = 3
"""Verdicts on one output from which latent classes can be told apart without any label."""
_GUESSED_TRIALS = 2.0


@dataclass(frozen=True, slots=True)
class Truth:
    """What is believed of each attempt.

    Attributes:
        right: P(right).
        mass: how much it counts in a mean: 1, but little for a mere guess.
        worth: how many labelled outputs it is as good as; at most its mass.
        notes: what had to be assumed.
    """

    right: Floats
    mass: Floats
    worth: Floats
    notes: tuple[str, ...]

    def only(self, places: Ints) -> Truth:
        """What is believed of the attempts at some places."""
        return Truth(self.right[places], self.mass[places], self.worth[places], self.notes)


def inferred(table: Table) -> Truth:
    """The truth about every attempt of a table."""
    labels = table.column(lambda one: one.label)
    results = np.array([np.nan if r.ok is None else float(r.ok) for r in table.runs])[table.run]
    # Outputs that were refused or not chosen had no part in the result.
    implied = np.isnan(labels) & table.last & (results == 1.0)
    labels[implied] = 1.0
    latent = np.isnan(labels)
    if not latent.any():
        sure = _chosen(table, latent)
        return Truth(labels, sure, sure, tuple(_told(implied)))
    groups = _failed(table, labels, results)
    right, usual = _expected(table, labels, groups)
    # Without evidence an output is as likely right as any, and then it tells nothing of them.
    learnt = 1.0 - right * (1.0 - right) / (usual * (1.0 - usual))
    worth = np.where(latent, np.clip(learnt, 0.0, 1.0), 1.0)
    # A guess follows the prior that made it; counted in full it would confirm itself.
    guessed = _guessed(table, latent, groups)
    mass = _chosen(table, latent)
    mass[guessed] = _shrunk(table, worth, guessed)
    notes = (*_told(implied), *_guesses(table, latent, guessed))
    return Truth(right, mass, worth * mass, notes)


def _chosen(table: Table, latent: Flags) -> Floats:
    """How much each attempt counts, given how its label came to be: 1 unless it was drawn.

    Labels that were drawn with different probabilities count by their inverse, and those of one
    step for as many together as equally weighted ones they are worth (Kish 1965).
    """
    mass = np.ones(len(latent))
    inverse = np.array([1.0 / one.chance for one in table.attempts])
    for step in range(len(table.steps)):
        known = np.flatnonzero((table.step == step) & ~latent)
        if (inverse[known] > 1.0).any():
            mass[known] = inverse[known] * inverse[known].sum() / (inverse[known] ** 2).sum()
    return mass


def _expected(table: Table, labels: Floats, groups: list[Ints]) -> tuple[Floats, Floats]:
    """P(right) of every attempt once the rates it follows from agree with it, and its step's."""
    latent = np.isnan(labels)
    right = np.where(latent, _SUCCESS, labels)
    verdicts = list(_verdicts(table))
    for _ in range(100):
        odds = logit(_by_step(table, right))
        for places, said in verdicts:
            odds[places] += _evidence(table.weight[places], said, right[places])
        # Beyond 30, a probability is 1 to the last digit and its logarithm breaks.
        chance = expit(np.clip(odds, -30.0, 30.0))
        for group in groups:
            chance[group] = _one_wrong(chance[group])
        update = np.where(latent, chance, labels)
        change = float(np.abs(update - right).max())
        right = update
        # Far below what any number of records can tell.
        if change < 1e-6:
            break
    return right, _by_step(table, right)


def _verdicts(table: Table) -> Iterator[tuple[Ints, Floats]]:
    """Of each verifier of each step, which attempts it judged, and how."""
    for step, name in table.verifiers:
        places = table.places(step)
        said = table.only(places).accepted(name)
        yield places[~np.isnan(said)], said[~np.isnan(said)]


def _by_step(table: Table, right: Floats) -> Floats:
    size = len(table.steps)
    hits = sums(table.step, table.weight * right, size) + PRIOR_TRIALS * _SUCCESS
    trials = sums(table.step, table.weight, size) + PRIOR_TRIALS
    rates: Floats = hits / trials
    return rates[table.step]


def _evidence(weight: Floats, said: Floats, right: Floats) -> Floats:
    """The log-odds each verdict of one verifier adds."""
    ok, bad = weight * right, weight * (1.0 - right)
    accept_ok = (ok @ said + PRIOR_TRIALS * _ACCEPT_OK) / (ok.sum() + PRIOR_TRIALS)
    accept_bad = (bad @ said + PRIOR_TRIALS * _ACCEPT_BAD) / (bad.sum() + PRIOR_TRIALS)
    accepts, rejects = accept_ok / accept_bad, (1.0 - accept_ok) / (1.0 - accept_bad)
    evidence: Floats = np.log(np.where(said == 1.0, accepts, rejects))
    return evidence


def _one_wrong(chance: Floats) -> Floats:
    """P(right) of each of several outputs of which at least one is wrong."""
    # Bayes: all being right is ruled out, and the rest shares what that leaves.
    every = float(chance.prod())
    rest: Floats = (chance - every) / max(1.0 - every, 1e-12)
    return rest


def _failed(table: Table, labels: Floats, results: Floats) -> list[Ints]:
    """The last outputs of each failed run whose failure no label explains."""
    open_ = table.last & (results == 0.0) & np.isnan(labels)
    # A run whose failure a label explains says nothing of its other steps.
    explained = set(table.run[table.last & (labels == 0.0)].tolist())
    places = np.flatnonzero(open_)
    starts = np.flatnonzero(np.diff(table.run[places], prepend=-1))
    return [
        group
        for group in np.split(places, starts[1:])
        if group.size and int(table.run[group[0]]) not in explained
    ]


def _guessed(table: Table, latent: Flags, groups: list[Ints]) -> Flags:
    """The outputs of which neither labels of their step, nor results, nor verdicts can tell."""
    told = {
        step
        for step in range(len(table.steps))
        if len({one.label for one in _of(table, step) if one.label is not None}) > 1
    }
    asked = np.array([len(one.verdicts) for one in table.attempts])
    guessed: Flags = latent & (asked < _IDENTIFYING) & ~np.isin(table.step, list(told))
    for group in groups:
        guessed[group] = False
    return guessed


def _of(table: Table, step: int) -> list[Attempt]:
    return [one for one, there in zip(table.attempts, table.step, strict=True) if there == step]


def _shrunk(table: Table, worth: Floats, guessed: Flags) -> Floats:
    """What to multiply by so that all guesses of a step count for a few trials together."""
    total = sums(table.step[guessed], worth[guessed], len(table.steps))
    share = np.minimum(1.0, _GUESSED_TRIALS / np.maximum(total, 1e-12))
    return share[table.step[guessed]]


def _told(implied: Flags) -> Iterator[str]:
    if implied.any():
        yield (
            f"{int(implied.sum())} outputs without a label count as right, because their run's "
            "result is: a right result is taken to need every step right."
        )


def _guesses(table: Table, latent: Flags, guessed: Flags) -> Iterator[str]:
    vague, inferred = _counts(table, guessed), _counts(table, latent & ~guessed)
    if vague:
        yield (
            f"Nobody said whether outputs of {vague} are right, and fewer than {_IDENTIFYING} "
            "verdicts on each cannot tell: they rest on weak priors, and those of one step count "
            f"for {_GUESSED_TRIALS:g} trials at most."
        )
    if inferred:
        yield (
            f"Outputs of {inferred} have no label; whether they are right was inferred from "
            "verdicts and results, verifiers taken to err independently."
        )


def _counts(table: Table, flags: Flags) -> str:
    counts = sums(table.step, flags.astype(float), len(table.steps))
    return ", ".join(f"{s} ({n:.0f})" for s, n in zip(table.steps, counts, strict=True) if n)
