"""Any assurance, plan and profile, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from surestep.budgets import (
    Assurance,
    CheckProfile,
    Estimate,
    PersonProfile,
    Plan,
    Predicted,
    Profile,
    StepProfile,
)
from surestep.budgets.tally import Difficulty, Strength, Tally
from surestep.values import Effect

names = st.text(min_size=1, max_size=8)
step_names = names | st.sampled_from(["decide", "sub/deep", "a.b", 'say "hi"', "\x7f\n\\"])
amounts = st.floats(min_value=0.0, max_value=1e12)
rates = st.floats(min_value=0.0, max_value=1.0)

votes = st.booleans() | st.fixed_dictionaries(
    {},
    optional={
        "ahead_by": st.integers(1, 5),
        "first": st.integers(1, 5),
        "wave": st.integers(1, 5),
        "cap": st.integers(5, 20),
    },
)
certain_rates = st.floats(0.01, 0.99)
tallies = st.builds(
    Tally,
    risk=certain_rates,
    classes=st.tuples(st.builds(Difficulty, share=st.just(1.0), success=certain_rates)),
    checks=st.dictionaries(
        names, st.builds(Strength, accept_ok=certain_rates, accept_bad=certain_rates), max_size=2
    ),
    first=st.integers(1, 3),
)
assurances = st.builds(
    Assurance,
    mode=st.sampled_from(["off", "serial", "speculative"]),
    verifiers=st.none() | st.lists(names, unique=True, max_size=3).map(tuple),
    retries=st.none() | st.integers(0, 9),
    samples=st.none() | st.just(1),
    vote=st.none() | votes,
    hedge_after_s=st.none() | st.floats(0.1, 9.0),
    speculate=st.none() | st.booleans(),
    human=st.none() | st.sampled_from(["never", "on_failure", "always"]),
) | st.builds(Assurance, tally=tallies)
people = st.none() | st.builds(PersonProfile, minutes=amounts, fix=rates)
estimates = st.lists(amounts, min_size=3, max_size=3).map(
    lambda ends: Estimate(sorted(ends)[1], min(ends), max(ends))
)
predictions = st.builds(
    Predicted,
    success=estimates,
    latency_mean_s=estimates,
    latency_p95_s=estimates,
    cost_usd=estimates,
    human_minutes=estimates,
)
plans = st.builds(
    Plan,
    st.dictionaries(step_names, assurances, max_size=4),
    default=assurances,
    predicted=st.none() | predictions,
    gap=st.none() | amounts,
)

checks = st.builds(
    CheckProfile,
    accept_ok=rates,
    accept_bad=rates,
    latency_s=amounts,
    cost_usd=amounts,
    latencies_s=st.lists(amounts, max_size=2).map(tuple),
    spread=rates,
)
steps = st.builds(
    StepProfile,
    success=rates,
    latency_s=amounts,
    cost_usd=amounts,
    effect=st.sampled_from(Effect),
    criticality=rates,
    person=people,
    checks=st.dictionaries(names, checks, max_size=2),
)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """A profile whose steps follow any earlier ones."""
    known = draw(st.dictionaries(names, steps, min_size=1, max_size=5))
    order = list(known)
    after = {
        step: draw(st.lists(st.sampled_from(order[:place]), unique=True)) if place else []
        for place, step in enumerate(order)
    }
    return Profile.of(known, after=after, person=draw(people))
