"""What uncertain rates make of a treatment, beside every draw worked out by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surestep.budgets import SLO, Assurance, CheckProfile, PersonProfile, Profile, StepProfile
from surestep.budgets.algebra.treated import treated
from surestep.budgets.fitting.posterior import draws, expected, sampled
from surestep.budgets.planner.elasticity import spread
from surestep.budgets.planner.planning import plan

PERSON = PersonProfile(minutes=4.0, fix=0.98)
CAREFUL = Assurance(mode="serial", retries=1, samples=1, quorum=2, vote=False, human="never")
QUICK = Assurance(mode="serial", retries=1, samples=3, quorum=1, vote=False, human="on_failure")


def judge(accept_bad: float) -> CheckProfile:
    """One of few wrong outputs and many right ones."""
    return CheckProfile(
        accept_ok=0.96, accept_bad=accept_bad, trials_ok=150.0, trials_bad=8.0, latency_s=0.3
    )


def known(*accept_bad: float) -> Profile:
    """A step and its judges, as some 160 runs show them."""
    step = StepProfile(
        success=0.95,
        trials=160.0,
        spread=0.3,
        spread_trials=2.0,
        retry_success=0.7,
        retry_trials=8.0,
        cost_usd=0.001,
        checks={f"judge {place}": judge(rate) for place, rate in enumerate(accept_bad)},
    )
    return Profile.of({"a": step}, person=PERSON)


@pytest.mark.parametrize("how", [CAREFUL, QUICK], ids=["careful", "quick"])
@pytest.mark.parametrize("accept_bad", [(0.0, 0.0), (0.0, 0.125), (0.25, 0.125)], ids=str)
def test_what_may_go_wrong_is_that_of_the_draws(
    how: Assurance, accept_bad: tuple[float, ...]
) -> None:
    """Mean and worse quantiles of P(wrong), of judges that were never seen to miss as well."""
    profile, count = known(*accept_bad), 400
    drawn, how = (
        sampled(profile.steps, count),
        how.changed("a", {"verifiers": ["judge 0", "judge 1"]}),
    )
    centre = expected(profile, drawn).steps["a"]
    found = spread(centre, how, drawn["a"], person=PERSON).wrong
    each = [
        treated(one.steps["a"], how, person=PERSON, tick_s=1e6).wrong
        for one in draws(profile, count)
    ]

    assert found.mean() == pytest.approx(np.mean(each), rel=0.2)
    assert np.quantile(found, 0.95) == pytest.approx(np.quantile(each, 0.95), rel=0.25)


def test_a_verifier_that_does_harm_by_its_own_record_is_not_placed() -> None:
    """However good the others of its name are, whose records its own leans on."""
    good = CheckProfile(accept_ok=0.99, accept_bad=0.05, trials_ok=900.0, trials_bad=100.0)
    bad = CheckProfile(accept_ok=0.6, accept_bad=0.6, trials_ok=9.0, trials_bad=10.0)
    step = StepProfile(success=0.9, trials=1000.0, cost_usd=1.0)
    steps = {f"s{n}": replace(step, checks={"judge": good}) for n in range(3)}
    profile = Profile.of({**steps, "odd": replace(step, checks={"judge": bad})})
    found = plan(profile, SLO(), objective="reliability")

    assert [found.of(name).mode for name in profile.steps] == [*["serial"] * 3, "off"]
