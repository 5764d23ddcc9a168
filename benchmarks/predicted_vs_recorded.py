"""What a fitted profile predicts, beside what was recorded afterwards, on real runs of others.

Every data set is split by repetition: the profile is fitted to some repeats of each task, and its
predictions are held against the others, of the same tasks. So the model is measured, and not the
luck of which tasks fall in which half; pass^k is given for tasks never seen as well. Beside each
figure stands what it would be if attempts and verdicts were independent, at the same rates.
Errors are means of absolute ones over data sets, policies or votes, and over random splits. No
rate ever sees a held-out run; which model is fitted was settled on these data sets.

pass^k: P(k attempts at one task are all right), k from 2 to 5, from at most 5 repeats a task;
on the tau2 leaderboard, pass^3 and pass^4 from pass^1 and pass^2. Retries: agents that write code
until visible tests pass, 4 or 7 times again at most, fitted to 3 of 5 recorded runs of a policy;
right means accepted, and hidden tests pass. Votes: samples of one model, or verdicts of one judge
in different wordings, fitted to 5 and counted over the others in random orders.

Promises (alone with `--promises`) are of simulated runs, whose truth is known: P(silent error),
P(late) and P(over cost) of the settings Learn then Test keeps, calibrated 1,000 times; and the
reliability of plans made from 30 labelled runs of every step of random workflows.
"""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import _promises
import _recorded
from _recorded import Repeats, Run, Sample
from _report import Figure, main

from surestep.budgets import Assurance, Profile, StepProfile
from surestep.budgets.algebra import Treated, difficulties, treated

FITTED = 5
"""Repeats of a task a profile is fitted to, if as many are left to predict."""
ORDERS = 5
"""Random orders in which the votes of a task are counted."""
SEED = 7
CAP = _recorded.VOTERS
VOTES = (
    {"ahead_by": 1, "first": 3, "wave": 1, "cap": CAP},
    {"ahead_by": 2, "first": 2, "wave": 1, "cap": CAP},
    {"ahead_by": 3, "first": 3, "wave": 1, "cap": CAP},
)


@dataclass(frozen=True, slots=True)
class Error:
    """How far a prediction is from what was recorded, and how far independence would be."""

    fitted: float
    independent: float


def measure(*, quick: bool) -> list[Figure]:
    """All figures; with `quick` by fewer splits and orders."""
    if not _recorded.DATA.is_dir():
        raise SystemExit(f"There are no recorded runs in {_recorded.DATA}.")
    draw = random.Random(SEED)
    splits = range(2 if quick else 8)
    right, calls, time = _retries(splits=3 if quick else 10)
    retry = "retry until accepted"
    return [
        *_figures("pass^k, mean error", [it for _ in splits for it in _pass_k(draw)], at_most=0.03),
        *_figures("pass^3 and pass^4, tau2 leaderboard, mean error", _board(), at_most=0.03),
        *_figures("pass^k of tasks never seen, mean error", _unseen(draw)),
        *_figures(f"{retry}: right, mean error", right, at_most=0.02),
        *_figures(f"{retry}: calls, mean relative error", calls, at_most=0.04),
        *_figures(f"{retry}: mean latency, mean relative error", time, at_most=0.25),
        *_figures(
            "vote: right, mean error", [it for _ in splits for it in _votes(draw)], at_most=0.03
        ),
        *_promises.measure(quick=quick),
    ]


def _figures(name: str, errors: Sequence[Error], at_most: float | None = None) -> list[Figure]:
    fitted = statistics.fmean(error.fitted for error in errors)
    independent = statistics.fmean(error.independent for error in errors)
    return [
        Figure(name, fitted, len(errors), at_most=at_most),
        Figure(f"{name}, if attempts were independent", independent, len(errors)),
    ]


def _step(records: Iterable[Mapping[str, object]]) -> StepProfile:
    [step] = Profile.fit(records).steps.values()
    return step


def _independent(step: StepProfile) -> StepProfile:
    checks = {
        name: replace(check, spread=0.0, blind=0.0, persistence=0.0)
        for name, check in step.checks.items()
    }
    return replace(step, spread=0.0, retry_success=None, checks=checks)


def _off(predict: Callable[[StepProfile], float], step: StepProfile, recorded: float) -> Error:
    """The errors of what is predicted from a step."""
    return Error(abs(predict(step) - recorded), abs(predict(_independent(step)) - recorded))


