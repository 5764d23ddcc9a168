"""Calibrators: fitted on outcomes, refused on too few, kept in files, light to load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.errors import PlanError, TooFewOutcomes
from surestep.verifiers.calibration import Calibrator, Labelled, Method
from surestep.verifiers.calibration.fit import fit
from tests.verifiers.calibration.some_outcomes import FLAT, overconfident, weighted

METHODS: tuple[Method, ...] = ("isotonic", "platt", "venn-abers")
LIGHT = "import surestep.verifiers.calibration, sys; print('numpy' in sys.modules)"


@pytest.mark.parametrize("method", METHODS)
def test_a_calibrator_finds_what_confidence_is_worth(method: Method) -> None:
    """0.8 is right 0.64 of the time."""
    assert fit(overconfident(5_000), method=method)(0.8) == pytest.approx(0.64, abs=0.06)


@pytest.mark.parametrize("method", METHODS)
def test_outputs_judged_less_often_count_for_more(method: Method) -> None:
    """The chance of being judged leaves no trace in the curve."""
    assert fit(weighted(4_000), method=method)(0.8) == pytest.approx(0.64, abs=0.06)


@pytest.mark.parametrize("method", METHODS)
def test_one_score_is_worth_the_share_that_was_right(method: Method) -> None:
    """A worker that is always equally sure."""
    assert fit(FLAT, method=method)(0.5) == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_a_surer_output_is_never_less_likely_to_be_right(method: Method) -> None:
    """Over all scores, beyond the known ones too."""
    calibrator = fit(overconfident(500), method=method)
    worth = [calibrator(place / 50) for place in range(-5, 56)]
    assert sorted(worth) == worth
    assert 0.0 <= worth[0] <= worth[-1] <= 1.0


def test_log_probabilities_are_scores_too() -> None:
    """Any finite number is."""
    known = [Labelled(-100.0 * (1.0 - one.score), one.right) for one in overconfident(2_000)]
    assert fit(known, method="platt")(-20.0) == pytest.approx(0.64, abs=0.05)


def test_venn_abers_says_how_little_it_knows() -> None:
    """The two probabilities lie further apart the fewer outcomes there are."""
    few, many = (fit(overconfident(count)).between(0.8) for count in (100, 5_000))
    assert few[1] - few[0] > many[1] - many[0] > 0.0


def test_venn_abers_is_never_certain() -> None:
    """Isotonic regression is, at both ends."""
    known = overconfident(300)
    assert 0.0 < fit(known)(0.0) < fit(known)(1.0) < 1.0
    assert fit(known, method="isotonic")(0.0) == 0.0


@pytest.mark.parametrize(
    ("labelled", "wrong"),
    [
        ([], 0),
        (overconfident(49), 49 - sum(one.right for one in overconfident(49))),
        ([Labelled(0.9, True)] * 200, 0),
        ([Labelled(0.9, True)] * 4 + [Labelled(0.2, False)] * 200, 200),
    ],
)
def test_too_few_or_one_sided_outcomes_are_refused(labelled: list[Labelled], wrong: int) -> None:
    """With their figures."""
    with pytest.raises(TooFewOutcomes, match=f"{len(labelled)} outcomes") as refused:
        fit(labelled)
    assert (refused.value.outcomes, refused.value.wrong) == (len(labelled), wrong)


def test_outcomes_of_very_unequal_weight_are_worth_less() -> None:
    """A few that count for nearly everything cannot carry a curve."""
    known = [*overconfident(200), *(Labelled(0.9, True, 0.001) for _ in range(3))]
    with pytest.raises(TooFewOutcomes, match="worth 3 "):
        fit(known)


@pytest.mark.parametrize("score", [float("nan"), float("inf"), "high", True])
def test_a_score_that_is_no_number_is_refused(score: object) -> None:
    """By its value."""
    with pytest.raises(PlanError, match="score is"):
        Labelled(score, True)  # type: ignore[arg-type]


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.1])
def test_a_chance_nothing_can_have_been_chosen_with_is_refused(chance: float) -> None:
    """It would weigh infinitely, or less than once."""
    with pytest.raises(PlanError, match="chance is"):
        Labelled(0.5, True, chance)


def test_an_unknown_method_is_refused() -> None:
    """With the ones there are."""
    with pytest.raises(PlanError, match="Known: isotonic, platt, venn-abers"):
        fit(FLAT, method="plat")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_a_calibrator_comes_back_from_its_file(method: Method, tmp_path: Path) -> None:
    """As it was."""
    calibrator = fit(weighted(200), method=method)
    calibrator.write(tmp_path / "decide.json")
    assert Calibrator.read(tmp_path / "decide.json") == calibrator


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"method": "platt"}, "scores"),
        ({"method": "magic"}, "magic"),
        ({"curve": {"scores": [0.2, 0.1], "low": [0, 0], "high": [1, 1]}}, "ascending"),
        ({"curve": {"scores": [0.1, 0.2], "low": [0], "high": [1, 1]}}, "1 entries for 2"),
        ({"curve": {"scores": [0.1], "low": [-1], "high": [1]}}, "low is -1"),
        ({"curve": {"scores": "all", "low": [0], "high": [1]}}, "'all'"),
        ({"wrong": -1}, "wrong is -1"),
    ],
)
def test_a_calibrator_that_somebody_broke_is_refused(
    change: dict[str, object], problem: str
) -> None:
    """What is wrong is named."""
    with pytest.raises(PlanError, match=problem):
        Calibrator.of_dict(fit(FLAT).as_dict() | change)


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    """By its name."""
    (tmp_path / "c.json").write_text("{")
    with pytest.raises(PlanError, match=r"c\.json"):
        Calibrator.read(tmp_path / "c.json")


@given(st.floats(-1e6, 1e6), st.sampled_from(METHODS))
def test_every_score_has_a_probability(score: float, method: Method) -> None:
    """However far from the known ones."""
    low, high = CALIBRATORS[method].between(score)
    assert 0.0 <= low <= CALIBRATORS[method](score) <= high <= 1.0


CALIBRATORS = {method: fit(overconfident(300), method=method) for method in METHODS}


def test_using_a_calibrator_loads_no_numpy() -> None:
    """Fitting does."""
    command = [sys.executable, "-W", "ignore", "-c", LIGHT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_calibrator_is_plain_json() -> None:
    """So it can be kept anywhere."""
    values = json.loads(json.dumps(fit(FLAT).as_dict()))
    assert Calibrator.of_dict(values) == fit(FLAT)
