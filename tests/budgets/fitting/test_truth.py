"""Which outputs were right, where labels are missing."""

from __future__ import annotations

import pytest

from surestep.budgets import Profile
from surestep.errors import PlanError

from .worlds import judged, outputs, run


def test_three_verifiers_tell_the_truth_without_any_label() -> None:
    """Success and rates of acceptance alike (Dawid and Skene)."""
    verifiers = {"u": (0.9, 0.2), "v": (0.85, 0.1), "w": (0.95, 0.3)}
    step = Profile.fit(judged(verifiers, runs=4000, labelled=False)).steps["a"]
    assert step.success == pytest.approx(0.7, abs=0.03)
    for name, (of_right, of_wrong) in verifiers.items():
        assert step.checks[name].accept_ok == pytest.approx(of_right, abs=0.04)
        assert step.checks[name].accept_bad == pytest.approx(of_wrong, abs=0.05)


def test_one_verifier_without_labels_tells_next_to_nothing() -> None:
    """Its posterior stays wide, and the notes say that nobody told the truth."""
    profile = Profile.fit(judged({"v": (0.9, 0.2)}, runs=500, labelled=False))
    assert 0.0 < profile.steps["a"].trials <= 2.0 + 1e-9
    assert any("rest on weak priors" in note for note in profile.notes)


def test_some_labels_teach_what_the_verdicts_on_the_others_mean() -> None:
    """Unlabelled outputs then count for more than nothing."""
    known = judged({"v": (0.95, 0.05)}, runs=300)
    unknown = judged({"v": (0.95, 0.05)}, runs=300, labelled=False, seed=1)
    alone, both = (Profile.fit(it).steps["a"] for it in (known, [*known, *unknown]))
    assert 1.3 * alone.trials < both.trials < 2.0 * alone.trials


def test_a_right_result_makes_every_output_right() -> None:
    """Which is an assumption, and noted."""
    profile = Profile.fit([run({"step": "a"}, {"step": "b"}, ok=1)])
    assert profile.steps["a"].success == profile.steps["b"].success == 1.0
    assert any("because their run's result is" in note for note in profile.notes)


def test_a_right_result_says_nothing_of_samples_that_were_not_chosen() -> None:
    """Only the output its visit settled with has to be right."""
    sample = {"step": "a", "visit": 1, "attempt": 0}
    chosen, other = {**sample, "outcome": "verified"}, {**sample, "ok": 0}
    assert Profile.fit([run(chosen, other, ok=1)]).steps["a"].success == 0.5


def test_a_wrong_result_of_one_step_makes_its_output_wrong() -> None:
    """There is no other explanation."""
    assert Profile.fit([run({"step": "a"}, ok=0)]).steps["a"].success == 0.0


def test_a_wrong_result_that_a_label_explains_says_nothing_of_other_steps() -> None:
    """The step that was not labelled is as good as elsewhere."""
    fine = [run({"step": "a", "ok": 1}, {"step": "b", "ok": 1}, task=str(i)) for i in range(20)]
    spoilt = [run({"step": "a", "ok": 0}, {"step": "b"}, task=f"s{i}", ok=0) for i in range(20)]
    profile = Profile.fit([*fine, *spoilt])
    assert profile.steps["b"].success == pytest.approx(1.0, abs=0.02)


def test_wrong_results_are_blamed_on_the_weaker_step() -> None:
    """As the labels of other runs suggest."""
    labelled = [
        run({"step": "a", "ok": int(i % 20 > 0)}, {"step": "b", "ok": int(i % 2 > 0)}, task=str(i))
        for i in range(40)
    ]
    failed = [run({"step": "a"}, {"step": "b"}, task=f"f{i}", ok=0) for i in range(40)]
    steps = Profile.fit([*labelled, *failed]).steps
    assert steps["b"].success < 0.35
    assert steps["a"].success > 0.85


def test_outputs_without_any_evidence_do_not_count() -> None:
    """They neither move the rate nor make it look surer."""
    known = outputs("a", [1, 1, 1, 0])
    silent = [run({"step": "a"}, task=f"x{place}") for place in range(50)]
    step = Profile.fit([*known, *silent]).steps["a"]
    assert step.success == pytest.approx(0.75, abs=0.02)
    assert step.trials == pytest.approx(4.0, abs=0.1)


def test_labels_count_by_the_chance_they_were_drawn_with() -> None:
    """A tenth of the sure outputs stands for all of them; the doubtful were all looked at."""
    sure = [run({"step": "a", "ok": 1, "chance": 0.1}, task=f"s{i}") for i in range(40)]
    doubtful = [run({"step": "a", "ok": i % 2}, task=f"d{i}") for i in range(40)]
    assert Profile.fit([*sure, *doubtful]).steps["a"].success == pytest.approx(420 / 440)


def test_labels_of_unequal_chances_are_worth_fewer() -> None:
    """As many as Kish says: 48 of these 80."""
    drawn = [
        run({"step": "a", "ok": i % 3 > 0, "chance": 0.1 if i < 40 else 1.0 / 2.0}, task=str(i))
        for i in range(80)
    ]
    worth = 480.0**2 / (40 * 10.0**2 + 40 * 2.0**2)
    alike = [run({"step": "a", "ok": i % 3 > 0}, task=str(i)) for i in range(80)]
    few, many = (Profile.fit(it).steps["a"].trials for it in (drawn, alike))
    assert few / many == pytest.approx(worth / 80, rel=0.15)


@pytest.mark.parametrize("chance", [0.0, 1.5, -1.0])
def test_a_chance_that_is_none_is_refused(chance: float) -> None:
    """With the place of the record."""
    with pytest.raises(PlanError, match=r"record 1.*chance"):
        Profile.fit([run({"step": "a", "ok": 1, "chance": chance})])
