"""What to measure next, where not every step is looked at."""

from __future__ import annotations

from dataclasses import replace

from surestep.budgets import SLO
from surestep.budgets.planner.measure import measure_next
from tests.budgets.planner.tables import profile


def test_the_most_doubtful_step_is_looked_at_first() -> None:
    """That with the fewest trials, if they are alike otherwise."""
    known = profile(3, trials=2000.0)
    steps = {name: replace(step, success=0.95) for name, step in known.steps.items()}
    steps["s1"] = replace(steps["s1"], trials=20.0)
    found = measure_next(known.with_steps(steps), SLO(cost_usd=8.0), runs=(100,), steps=1)

    assert [one.step for one in found] == ["s1"]
