"""What verifiers accept, and where they err together."""

from __future__ import annotations

import pytest

from surestep.budgets import CheckProfile, Profile

from .worlds import judged, run


def checks(records: list[dict[str, object]], **options: object) -> dict[str, CheckProfile]:
    """The verifiers of the one step of these records."""
    return dict(Profile.fit(records, **options).steps["a"].checks)  # type: ignore[arg-type]


def test_rates_of_acceptance_are_found_again() -> None:
    """On right and on wrong outputs, with the outputs behind each."""
    check = checks(judged({"v": (0.9, 0.2)}, runs=3000))["v"]
    assert check.accept_ok == pytest.approx(0.9, abs=0.03)
    assert check.accept_bad == pytest.approx(0.2, abs=0.05)
    assert check.trials_ok + check.trials_bad == pytest.approx(3000.0)


def test_independent_verifiers_are_no_family() -> None:
    """Even though both tend to accept what is right."""
    found = checks(judged({"v": (0.9, 0.3), "w": (0.8, 0.2)}, runs=2000))
    assert [check.family for check in found.values()] == ["", ""]


def test_verifiers_that_err_together_become_a_family() -> None:
    """And the blind spot they share is measured."""
    found = checks(judged({"v": (0.95, 0.1), "w": (0.95, 0.1)}, runs=4000, blind=0.4))
    assert {check.family for check in found.values()} == {"v"}
    assert found["v"].blind == pytest.approx(0.4, abs=0.06)


def test_a_shared_blind_spot_is_reported() -> None:
    """With what it means for more verifiers of this kind."""
    records = judged({"v": (0.95, 0.1), "w": (0.95, 0.1)}, runs=2000, blind=0.4)
    assert any("more of the same will not help" in note for note in Profile.fit(records).notes)


def test_a_known_family_is_kept() -> None:
    """As it is given, or as the verdicts say."""
    plain = judged({"v": (0.9, 0.3), "w": (0.8, 0.2)}, runs=50)
    assert checks(plain, families={"v": "gpt", "w": "gpt"})["w"].family == "gpt"
    verdicts = {"v": {"status": "pass", "family": "gpt"}}
    told = checks([run({"step": "a", "ok": 1, "verdicts": verdicts})])
    assert told["v"].family == "gpt"


def test_blindness_a_lone_verifier_shares_with_the_worker_is_measured() -> None:
    """Where the wrong outputs of whole tasks are accepted again and again."""
    records = [
        run({"step": "a", "ok": 0, "verdicts": {"v": int(task < 30)}}, task=f"t{task}")
        for task in range(100)
        for _ in range(4)
    ]
    check = checks(records)["v"]
    assert check.blind == pytest.approx(0.3, abs=0.02)
    assert check.trials_bad == pytest.approx(100.0, rel=0.02)


def test_refused_outputs_tried_again_do_not_make_a_verifier_look_strict() -> None:
    """A right output refused again and again is one refusal, not five."""
    stuck = [{"step": "a", "ok": 1, "verdicts": {"v": 0}}] * 5
    fine = {"step": "a", "ok": 1, "verdicts": {"v": 1}}
    records = [run(*stuck, task="s"), *(run(fine, task=f"t{place}") for place in range(9))]
    check = checks(records)["v"]
    assert check.accept_ok == pytest.approx(0.9)
    assert check.persistence > 0.9


def test_a_rate_nobody_could_see_leans_on_other_steps() -> None:
    """It counts for little, and the notes say so."""
    seen = judged({"v": (0.9, 0.2)}, runs=200)
    unseen = [run({"step": "b", "ok": 1, "verdicts": {"v": 1}}, task=f"b{it}") for it in range(9)]
    profile = Profile.fit([*seen, *unseen])
    check = profile.steps["b"].checks["v"]
    assert check.accept_bad == pytest.approx(profile.steps["a"].checks["v"].accept_bad, abs=0.02)
    assert check.trials_bad == 2.0
    assert any("hardly any output known to be wrong at b" in note for note in profile.notes)


def test_times_and_prices_of_checks_are_kept() -> None:
    """Where verdicts say them."""
    verdicts = [{"v": {"status": 1, "latency_s": s, "cost_usd": 0.5}} for s in (1.0, 3.0)]
    records = [run({"step": "a", "ok": 1, "verdicts": it}, task=str(it)) for it in verdicts]
    check = checks(records)["v"]
    assert (check.latency_s, check.latencies_s, check.cost_usd) == (2.0, (1.0, 3.0), 0.5)
