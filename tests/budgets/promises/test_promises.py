"""Settings that keep several promises at once."""

from __future__ import annotations

import numpy as np
import pytest
from mapie.risk_control._base_controller import ltt_procedure

from surestep.budgets import SLO
from surestep.budgets.planner.proofs.promises import Promises, Tried, keep
from surestep.errors import PlanError
from surestep.values import RunRecord, Spent

JOINT = Promises(silent_error=0.05, late=0.1, over_cost=0.1)


def tried(runs: int = 400, **failures: float) -> Tried:
    """Calibration runs with these failures."""
    return Tried(runs=runs, **failures)


def test_a_setting_has_to_keep_every_promise() -> None:
    """One that is broken, or in doubt, rules it out."""
    found = keep(
        {
            "clean": tried(silent_error=5, late=20, over_cost=20),
            "late": tried(silent_error=5, late=39),
            "wrong": tried(silent_error=30),
        },
        JOINT,
    )

    assert found.settings == ("clean",)
    assert found.p_values["late"] > 0.05


def test_the_cheapest_setting_is_the_best() -> None:
    """Any of those that keep the promises may be chosen."""
    found = keep({"a": tried(cost_usd=0.02), "b": tried(cost_usd=0.01)}, JOINT)

    assert found.best == "b"
    assert "0.01 USD" in found.lines()[1]


def test_without_a_setting_that_is_proven_the_nearest_is_named() -> None:
    """With what may help."""
    found = keep({"a": tried(40, late=2), "b": tried(40, late=6)}, JOINT)

    assert found.best is None
    assert "Nearest is 'a'" in found.lines()[1]


def test_all_at_once_agrees_with_mapie() -> None:
    """The same p-values for counted losses, and the same settings."""
    counts = np.random.default_rng(2).integers(0, 24, (3, 20))
    names = ("silent_error", "late", "over_cost")
    limits = np.array([[JOINT.limits[name]] for name in names])
    runs = {
        place: tried(**{name: int(counts[row, place]) for row, name in enumerate(names)})
        for place in range(20)
    }
    theirs, _ = ltt_procedure(
        counts / 400, limits, 0.05, np.full((3, 20), 400), binary=True, fwer_method="bonferroni"
    )

    found = keep(runs, JOINT)
    # Holm's correction finds what Bonferroni's does, and maybe more.
    assert set(theirs[0]) <= set(found.settings)
    assert len(found.settings) > 0


def test_a_sequence_from_the_safest_down_finds_more() -> None:
    """No setting pays for all the others, until the first that fails."""
    runs = {place: tried(200, late=6 + place, cost_usd=1 / (1 + place)) for place in range(20)}
    promises = Promises(late=0.1)

    at_once = keep(runs, promises)
    in_order = keep(runs, promises, sequences=[range(20)])
    assert len(in_order.settings) > len(at_once.settings)
    assert in_order.settings == tuple(range(len(in_order.settings)))


def test_several_sequences_share_the_confidence() -> None:
    """Two of them get half of it each."""
    runs = {"a": tried(100, late=4), "b": tried(100, late=4)}
    promises = Promises(late=0.1)

    assert runs["a"].p_value(promises) == pytest.approx(0.0237, abs=1e-3)
    assert keep(runs, promises, sequences=[["a"], ["b"]]).settings == ("a", "b")
    assert keep(runs, promises, sequences=[["a"], ["b"], ["a", "b"]]).settings == ()


def test_graded_losses_take_a_weaker_bound() -> None:
    """Parts of a failure are no longer binomial."""
    one = tried(late=20.5)

    assert one.p_value(JOINT, graded=True) > one.p_value(JOINT)


def test_runs_are_counted_from_their_records() -> None:
    """A failed run is no silent error, a late one is late whether right or not."""
    slow = RunRecord(outcome="succeeded", spent=Spent(machine_s=11.0, cost_usd=0.1))
    dear = RunRecord(outcome="succeeded", spent=Spent(machine_s=1.0, cost_usd=0.7))
    stopped = RunRecord(outcome="failed", spent=Spent(machine_s=1.0, cost_usd=0.1))
    slo = SLO(latency_s=10.0, cost_usd=0.5)

    found = Tried.of_runs([(slow, True), (dear, False), (stopped, False)], slo)
    assert (found.runs, found.silent_error, found.late, found.over_cost) == (3, 1, 1, 1)
    assert found.cost_usd == pytest.approx(0.3)


@pytest.mark.parametrize("order", [None, "sequence"])
def test_promises_are_broken_in_few_calibrations(order: str | None) -> None:
    """Settings at the edge of their limits: a false choice in at most 5 % of 2,000 calibrations."""
    random = np.random.default_rng(11)
    risks = np.linspace(0.09, 0.12, 12)  # the promise is 0.1, so most settings break it
    broken = 0
    for _ in range(2000):
        late = random.binomial(1500, risks)
        runs = {place: Tried(runs=1500, late=int(one)) for place, one in enumerate(late)}
        sequences = None if order is None else [range(12)]
        found = keep(runs, Promises(late=0.1), sequences=sequences)
        broken += any(risks[place] > 0.1 for place in found.settings)
    assert broken / 2000 <= 0.05


@pytest.mark.parametrize(
    "refused",
    [
        Promises,
        lambda: Promises(late=1.0),
        lambda: Promises(late=0.1, confidence=0.0),
        lambda: Tried(runs=3, late=4),
        lambda: Tried(runs=-1),
        lambda: keep({}, JOINT),
        lambda: keep({"a": Tried(runs=1)}, JOINT, sequences=[["b"]]),
    ],
)
def test_what_does_not_fit_is_refused(refused) -> None:
    """Before anything is tested."""
    with pytest.raises(PlanError):
        refused()
