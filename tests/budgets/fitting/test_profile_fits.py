"""Profiles fitted to recorded runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pytest

from surestep.budgets import Profile
from surestep.errors import PlanError
from surestep.values import Effect

from .worlds import outputs, repeats, run

UNIFIED = Path(__file__).parents[4] / "shared" / "data" / "unified"


class Diamond:
    """A graph that says its shape and effects."""

    def shape(self) -> Mapping[str, Collection[str]]:
        """`d` follows `b` and `c`, which follow `a`."""
        return {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}

    def effects(self) -> Mapping[str, Effect]:
        """The last step acts on the world."""
        return {"d": Effect.IRREVERSIBLE}


def test_success_is_the_share_of_right_outputs() -> None:
    """With the outputs behind it."""
    step = Profile.fit(outputs("a", [1] * 9 + [0])).steps["a"]
    assert (step.success, step.trials) == (0.9, 10.0)


def test_repeats_of_one_task_correlate() -> None:
    """As they do in truth; a rejection of independence is noted with its p-value."""
    profile = Profile.fit(repeats(0.7, 0.5, tasks=400, times=4))
    assert profile.steps["a"].spread == pytest.approx(0.5, abs=0.08)
    assert any("not independent (p = " in note for note in profile.notes)


def test_independent_repeats_are_not_reported() -> None:
    """There is nothing to say."""
    assert Profile.fit(repeats(0.7, 1e-3, tasks=200, times=4)).notes == ()


def test_without_repeats_a_spread_is_assumed_that_counts_for_little() -> None:
    """Because retries and votes would otherwise be promised too much."""
    profile = Profile.fit(outputs("a", [1, 0, 1, 1]))
    assert (profile.steps["a"].spread, profile.steps["a"].spread_trials) == (0.3, 2.0)
    assert any("no task was repeated" in note for note in profile.notes)


def test_what_few_repeats_show_of_the_spread_is_held_back() -> None:
    """Two tasks that went alike twice are no proof that repeats are copies."""
    records = [run({"step": "a", "ok": ok}, task=f"t{ok}") for ok in (0, 0, 1, 1)]
    assert 0.3 < Profile.fit(records).steps["a"].spread < 0.9


def test_steps_make_a_chain_in_the_order_they_were_recorded() -> None:
    """Unless somebody says otherwise."""
    profile = Profile.fit([run({"step": "b", "ok": 1}, {"step": "a", "ok": 1})])
    assert profile.after == {"b": (), "a": ("b",)}


def test_shape_and_effects_come_from_a_graph() -> None:
    """Steps of it that were never recorded are taken to be like the others, and noted."""
    profile = Profile.fit(outputs("a", [1] * 8 + [0] * 2), Diamond())
    assert profile.after["d"] == ("b", "c")
    assert profile.steps["d"].effect is Effect.IRREVERSIBLE
    assert profile.steps["d"].success == pytest.approx(0.77, abs=0.01)
    assert profile.steps["d"].trials == 2.0
    assert any(note.startswith("d: no output of it was ever judged") for note in profile.notes)


def test_a_stated_shape_comes_before_the_graphs() -> None:
    """It may be given in the graph's place, too."""
    records = [run({"step": "a", "ok": 1}, {"step": "b", "ok": 1})]
    assert Profile.fit(records, {"a": ["b"]}).after == {"a": ("b",), "b": ()}
    assert Profile.fit(records, {"a": ["b"]}, after={"b": ["a"]}).after["b"] == ("a",)


def test_a_loop_is_counted_in_visits() -> None:
    """As the mean number per run."""
    records = [run(*[{"step": "a", "ok": 1}] * visits) for visits in (1, 2, 3)]
    assert Profile.fit(records).steps["a"].visits == 2.0


def test_samples_of_one_attempt_are_one_visit() -> None:
    """And each says what an output is like."""
    samples = [{"step": "a", "visit": 1, "attempt": 0, "ok": ok} for ok in (1, 0)]
    step = Profile.fit([run(*samples)]).steps["a"]
    assert (step.visits, step.success) == (1.0, 0.5)


def test_times_keep_their_mean_and_their_tail() -> None:
    """In at most 64 equally likely values."""
    times = np.random.default_rng(0).lognormal(0.0, 1.0, size=1000)
    records = [run({"step": "a", "ok": 1, "latency_s": s}, task=str(s)) for s in times.tolist()]
    step = Profile.fit(records).steps["a"]
    assert len(step.latencies_s) == 64
    assert np.mean(step.latencies_s) == pytest.approx(step.latency_s) == pytest.approx(times.mean())
    assert np.quantile(step.latencies_s, 0.95) == pytest.approx(np.quantile(times, 0.95), rel=0.1)


def test_few_times_are_kept_as_they_are() -> None:
    """In order."""
    records = [run({"step": "a", "ok": 1, "latency_s": s}, task=str(s)) for s in (3.0, 1.0, 2.0)]
    assert Profile.fit(records).steps["a"].latencies_s == pytest.approx((1.0, 2.0, 3.0))


def test_what_goes_wrong_may_take_longer() -> None:
    """By how much is known from enough of both."""
    records = [
        run({"step": "a", "ok": ok, "latency_s": 3.0 - ok}, task=f"{ok}{place}")
        for ok in (0, 1)
        for place in range(6)
    ]
    assert Profile.fit(records).steps["a"].latency_wrong == pytest.approx(1.5)


