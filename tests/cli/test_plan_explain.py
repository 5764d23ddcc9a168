"""Why a plan is as it is, on the command line."""

import pytest

from surestep.budgets import CheckProfile, PersonProfile, Plan, Profile, StepProfile

JUDGE = CheckProfile(accept_ok=0.95, accept_bad=0.1, latency_s=1.0, cost_usd=0.002)
STEP = StepProfile(success=0.9, latency_s=1.0, cost_usd=0.01, checks={"judge": JUDGE})


@pytest.fixture
def explain(surestep):
    """The command over a stated profile of two steps, and a plan that checks everything."""
    person = PersonProfile(minutes=2.0, fix=0.99)
    Profile.of({"read": STEP, "decide": STEP}, person=person).write("known.json")
    Plan.everything().write("plan.toml")
    return lambda *words: surestep("plan", "explain", *words, "--profile", "known.json")


def test_a_plan_by_hand_is_foretold(explain):
    """Step by step, with nothing left open."""
    said = explain("plan.toml", "--json").result

    attempts = 1 + 0.135 + 0.135**2
    assert said["plan"]["predicted"]["success"]["value"] == pytest.approx(
        (0.9 * 0.95 * attempts) ** 2
    )
    assert [step["step"] for step in said["steps"]] == ["read", "decide"]
    assert said["plan"]["steps"]["read"]["retries"] == 2


def test_without_limits_it_is_held_against_a_cheaper_one_that_does_as_well(explain):
    """As reliable, as fast, and with no more of people's time."""
    said = explain("plan.toml", "--json").result

    mine, best = said["plan"]["predicted"], said["best"]["predicted"]
    assert best["cost_usd"]["value"] <= mine["cost_usd"]["value"]
    for figure, at_most in (("latency_p95_s", 1.0), ("human_minutes", 1.0)):
        assert best[figure]["value"] <= at_most * mine[figure]["value"] + 1e-4
    assert best["success"]["value"] >= mine["success"]["value"] - 1e-4


def test_the_best_plan_is_said_to_be_the_best(surestep, explain):
    """And what came next for each of its steps."""
    limits = ("--slo", "reliability>=0.95, human_minutes<=1")
    surestep("tune", "--profile", "known.json", *limits)
    out = explain("plan.toml", *limits).out

    assert "No plan is better within these limits." in out
    below = out.partition("The next best treatment")[2].splitlines()[2:4]
    assert [line.split()[0] for line in below] == ["read", "decide"]
    assert "A reliability that may be 0.001 less would better the mean cost by" in out


def test_a_worse_plan_is_held_against_a_better_one(explain):
    """Only the steps it treats differently are named."""
    Plan.nothing().write("off.toml")
    out = explain("off.toml", "--slo", "reliability>=0.95").out

    assert "A better plan keeps these limits:" in out
    changed = out.partition("A better plan keeps these limits:")[2].splitlines()[2:4]
    assert [line.split()[:2] for line in changed] == [
        ["read", "unchecked"],
        ["decide", "unchecked"],
    ]


def test_limits_nothing_keeps_are_told(explain):
    """The plan itself is shown all the same."""
    said = explain("plan.toml", "--slo", "reliability>=0.99, cost_usd<=0.001")

    assert said.code == 0
    assert "No plan meets reliability>=0.99, cost_usd<=0.001." in said.out


def test_a_plan_of_another_graph_is_refused(explain):
    """It names a step the profile does not know."""
    Plan().with_step("draft", mode="off").write("other.toml")
    said = explain("other.toml")

    assert (said.code, said.out) == (2, "")
    assert "'draft' is unknown" in said.err
