"""Evidence that may be looked at after every run."""

from __future__ import annotations

import numpy as np
import pytest

from surestep.budgets.planner.proofs.sequential import more_looks, proven, reached


def first_proofs(truth: float, *, runs: int, longest: int, seed: int) -> list[int | None]:
    """After how many runs each of many simulated sequences proves 0.99."""
    right = np.random.default_rng(seed).random((runs, longest)) < truth
    return [reached(row.tolist(), target=0.99, confidence=0.95) for row in right]


def test_runs_that_all_succeed_prove_a_target_of_99_percent_after_380() -> None:
    """The price of looking at any time, beside 299 with their number fixed."""
    assert reached([True] * 500, target=0.99, confidence=0.95) == pytest.approx(380, abs=2)


@pytest.mark.parametrize(("truth", "expected"), [(0.9995, 445), (0.999, 520), (0.998, 714)])
def test_the_runs_it_takes_on_average(truth: float, expected: float) -> None:
    """About as many as a plan with a fixed number."""
    found = [one or 6000 for one in first_proofs(truth, runs=400, longest=6000, seed=1)]

    spread = 4 * np.std(found) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(expected, abs=spread)


def test_looking_after_every_run_seldom_proves_what_is_not_so() -> None:
    """A truth of exactly the target is certified by mistake in at most 5 % of sequences."""
    found = first_proofs(0.99, runs=1500, longest=8000, seed=2)

    wrong = sum(one is not None for one in found) / len(found)
    assert 0.01 <= wrong <= 0.05


def test_what_is_proven_holds_over_all_looks() -> None:
    """The highest rate ever proven lies above the truth in at most 5 % of sequences."""
    right = np.random.default_rng(4).random((300, 600)) < 0.95

    above = [proven(row.tolist(), confidence=0.95) > 0.95 for row in right]
    assert np.mean(above) <= 0.05


def test_what_is_proven_never_falls() -> None:
    """A later failure takes nothing back, as the proof held when one looked."""
    good = [True] * 400

    assert proven([*good, False, False], confidence=0.95) == proven(good, confidence=0.95)


def test_the_target_is_reached_where_it_is_proven() -> None:
    """Both readings of the evidence agree."""
    outcomes = [True] * 400
    at = reached(outcomes, target=0.99, confidence=0.95)

    assert at is not None
    assert proven(outcomes[:at], confidence=0.95) >= 0.99 - 1e-9
    assert proven(outcomes[: at - 1], confidence=0.95) < 0.99


def test_further_runs_are_foreseen() -> None:
    """On clean runs the estimate is exact."""
    more = more_looks([True] * 100, target=0.99, truth=1.0, confidence=0.95, most=10_000)

    assert more is not None
    assert reached([True] * (100 + more), target=0.99, confidence=0.95) == 100 + more


@pytest.mark.parametrize("truth", [0.99, 0.9901])
def test_a_proof_out_of_reach_is_told(truth: float) -> None:
    """At the target itself never, just above it not within the runs allowed."""
    assert more_looks([True], target=0.99, truth=truth, confidence=0.95, most=1000) is None
