"""The best way on from every state of a step whose outputs are judged one by one.

Backward induction over attempts and over the verifiers that have been heard; what is decided is to
accept an output as it is, to have it redone, or to ask one verifier more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from surestep.budgets.algebra.law import Floats, Law
from surestep.budgets.planner.online.belief import GRID, Level, Turn, at
from surestep.budgets.planner.online.lattice import Lattice, Value

Actions: TypeAlias = NDArray[np.int8]

ROWS, COLUMNS = 8, 80
"""How much goes into one product of matrices.

A larger one is shared out among threads, and on a busy machine waiting for the last of them takes
many times as long as the product itself.
"""

ACCEPT, REDO, CHECK = 0, 1, 2
"""Actions; `CHECK + n` asks the n-th verifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A step as its table sees it.

    Attributes:
        names: its verifiers; who has been heard is one bit for each, in this order.
        levels: how sure its worker is and how rightly, for each of its attempts.
        worker: time of one attempt.
        worker_usd: mean price of one attempt, in US dollars.
        turns: what each verifier says after others.
        checks: time of each verifier.
        checks_usd: mean price of each verifier, in US dollars.
        speculative: whether the run goes on while verifiers are asked.
        criticality: P(the run's result is wrong | this step's output is).
        overrules: whether an output may go on that a verifier has refused.
        fix: P(right) where a person takes over what is refused for good; `None` without one.
        fix_usd: what a person's time for it is worth, in US dollars.
    """

    names: tuple[str, ...]
    levels: tuple[tuple[Level, ...], ...]
    worker: Law
    worker_usd: float
    turns: Mapping[tuple[int, int], Turn]
    checks: tuple[Law, ...]
    checks_usd: tuple[float, ...]
    speculative: bool = False
    criticality: float = 1.0
    overrules: bool = False
    fix: float | None = None
    fix_usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a run's results are worth, a right one in time being worth 1.

    Attributes:
        wrong: what a wrong one in time takes away.
        per_usd: what a US dollar spent takes away.
    """

    wrong: float = 1.0
    per_usd: float = 0.0

    def of(self, value: Value) -> Value:
        """The worth of values."""
        score = (1 + self.wrong) * value[0] - self.wrong * value[1]
        return np.asarray(score - self.per_usd * value[2], np.float32)


@dataclass(frozen=True, slots=True)
class Rules:
    """What to do in one attempt, by verifiers heard, money left, place on the grid, time left.

    Attributes:
        best: the best action.
        second: the next best.
        margin: by how much the best is worth more.
    """

    best: Actions
    second: Actions
    margin: Value


States: TypeAlias = dict[int, Value]
"""The best value of each state of an attempt, by verifiers heard."""


def solve(
    step: Judged, ahead: Value, lattice: Lattice, worth: Worth
) -> tuple[Value, tuple[Rules, ...]]:
    """The value of a step just before it starts, and the rules of each of its attempts.

    Args:
        step: the step.
        ahead: the value of the run once the step is through.
        lattice: the time and money that are told apart.
        worth: what is maximised.
    """
    refused = _given_up(step, ahead, lattice)
    working = lattice.passing(step.worker)
    checking = [lattice.passing(law) for law in step.checks]
    found = []
    for number in reversed(range(len(step.levels))):
        last = number == len(step.levels) - 1
        ground = _Ground(step, lattice, worth, checking, _accepted(step, ahead), refused, last)
        states, rules = _attempt(ground)
        found.append(rules)
        mix = np.array([one.share for one in step.levels[number]])
        rates = np.array([one.right for one in step.levels[number]])
        share = (mix @ at(rates)).astype(np.float32)
        begun = _passed(np.tensordot(states[0], share, axes=(2, 0)), working)
        refused = lattice.paying(begun, step.worker_usd)
    return refused, tuple(reversed(found))


def _given_up(step: Judged, ahead: Value, lattice: Lattice) -> Value:
    """What comes of an output that is refused in the last attempt."""
    if step.fix is None:
        return lattice.stopped
    fixed = ahead.copy()
    fixed[0] *= 1 - step.criticality * (1 - step.fix)
    fixed[2] += step.fix_usd
    return fixed


