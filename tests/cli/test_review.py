"""Reviews and autonomy on the command line."""

import random

import pytest

from surestep.review.rungs import Rung
from surestep.storage import Store
from surestep.testing import run as virtual
from surestep.values import Decision
from surestep.verifiers.calibration import Calibrator
from tests.review.acted import acted, an_action, stands

TIERS = """
[[tiers]]
name = "all"
asking_usd = 1.0
error_usd = 100.0
error_share = 0.0
"""


@pytest.fixture
def run(surestep):
    """Runs a command on the database of these tests."""
    return lambda *words: surestep(*words, "--db", "s.db")


def filled(scene):
    """Do something with the database."""

    async def all_of_it():
        store = Store.open("s.db")
        await scene(store)
        store.close()

    virtual(all_of_it())


def outcomes(number):
    """Outputs of all confidences, as often right as a worker is that is too sure of itself."""

    async def scene(store):
        await stands(store, Rung.SAMPLED_REVIEW)
        draw = random.Random(0)
        for place in range(number):
            raw = draw.choice((0.6, 0.8, 0.95))
            row = an_action(place, raw=raw, confidence=raw)
            await store.reviews.put(row)
            await store.reviews.settle([row.key])
            right = draw.random() < raw**3
            said = Decision("approve" if right else "reject", actor="ann")
            await store.answer(row.question.question_id, said)

    return scene


def test_reviews_say_how_many_of_all_are_wrong(run):
    """With the interval, the money, and an alarm if there is one."""
    filled(outcomes(40))
    (line,) = run("review").out.splitlines()[1:]
    (found,) = run("review", "--json").result
    assert line.split()[:5] == ["decide", "40", "40", "of", "40"]
    assert line.endswith("errors")
    assert found["errors"]["low"] < found["errors"]["rate"] < found["errors"]["high"]
    assert found["wrong_usd"] == pytest.approx(10.0 * found["found"])


def test_a_step_nobody_reviews_is_named(run):
    """With those there are."""
    filled(outcomes(1))
    said = run("review", "--step", "pay")
    assert (said.code, said.out) == (2, "")
    assert "Known are: decide" in said.err


def test_a_calibrator_is_fitted_to_what_people_said(run):
    """The file reads as one, and the error of held-out halves falls."""
    filled(outcomes(300))
    said = run("review", "calibrate", "--step", "decide", "-o", "c.json", "--json").result
    assert said["after"]["error"] < said["before"]["error"]
    assert Calibrator.read("c.json")(0.95) == pytest.approx(0.95**3, abs=0.1)


def test_too_few_outcomes_are_not_calibrated_on(run):
    """And no file is written."""
    filled(outcomes(20))
    said = run("review", "calibrate", "--step", "decide", "-o", "c.json")
    assert (said.code, said.out) == (2, "")
    assert "too few to calibrate on" in said.err


def test_a_change_of_tiers_is_shown_before_anybody_makes_it(run, tmp_path):
    """By what is stored, or by what a calibrator makes of it."""
    filled(outcomes(300))
    (tmp_path / "tiers.toml").write_text(TIERS)
    words = ("review", "thresholds", "--step", "decide", "--tiers", "tiers.toml")
    assert "100.0% -> 0.0% go on unasked" not in run(*words).out
    said = run(*words, "--json").result
    assert said["after"]["asked"] > said["before"]["asked"]
    run("review", "calibrate", "--step", "decide", "-o", "c.json")
    careful = run(*words, "--calibrator", "c.json", "--json").result
    assert careful["after"]["errors"] < said["after"]["errors"] or careful["after"]["asked"] == 300


def test_autonomy_shows_what_is_missing(run):
    """For the next rung."""

    async def scene(store):
        await stands(store, Rung.APPROVE_BY_TIER)
        await acted(store, [True] * 5)

    filled(scene)
    said = run("autonomy").out
    assert "approve by tier" in said
    assert "decide lacks for 'sampled review':\n  - 15 more reviewed outcomes (5 of 20)" in said
    (found,) = run("autonomy", "--json").result
    assert (found["rung"], found["proposed"]) == ("approve by tier", None)


def test_a_person_promotes_by_name(run):
    """The history has who, why and what was known."""

    async def scene(store):
        await stands(store, Rung.APPROVE_BY_TIER)
        await acted(store, [True] * 40)

    filled(scene)
    assert "has earned 'sampled review'" in run("autonomy").out
    said = run("autonomy", "promote", "decide", "--by", "ann", "--why", "a good month", "--json")
    entry = said.result["history"][-1]
    assert (entry["rung"], entry["who"], entry["why"]) == ("sampled review", "ann", "a good month")
    assert entry["evidence"]["errors"]["reviewed"] == 40


def test_a_promotion_that_is_not_earned_is_refused(run):
    """With what is missing, and exit code 2."""
    filled(lambda store: stands(store, Rung.APPROVE_BY_TIER))
    said = run("autonomy", "promote", "decide")
    assert (said.code, said.out) == (2, "")
    assert "20 more reviewed outcomes (0 of 20)" in said.err


def test_an_incident_is_reported(run):
    """And the step asks about everything from then on."""
    filled(lambda store: stands(store, Rung.AUTONOMOUS))
    assert "approve every action" in run("autonomy", "incident", "decide", "--why", "twice").out
    assert "incident to 'approve every action'" in run("autonomy", "--step", "decide").out


def test_a_bad_review_demotes_as_it_is_decided(run):
    """Nobody has to look at the step's autonomy for that."""

    async def scene(store):
        await stands(store, Rung.SAMPLED_REVIEW)
        await acted(store, [False] * 19)
        await acted(store, [None], since=19)

    filled(scene)
    words = ("inbox", "decide", "t19/1/decide/1/review", "reject", "--message", "wrong")
    assert "Go on with" not in run(*words, "--by", "ann").out
    (found,) = run("autonomy", "--json").result
    assert found["history"][-1]["what"] == "demoted"
    assert found["rung"] == "approve by tier"


def test_a_queue_says_how_long_the_next_one_waits(run):
    """As far as anybody knows."""
    filled(lambda store: acted(store, [None] * 3))
    found = run("inbox", "queue", "review", "--json").result
    assert (found["waiting"], found["expected_wait_s"]) == (3, None)
    assert "3 wait." in run("inbox", "queue", "review").out
