"""What would be known of steps once further runs are labelled and come out as expected."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from surestep.budgets.planner.posing import at_expected_rates
from surestep.budgets.profile import Profile
from surestep.budgets.profiled import CheckProfile, StepProfile


def labelled(profile: Profile, runs: int, steps: Collection[str] | None = None) -> Profile:
    """The profile as it would be after further labelled runs.

    They come out at the rates that are expected today, which leaves out what surprises would
    teach. What repeats of one task would tell of its difficulty, they do not.

    Args:
        profile: what is known.
        runs: how many further runs.
        steps: the steps whose outputs are labelled; `None` labels all. Stated rates stay so.
    """
    usual = at_expected_rates(profile).steps
    return profile.with_steps(
        {
            name: _known(step, usual[name], runs)
            if step.trials and (steps is None or name in steps)
            else step
            for name, step in profile.steps.items()
        }
    )


def _known(step: StepProfile, usual: StepProfile, runs: int) -> StepProfile:
    wrong = runs * (1.0 - usual.success)
    retry, retries = step.retry_success, wrong if step.retry_trials else 0.0
    if retry is not None and usual.retry_success is not None:
        retry = _mixed(retry, step.retry_trials, usual.retry_success, retries)
    return replace(
        step,
        success=_mixed(step.success, step.trials, usual.success, runs),
        trials=step.trials + runs,
        retry_success=retry,
        retry_trials=step.retry_trials + retries,
        checks={
            name: _judging(check, usual.checks[name], runs - wrong, wrong)
            for name, check in step.checks.items()
        },
    )


def _judging(check: CheckProfile, usual: CheckProfile, right: float, wrong: float) -> CheckProfile:
    more_ok = right if check.trials_ok else 0.0
    more_bad = wrong if check.trials_bad else 0.0
    accept_bad = _mixed(check.accept_bad, check.trials_bad, usual.accept_bad, more_bad)
    return replace(
        check,
        accept_ok=_mixed(check.accept_ok, check.trials_ok, usual.accept_ok, more_ok),
        accept_bad=accept_bad,
        trials_ok=check.trials_ok + more_ok,
        trials_bad=check.trials_bad + more_bad,
        blind=min(check.blind, accept_bad),
    )


def _mixed(rate: float, trials: float, usual: float, more: float) -> float:
    return (rate * trials + usual * more) / (trials + more) if more else rate