def _accepted(step: Judged, ahead: Value) -> Value:
    """What comes of an output that goes on; its place on the grid is the axis before the last."""
    value = np.repeat(ahead[:, :, None], GRID.size, axis=2)
    value[0] *= (1 - step.criticality * (1 - GRID)).astype(np.float32)[:, None]
    return value


@dataclass(frozen=True, slots=True)
class _Ground:
    """What one attempt is decided on."""

    step: Judged
    lattice: Lattice
    worth: Worth
    checking: Sequence[Value]
    accepted: Value
    refused: Value
    last: bool


def _attempt(ground: _Ground) -> tuple[States, Rules]:
    size = len(ground.step.names)
    states: States = {}
    rules: list[tuple[Actions, Actions, Value]] = []
    # Who has been heard only grows, so larger numbers come first.
    for heard in reversed(range(1 << size)):
        options = {ACCEPT: ground.accepted}
        if not ground.last:
            options[REDO] = np.broadcast_to(ground.refused[:, :, None], ground.accepted.shape)
        for one in range(size):
            if not heard >> one & 1:
                options[CHECK + one] = _asked(ground, states[heard | 1 << one], heard, one)
        states[heard], rule = _best(options, ground.worth)
        rules.append(rule)
    best, second, margin = (np.stack(part[::-1]) for part in zip(*rules, strict=True))
    return states, Rules(best, second, margin)


def _asked(ground: _Ground, heard: Value, before: int, one: int) -> Value:
    """The value of asking one verifier; `heard` is that of the states it may lead to."""
    step, turn, passing = ground.step, ground.step.turns[before, one], ground.checking[one]
    chance, right = turn.accepting(GRID)
    found = _moved(heard, chance, right)
    # What goes on beside its checks loses time only if it has to be made again.
    if not step.speculative:
        found = _passed(found, passing)
    chance, right = turn.refusing(GRID)
    if step.overrules:
        found += _passed(_moved(heard, chance, right), passing)
    else:
        later = _passed(ground.refused, passing)
        found += chance.astype(np.float32)[:, None] * later[:, :, None]
    return ground.lattice.paying(found, step.checks_usd[one])


def _moved(value: Value, chance: Floats, right: Floats) -> Value:
    matrix = (chance[:, None] * at(right)).astype(np.float32)
    found = np.empty_like(value)
    for start in range(0, value.shape[-1], COLUMNS):
        part = np.s_[..., start : start + COLUMNS]
        np.matmul(matrix, value[part], out=found[part])
    return found


def _passed(value: Value, passing: Value) -> Value:
    """The value before some time has passed."""
    rows = value.reshape(-1, value.shape[-1])
    whole = len(rows) - len(rows) % ROWS
    found = np.empty_like(rows)
    blocks = rows[:whole].reshape(-1, ROWS, rows.shape[1])
    np.matmul(blocks, passing, out=found[:whole].reshape(blocks.shape))
    np.matmul(rows[whole:], passing, out=found[whole:])
    return found.reshape(value.shape)


def _best(
    options: Mapping[int, Value], worth: Worth
) -> tuple[Value, tuple[Actions, Actions, Value]]:
    """The best option everywhere, and which it is, which comes next, and how far behind.

    One option after another, since that is several times as fast as a maximum over all of them.
    """
    chosen, first = options[ACCEPT].copy(), worth.of(options[ACCEPT])
    second = np.full_like(first, -np.inf)
    best, runner_up = np.zeros(first.shape, np.int8), np.zeros(first.shape, np.int8)
    for action, value in options.items():
        if action == ACCEPT:
            continue
        score = worth.of(value)
        better = score > first
        np.copyto(runner_up, action, where=score > second, casting="unsafe")
        np.copyto(runner_up, best, where=better)
        np.copyto(best, action, where=better, casting="unsafe")
        np.copyto(chosen, value, where=better)
        second = np.maximum(second, np.minimum(score, first))
        first = np.maximum(first, score)
    return chosen, (best, runner_up, first - second)