def test_tokens_and_prices_are_means_of_what_was_recorded() -> None:
    """Missing ones are left out of the mean."""
    priced = {"step": "a", "ok": 1, "cost_usd": 0.2, "tokens_in": 10, "tokens_out": 4}
    step = Profile.fit([run(priced), run({"step": "a", "ok": 1}, task="u")]).steps["a"]
    assert (step.cost_usd, step.tokens_in, step.tokens_out) == (0.2, 10.0, 4.0)


def test_success_of_retries_is_told_from_what_followed_wrong_outputs() -> None:
    """One in four here; tasks are all alike."""
    rng = np.random.default_rng(1)
    records = [
        run(
            {"step": "a", "ok": 0, "attempt": 0},
            {"step": "a", "ok": int(rng.random() < 0.25), "attempt": 1},
            task=str(place),
        )
        for place in range(400)
    ]
    plain = [run({"step": "a", "ok": 1}, task=f"p{place}") for place in range(400)]
    step = Profile.fit([*records, *plain]).steps["a"]
    assert step.retry_success == pytest.approx(0.25, abs=0.06)
    assert step.retry_trials == pytest.approx(400.0)


def test_confidence_is_worth_what_comes_of_it() -> None:
    """A worker that says 0.9 and is right in 6 of 10 is believed no more than that."""
    rng = np.random.default_rng(2)
    records = [
        run({"step": "a", "ok": int(rng.random() < rate), "confidence": said}, task=f"{place}")
        for place, (said, rate) in enumerate([(0.9, 0.6), (0.3, 0.2)] * 300)
    ]
    bins = Profile.fit(records).steps["a"].calibration
    assert [one.right for one in bins] == sorted(one.right for one in bins)
    assert bins[-1].said == pytest.approx(0.9)
    assert bins[-1].right == pytest.approx(0.6, abs=0.1)


def test_wrong_answers_that_agree_are_counted_in_pairs() -> None:
    """Two of three wrong ones say the same, which is one pair of three."""
    answers = [("x", 0), ("x", 0), ("y", 0), ("z", 1)]
    records = [run({"step": "a", "ok": ok, "answer": answer}) for answer, ok in answers]
    assert Profile.fit(records).steps["a"].alike == pytest.approx(1.0 / 3.0)


def test_people_are_known_by_what_they_decided() -> None:
    """Their minutes and waits are means; labels next to decisions tell how often they are right."""
    human = {"decision": "approve", "minutes": 4.0, "wait_s": 60.0}
    records = [run({"step": "a", "ok": ok, "human": human}, task=str(ok)) for ok in (0, 1)]
    person = Profile.fit(records).person
    assert person is not None
    assert (person.minutes, person.wait_s) == (4.0, 60.0)
    assert person.accept_bad == pytest.approx(0.75)


def test_nobody_is_asked_unless_somebody_was() -> None:
    """A profile without decisions has no person."""
    assert Profile.fit(outputs("a", [1, 0])).person is None


def test_older_runs_count_for_less() -> None:
    """Half for each half-life in runs they are older."""
    old, new = outputs("a", [0] * 4), outputs("a", [1] * 4)
    step = Profile.fit([*old, *new], half_life_runs=4).steps["a"]
    assert step.success == pytest.approx(2.0 / 3.0)


def test_age_may_be_counted_in_days() -> None:
    """From the run that ended last."""
    records = [
        run({"step": "a", "ok": ok}, task=str(ok), ended_at=86_400.0 * day)
        for ok, day in ((0, 10), (1, 13))
    ]
    assert Profile.fit(records, half_life_days=3).steps["a"].success == pytest.approx(2.0 / 3.0)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"half_life_days": 1}, "has no ended_at"),
        ({"half_life_runs": 0}, "half_life_runs is 0"),
        ({"half_life_runs": 1, "half_life_days": 1}, "half_life_runs is 1 and half_life_days is 1"),
    ],
)
def test_a_half_life_that_does_not_fit_is_refused(options: dict[str, float], problem: str) -> None:
    """Before anything is fitted."""
    with pytest.raises(PlanError, match=problem):
        Profile.fit(outputs("a", [1, 0]), **options)  # type: ignore[arg-type]


def test_records_without_steps_are_refused() -> None:
    """There is nothing to make a profile of."""
    with pytest.raises(PlanError, match="hold no step"):
        Profile.fit([run()])


def test_steps_that_fail_together_are_reported() -> None:
    """With the p-value."""
    records = [
        run({"step": "a", "ok": ok}, {"step": "b", "ok": ok}, task=str(place))
        for place, ok in enumerate([0, 1] * 30)
    ]
    notes = Profile.fit(records).notes
    assert any("right or wrong together (p = " in note for note in notes)


def test_a_fitted_profile_survives_json() -> None:
    """Everything it knows included."""
    records = [
        run({"step": "a", "ok": ok, "confidence": 0.5, "latency_s": 1.0}, task=f"{ok}{place}")
        for ok in (0, 1)
        for place in range(30)
    ]
    profile = Profile.fit(records)
    assert profile.steps["a"].calibration
    assert Profile.of_json(profile.json()) == profile


@pytest.mark.skipif(not UNIFIED.is_dir(), reason="the recorded runs are not beside the checkout")
@pytest.mark.parametrize("name", ["humaneval_policies", "tau_airline", "bigbench_mistake"])
def test_recorded_runs_of_others_can_be_fitted(name: str) -> None:
    """Whatever they leave out."""
    profile = Profile.fit(UNIFIED / f"{name}.jsonl.gz")
    assert all(step.trials > 0.0 for step in profile.steps.values())
    assert profile.notes
