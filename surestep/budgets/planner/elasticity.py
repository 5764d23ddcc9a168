"""What uncertain rates make of a step's figures, draw by draw, without working each draw out.

P(wrong), P(stopped), cost, minutes and time are sums of products of rates, so their logarithms are
close to linear in the logarithms of P(worker wrong), P(right refused), P(wrong accepted). The slope
is taken between the mean and one standard deviation towards the worse, where it matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from surestep.budgets.algebra.treated import Treated, treated
from surestep.budgets.assurance import Assurance
from surestep.budgets.fitting.posterior import StepDraws
from surestep.budgets.planner.table import Floats
from surestep.budgets.profiled import CheckProfile, PersonProfile, StepProfile

_SMALL = 1e-9
# Rates, costs and means do not depend on the tick, and a long one makes their laws short.
_COARSE_S = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What one treatment of a step comes to, one entry per draw, for one visit.

    Attributes:
        wrong: P(goes on with a wrong output).
        stopped: P(fails closed).
        cost_usd: mean price, in US dollars.
        human_minutes: mean minutes of people's time.
        latency_s: mean time until it is settled, in seconds.
    """

    wrong: Floats
    stopped: Floats
    cost_usd: Floats
    human_minutes: Floats
    latency_s: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Rate:
    """An uncertain rate: its draws on the scale it acts on, and the step with it moved there."""

    moves: Floats
    move: float
    step: StepProfile


def spread(
    step: StepProfile, assurance: Assurance, draws: StepDraws, *, person: PersonProfile | None
) -> Spread:
    """One treatment of a step under every draw of its rates."""
    used = set(assurance.verifiers or ())
    middle = _figures(treated(step, assurance, person=person, tick_s=_COARSE_S))
    logs = np.tile(np.log(middle)[:, None], len(draws.success))
    for rate in _rates(step, used, draws):
        there = _figures(treated(rate.step, assurance, person=person, tick_s=_COARSE_S))
        slopes = (np.log(there) - np.log(middle)) / rate.move
        logs += np.outer(slopes, rate.moves)
    wrong, stopped, *others = np.exp(logs) - _SMALL
    wrong, stopped = np.clip(wrong, 0.0, 1.0), np.clip(stopped, 0.0, 1.0)
    over = np.maximum(1.0, wrong + stopped)
    return Spread(wrong / over, stopped / over, *(np.maximum(one, 0.0) for one in others))


def _figures(it: Treated) -> Floats:
    time_s = it.settled.mean_s
    return _SMALL + np.array([it.wrong, it.stopped, it.cost_usd, it.human_minutes, time_s])


def _rates(step: StepProfile, used: set[str], draws: StepDraws) -> Iterator[_Rate]:
    """The uncertain rates of a step and of the verifiers in use."""
    success = _moved(1.0 - step.success, 1.0 - draws.success)
    if success is not None:
        yield _Rate(*success[:2], replace(step, success=1.0 - success[2]))
    if step.retry_success is not None and draws.retry_success is not None:
        retry = _moved(1.0 - step.retry_success, 1.0 - draws.retry_success)
        if retry is not None:
            yield _Rate(*retry[:2], replace(step, retry_success=1.0 - retry[2]))
    alike = _moved(step.spread, draws.spread)
    if alike is not None:
        yield _Rate(*alike[:2], replace(step, spread=alike[2]))
    time = _moved(1.0, draws.time)
    if time is not None:
        yield _Rate(*time[:2], _slower(step, time[2]))
    for name in sorted(used & set(step.checks)):
        for moves, move, check in _check_rates(step.checks[name], draws, name):
            yield _Rate(moves, move, replace(step, checks={**step.checks, name: check}))


def _check_rates(
    check: CheckProfile, draws: StepDraws, name: str
) -> Iterator[tuple[Floats, float, CheckProfile]]:
    drawn = draws.checks[name]
    refused = _moved(1.0 - check.accept_ok, 1.0 - drawn.accept_ok)
    if refused is not None:
        yield (*refused[:2], replace(check, accept_ok=1.0 - refused[2]))
    missed = _moved(check.accept_bad, drawn.accept_bad)
    if missed is not None:
        yield (*missed[:2], replace(check, accept_bad=missed[2]))
    blind = _moved(check.blind, drawn.blind)
    if blind is not None and blind[2] <= check.accept_bad:
        yield (*blind[:2], replace(check, blind=blind[2]))
    alike = _moved(check.spread, drawn.spread)
    if alike is not None:
        yield (*alike[:2], replace(check, spread=alike[2]))


def _moved(rate: float, drawn: Floats) -> tuple[Floats, float, float] | None:
    """The draws' moves on a log scale, the move by one deviation, and the rate after it.

    `None` if the rate does not vary.
    """
    moves = np.log(np.maximum(drawn, _SMALL)) - np.log(max(rate, _SMALL))
    move = float(moves.std())
    if move < 1e-12:
        return None
    after = min(max(rate, _SMALL) * float(np.exp(move)), 1.0 - _SMALL) if rate <= 1.0 else rate
    return moves, float(np.log(after / max(rate, _SMALL))), after


def _slower(step: StepProfile, factor: float) -> StepProfile:
    return replace(
        step,
        latency_s=step.latency_s * factor,
        latencies_s=tuple(one * factor for one in step.latencies_s),
    )
