"""Tuning on the command line: from what is known of the steps to a plan."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from surestep import plots
from surestep.budgets import CheckProfile, Plan, Profile, StepProfile
from tests.cli.command import target

REHEARSED = f"{Path(__file__).with_name('rehearsed.py')}:graph"
JUDGE = CheckProfile(accept_ok=0.95, accept_bad=0.1, latency_s=1.0, cost_usd=0.002)
STEP = StepProfile(success=0.9, latency_s=1.0, cost_usd=0.01, checks={"judge": JUDGE})
HOSTILE = "[red]x[/red]\n\x1b[31m"


@pytest.fixture
def tune(surestep):
    """The command over a stated profile of two steps."""
    Profile.of({"read": STEP, "decide": STEP}).write("known.json")
    return lambda *words: surestep("tune", "--profile", "known.json", *words)


def lines_of(said, title):
    """The lines of a block of the report, without its title and head."""
    _, _, rest = said.out.partition(title)
    block, _, _ = rest.partition("\n\n")
    return block.splitlines()[2:]


def test_the_chosen_plan_is_shown_and_written(tune):
    """It keeps the limits, and names every step."""
    said = tune("--slo", "reliability>=0.9")

    plan = Plan.read("plan.toml")
    assert plan.prediction().success.value >= 0.9
    assert set(plan.steps) == {"read", "decide"}
    shown = lines_of(said, "The chosen plan")[0]
    assert shown.split()[0] == "reliability"
    assert shown.endswith("≥ 90.0%")


def test_the_chosen_plan_is_marked_on_the_frontier(tune):
    """Once."""
    said = tune("--slo", "reliability>=0.9")

    rows = lines_of(said, "Frontier")
    assert sum(row.startswith("▶") for row in rows) == 1


def test_programs_get_everything(tune):
    """Plan, frontier, steps, assumptions, and where files are."""
    said = tune("--slo", "reliability>=0.9", "--json").result

    assert Plan.of_dict(said["plan"]) == Plan.read("plan.toml")
    assert said["plan"] in said["frontier"]
    assert [step["step"] for step in said["steps"]] == ["read", "decide"]
    assert said["assumes"][0].startswith("All rates are stated")
    assert said["files"] == ["plan.toml", "plan.html"]


def test_without_limits_the_plan_is_the_most_reliable(tune):
    """And a limit on cost makes it less so."""
    best = tune("--json").result["plan"]["predicted"]["success"]["value"]
    cheap = tune("--slo", "cost<=0.021", "--json").result["plan"]["predicted"]

    assert cheap["cost_usd"]["value"] <= 0.021
    assert cheap["success"]["value"] < best


def test_each_step_has_its_next_best_and_limits_their_price(tune):
    """What the plan was chosen instead of."""
    said = tune("--slo", "reliability>=0.9, human_minutes<=1")

    assert [row.split()[0] for row in lines_of(said, "The next best")[:2]] == ["read", "decide"]
    assert "A reliability that may be 0.001 less would better the mean cost by $" in said.out


def test_the_measurement_that_would_help_most_is_named(surestep):
    """Of steps that few labels are known of; stated rates leave nothing to measure."""
    unsure = replace(STEP, trials=20.0)
    Profile.of({"read": STEP, "decide": unsure}).write("few.json")
    words = ("tune", "--profile", "few.json", "--slo", "latency_p95_s<=20")
    (first, *_) = surestep(*words, "--json").result["measure"]

    assert (first["step"], first["runs"], first["objective"]) == ("decide", 100, "reliability")
    assert first["gain"] > 0.0
    assert "Labelling 100 more runs of decide would improve the plan most" in surestep(*words).out


def test_what_is_made_small_can_be_chosen(tune):
    """Here time instead of money."""
    limits = ("--slo", "reliability>=0.85", "--json")
    cost = tune(*limits).result["plan"]["predicted"]
    time = tune(*limits, "--minimise", "latency_p95").result["plan"]["predicted"]

    assert time["latency_p95_s"]["value"] <= cost["latency_p95_s"]["value"]
    assert time["cost_usd"]["value"] >= cost["cost_usd"]["value"]


def test_choices_that_are_made_already_are_kept(tune):
    """As in a plan file."""
    tune("--force", "decide.mode=off", "--force", "read.verifiers=judge")

    plan = Plan.read("plan.toml")
    assert plan.of("decide").mode == "off"
    assert plan.of("read").verifiers == ("judge",)


def test_limits_that_no_plan_keeps_are_told_with_the_nearest(tune):
    """On standard error; nothing is written."""
    said = tune("--slo", "reliability>=0.99, cost_usd<=0.0201")

    assert (said.code, said.out) == (2, "")
    assert "No plan meets reliability>=0.99, cost_usd<=0.0201." in said.err
    rows = [line.split()[0] for line in said.err.splitlines()]
    assert {"reliability", "cost_usd"} & set(rows)
    assert not Path("plan.toml").exists()


def test_programs_are_told_which_limit_stands_in_the_way(tune):
    """As one object, with the nearest plan on each side; the code stays that of bad input."""
    said = tune("--slo", "reliability>=0.99, cost_usd<=0.0201", "--json")
    told = said.result["infeasible"]

    assert (said.code, told["proved"], told["further_runs"]) == (2, True, None)
    for side in told["limits"]:
        plan = Plan.of_dict(side["plan"])
        assert set(plan.steps) == {"read", "decide"}
        assert (
            side["reachable"]
            != side["asked"]
            == {"reliability": 0.99, "cost_usd": 0.0201}[side["limit"]]
        )


def test_it_is_told_how_many_more_labelled_runs_would_do(surestep):
    """Of ten runs, none proves what a judge that never missed may well be good for."""
    judge = replace(JUDGE, accept_bad=0.0, trials_ok=90.0, trials_bad=10.0)
    step = replace(STEP, trials=100.0, checks={"judge": judge})
    Profile.of({"read": step}).write("known.json")
    said = surestep("tune", "--profile", "known.json", "--slo", "reliability>=0.985", "--json")

    runs = said.result["infeasible"]["further_runs"]
    assert 0 < runs <= 6400
    told = surestep("tune", "--profile", "known.json", "--slo", "reliability>=0.985").err
    assert f"Or label about {runs} further runs" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--minimise", "regret"], "'regret'"),
        (["--slo", "reliabilty>=0.9"], "'reliabilty>=0.9'"),
        (["--force", "decide"], "no step.key=value"),
        (["--force", "decide.mood=off"], "'mood'"),
        (["--force", "decode.mode=off"], "'decide'"),
        (["--against", "none.json"], "none.json"),
        (["--rehearse", "5"], "TARGET"),
        (["-o", "known.json/plan.toml"], "known.json/plan.toml"),
        (["--png", "known.json/plan.png"], "known.json/plan.png"),
    ],
)
def test_what_cannot_be_planned_is_bad_input(tune, words, told):
    """The message names what is wrong."""
    said = tune(*words)

    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_something_has_to_be_known(surestep):
    """A profile, or a graph to rehearse."""
    said = surestep("tune", "--slo", "reliability>=0.9")

    assert said.code == 2
    assert "--rehearse" in said.err


def test_a_profile_of_another_graph_is_refused(tune):
    """Before anything is planned."""
    said = tune(target("graph"))

    assert said.code == 2
    assert "'read' is unknown" in said.err


def test_the_page_and_the_picture_go_where_they_are_told(tune):
    """The page names what was asked for."""
    tune("--slo", "reliability>=0.9", "--html", "page.html", "--png", "picture.png")

    assert "reliability \\u2265 0.9" in Path("page.html").read_text()
    assert Path("picture.png").read_bytes().startswith(b"\x89PNG")
    assert not Path("plan.html").exists()


@pytest.mark.parametrize(("words", "code"), [([], 0), (["--html", "page.html"], 2)])
def test_a_page_needs_its_extra_only_if_it_is_asked_for(tune, monkeypatch, words, code):
    """Without, the plan alone is written."""
    monkeypatch.setitem(sys.modules, "altair", None)
    for name in ("page", "chart"):
        monkeypatch.delitem(sys.modules, f"surestep.plots.{name}", raising=False)
        monkeypatch.delattr(plots, name, raising=False)
    said = tune(*words)

    assert said.code == code
    assert Path("plan.toml").exists()
    assert ("surestep[plot]" in said.err) == (code == 2)


def test_names_of_steps_are_text(surestep):
    """Neither markup nor control sequences of a terminal."""
    Profile.of({HOSTILE: STEP}).write("odd.json")
    said = surestep("tune", "--profile", "odd.json")

    assert said.code == 0
    assert "\x1b" not in said.out
    assert Plan.read("plan.toml").steps.keys() == {HOSTILE}


def test_a_new_profile_is_held_against_an_old_one(tune):
    """With the difference, its interval, and a verdict; few trials are allowed one failure more."""
    worse = StepProfile(success=0.8, trials=20.0)
    Profile.of({"read": worse, "decide": worse}).write("old.json")
    said = tune("--against", "old.json", "--json").result["against"]

    assert said["verdict"] == "better"
    assert said["unchecked"]["after"]["value"] == pytest.approx(0.81)
    assert said["unchecked"]["before"]["value"] == pytest.approx((16 / 20.5) ** 2, abs=5e-3)


def test_what_may_be_chance_is_not_called_better(surestep):
    """Not below the confidence that is asked for."""
    for name, success in (("old", 0.85), ("new", 0.9)):
        Profile.of({"a": StepProfile(success=success, trials=30.0)}).write(f"{name}.json")
    words = ("tune", "--profile", "new.json", "--against", "old.json")

    assert "Not called better" in surestep(*words).out
    assert "\nBetter: " in surestep(*words, "--confidence", "0.6").out


def test_rehearsals_say_whether_the_prediction_holds(surestep):
    """Every figure predicted and measured, on cases the profile was not fitted to."""
    words = ("--rehearse", "20", "--slo", "reliability>=0.75", "--keep", "fitted.json")
    said = surestep("tune", REHEARSED, *words)

    rows = lines_of(said, "Rehearsed under this plan")[:5]
    assert [row.split("  ")[0] for row in rows] == [
        "reliability",
        "mean time",
        "95 % within",
        "mean cost",
        "people",
    ]
    assert all(row.rstrip().endswith(("inside", "by chance", "OUTSIDE")) for row in rows)
    shown = any(row.endswith("by chance") for row in rows)
    assert shown == ("By chance: outside, but" in said.out)
    assert Profile.read("fitted.json").steps["classify"].trials > 0


def test_rehearsals_for_programs(surestep):
    """As plain values, and nothing else on standard output."""
    words = ("--rehearse", "4", "--slo", "latency_mean_s<=60", "--json")
    (line,) = surestep("tune", REHEARSED, *words).out.splitlines()

    fits = {one["figure"]: one["fit"] for one in json.loads(line)["rehearsed"]}
    assert set(fits.values()) <= {"inside", "chance", "outside"}
    assert len(fits) == 5
