"""A problem made easier, linear throughout, whose optimum bounds that of the real one.

Mean times: the mean of the longest way is at least the longest of the means (Jensen). Quantiles:
P(T <= t) >= q needs E[exp(-a T)] >= q exp(-a t) for every a > 0 (Markov), and a run takes at least
as long as any way through it, whose steps are independent: so the sum of -ln E[exp(-a T_i)] over a
way is at most a t - ln q. Reliability: a lower quantile of it is below its mean, so no plan does
better than if the uncertain rates were known to be what they are expected to be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surestep.budgets.algebra.law import Law, nothing
from surestep.budgets.algebra.makespan import DRAWS, makespan
from surestep.budgets.algebra.treated import Branch, Treated
from surestep.budgets.planner.options import Option
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.selection.clocks import Clocked
from surestep.budgets.planner.selection.table import Floats, Table
from surestep.budgets.planner.steering import linear_rows

_RATES = (0.1, 0.2, 0.32, 0.5, 0.8, 1.3, 2.5)


def relaxed(problem: Problem, values: Floats) -> Table:
    """Everything but time."""
    rows, limits = linear_rows(problem)
    if problem.aims.loss is not None:
        rows.append(np.minimum(problem.loss, problem.loss_mean))
        limits.append(problem.aims.loss)
    weights = np.array(rows).reshape(len(limits), *values.shape)
    return Table(values, weights, np.array(limits), problem.live)


def relaxed_clocks(problem: Problem) -> list[Clocked]:
    """What every way has to keep if the limits on time are to be kept."""
    aims = problem.aims
    clocks = []
    scale = math.sqrt(float(problem.settled_s2.mean(axis=1).sum()))
    if aims.latency_mean_s is not None:
        # The mean of a sampled graph may come out below the true one by its error.
        error_s = 0.0 if problem.chain else 4.0 * scale / math.sqrt(DRAWS)
        limit_s = aims.latency_mean_s + error_s
        clocks.append(Clocked(problem.advance_s, problem.settled_s, limit_s))
    # Rates that matter are those of about one over the deviation of the whole run.
    for _, share, limit_s in aims.quantiles if scale > 0.0 else ():
        for part in _RATES:
            rate = part / scale
            right = limit_s - math.log(share) / rate
            clocks.append(Clocked(*_exponents(problem, rate), right))
    return clocks


def _exponents(problem: Problem, rate: float) -> tuple[Floats, Floats]:
    def advance(one: Option) -> float:
        return _exponent(one.treated.advance, rate)

    def settled(one: Option) -> float:
        return _exponent(one.treated.settled, rate)

    return problem.each(advance), problem.each(settled)


def _exponent(law: Law, rate: float) -> float:
    """-ln E[exp(-rate T)] / rate, in seconds."""
    decay = np.exp(-rate * law.tick_s * np.arange(law.pmf.size))
    return -math.log(float(law.pmf @ decay)) / rate


def swiftest(problem: Problem) -> Law:
    """A machine time that no selection's is ever shorter than, at any probability.

    Each step takes, at every probability, the shortest time that any of its options has there.
    """
    pairs = zip(problem.names, problem.options, strict=True)
    return makespan(
        {name: _shortest(options) for name, options in pairs},
        problem.profile.after,
        barriers=problem.barriers,
    )


def _shortest(options: Sequence[Option]) -> Treated:
    laws = [one.treated.advance for one in options]
    below = np.zeros(max(law.pmf.size for law in laws))
    for law in laws:
        reached = np.ones_like(below)
        reached[: law.pmf.size] = np.cumsum(law.pmf)
        below = np.maximum(below, reached)
    law = Law.weighted(np.diff(below, prepend=0.0), laws[0].tick_s)
    at_once = nothing(law.tick_s)
    return replace(
        options[0].treated,
        advance=law,
        confirm=at_once,
        settled=law,
        branches=(Branch(1.0, law, at_once),),
    )
