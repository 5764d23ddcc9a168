"""The canonical step of the reference values, and the values themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from surestep.budgets import CheckProfile, StepProfile
from surestep.budgets.algebra import Treated

REFERENCES = Path(__file__).resolve().parents[4] / "shared" / "planner_refs.json"


def references(section: str) -> Any:
    """A section of the reference values; the test is skipped where they are not at hand."""
    if not REFERENCES.exists():
        pytest.skip("the reference values are not at hand")
    return json.loads(REFERENCES.read_text())[section]


def step(size: int = 1, **known: Any) -> StepProfile:
    """A step that is right 19 times in 20, with checks of sensitivity 0.9, false alarms 0.05."""
    check = CheckProfile(accept_ok=0.95, accept_bad=0.1, latency_s=1.0, cost_usd=1.0)
    values: dict[str, Any] = {"success": 0.95, "latency_s": 1.0, "cost_usd": 1.0}
    return StepProfile(**{**values, "checks": {f"check{i}": check for i in range(size)}, **known})


def figures(found: Treated) -> dict[str, float]:
    """What the reference values say of an option, by their names."""
    return {
        "good": found.right,
        "bad": found.wrong,
        "esc": found.stopped,
        "ppv": found.trust,
        "lat": found.settled.mean_s,
        "lat_sd": found.settled.variance_s2**0.5,
        "cost": found.cost_usd,
    }


def expected(reference: dict[str, float]) -> Any:
    """The same of a reference, to the accuracy its sums allow."""
    kept = {name: reference[name] for name in reference if name not in {"human", "R", "A", "B"}}
    return pytest.approx(kept, abs=1e-7)