def _pass_k(draw: random.Random) -> list[Error]:
    errors = []
    for repeats in _recorded.repeated().values():
        known = min(FITTED, _fewest(repeats) // 2)
        errors += _passes(*_recorded.split(repeats, known, draw))
    return errors


def _unseen(draw: random.Random) -> list[Error]:
    errors = []
    for repeats in _recorded.repeated().values():
        # Every other task of a random order, so that neither half is the older one.
        tasks = draw.sample(sorted(repeats), len(repeats))
        some, others = (
            {task: repeats[task] for task in half} for half in (tasks[::2], tasks[1::2])
        )
        known, _ = _recorded.split(some, min(2 * FITTED, _fewest(repeats)), draw)
        errors += _passes(known, others)
    return errors


def _fewest(repeats: Repeats) -> int:
    return min(map(len, repeats.values()))


def _passes(known: Repeats, later: Repeats) -> list[Error]:
    """The errors of pass^2 to pass^5, as far as there are so many repeats to compare with."""
    step = _step(_recorded.records(known))
    return [
        _off(partial(_all_right, k), step, _passed(later, k))
        for k in range(2, min(5, _fewest(later)) + 1)
    ]


def _all_right(k: int, step: StepProfile) -> float:
    return sum(one.share * one.success**k for one in difficulties(step))


def _passed(repeats: Repeats, k: int) -> float:
    """pass^k without bias: of each task's choices of k samples, the share that is all right."""
    # (share right)^k would be too high: samples are drawn without putting them back.
    counts = [(sum(one.ok for one in samples), len(samples)) for samples in repeats.values()]
    return statistics.fmean(math.comb(right, k) / math.comb(total, k) for right, total in counts)


def _board() -> list[Error]:
    errors = []
    for first, second, *later in _recorded.leaderboard():
        # pass^2 = p^2 + r p(1 - p) for a correlation r.
        spread = (second - first**2) / (first * (1.0 - first))
        step = StepProfile(success=first, spread=max(0.0, spread))
        for k, recorded in enumerate(later, start=3):
            errors.append(_off(partial(_all_right, k), step, recorded))
    return errors


def _retries(splits: int) -> tuple[list[Error], list[Error], list[Error]]:
    """The errors of the share right, of calls, and of mean latency."""
    right, calls, time = [], [], []
    for policy in _recorded.policies("simple_repeat", "simple_incr_temp").values():
        # Policies recorded once have nothing to hold back.
        if len(policy) < 5:
            continue
        retries = max(len(run["steps"]) for runs in policy.values() for run in runs) - 1
        for names in list(itertools.combinations(sorted(policy), 3))[:splits]:
            step = _step(run for name in names for run in policy[name])
            later = [run for name in policy if name not in names for run in policy[name]]
            now, alone = _policy(step, retries), _policy(_independent(step), retries)
            done = statistics.fmean(_accepted_right(run) for run in later)
            right.append(Error(abs(now.right - done), abs(alone.right - done)))
            made = statistics.fmean(len(run["steps"]) for run in later)
            calls.append(_relative(now.worker_calls, alone.worker_calls, made))
            took = statistics.fmean(sum(one["latency_s"] for one in run["steps"]) for run in later)
            time.append(_relative(now.advance.mean_s, alone.advance.mean_s, took))
    return right, calls, time


def _policy(step: StepProfile, retries: int) -> Treated:
    # A twentieth of a call keeps the mean to far less than the error measured here.
    return treated(step, Assurance(retries=retries), tick_s=step.latency_s / 20.0)


def _relative(fitted: float, independent: float, recorded: float) -> Error:
    return Error(abs(fitted / recorded - 1.0), abs(independent / recorded - 1.0))


def _accepted_right(run: Run) -> bool:
    last = run["steps"][-1]
    # A run out of retries returns an output nobody accepted, which a verified step would not.
    return all(last["verdicts"].values()) and last["ok"] == 1


def _votes(draw: random.Random) -> list[Error]:
    errors = []
    for repeats in (_recorded.cruxeval(), *_recorded.judges().values()):
        known, later = _recorded.split(repeats, FITTED, draw)
        step = _step(_recorded.records(known))
        for vote in VOTES:
            right = statistics.fmean(
                _elected(draw.sample(samples, len(samples)), **vote)
                for samples in later.values()
                for _ in range(ORDERS)
            )
            errors.append(_off(partial(_elects_right, vote), step, right))
    return errors


def _elects_right(vote: Mapping[str, int], step: StepProfile) -> float:
    return treated(step, Assurance(vote=vote, verifiers=()), tick_s=1.0).right


def _elected(samples: Sequence[Sample], ahead_by: int, first: int, wave: int, cap: int) -> bool:
    """Whether a vote over the samples, in this order, elects a right answer."""
    # A vote still undecided at its cap stops, as the algebra has it.
    for count in (*range(first, cap, wave), cap):
        (leader, votes), *others = Counter(one.answer for one in samples[:count]).most_common(2)
        if votes - (others[0][1] if others else 0) >= ahead_by:
            return next(one.ok for one in samples if one.answer == leader)
    return False


if __name__ == "__main__":
    main(__doc__, measure, promises=_promises.measure)
