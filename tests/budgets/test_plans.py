"""Plans as values and as files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from surestep.budgets import Assurance, Estimate, Plan
from surestep.errors import PlanError

from .strategies import plans

GRAPH = {"extract": ["schema"], "decide": ["policy", "judge"]}


def test_an_empty_plan_checks_everything_serially() -> None:
    """The plan nobody wrote is the careful one."""
    assert Plan.everything().of("decide") == Assurance(mode="serial")


def test_a_plan_of_nothing_checks_no_step() -> None:
    """All steps are off, named or not."""
    assert Plan.nothing().of("decide").mode == "off"


def test_a_step_of_its_own_comes_before_the_default() -> None:
    """The default is for the others only."""
    plan = Plan({"decide": Assurance(mode="off")})
    assert (plan.of("decide").mode, plan.of("draft").mode) == ("off", "serial")


def test_a_changed_plan_is_a_copy_with_the_other_keys_kept() -> None:
    """Switching the mode leaves the step's retries and the first plan alone."""
    plan = Plan({"decide": Assurance(retries=2)})
    changed = plan.with_step("decide", mode="off")
    assert changed.of("decide") == Assurance(mode="off", retries=2)
    assert plan.of("decide").mode == "serial"


def test_changing_an_unnamed_step_starts_from_the_default() -> None:
    """It keeps being treated as before in all other ways."""
    plan = Plan(default=Assurance(retries=3)).with_step("decide", mode="off")
    assert plan.of("decide") == Assurance(mode="off", retries=3)


@given(plans)
def test_a_changed_plan_keeps_no_prediction(plan: Plan) -> None:
    """What was predicted for another plan does not hold for this one."""
    changed = plan.with_step("decide", mode="off")
    assert (changed.predicted, changed.gap) == (None, None)


def test_an_unknown_key_is_refused_with_the_known_ones() -> None:
    """A typing error does not become a plan that checks nothing."""
    with pytest.raises(
        PlanError, match=r"Step 'decide': assurance key 'mod' .* Known: hedge_after_s, human"
    ):
        Plan().with_step("decide", mod="off")


@given(plans)
def test_a_plan_survives_toml(plan: Plan) -> None:
    """Whatever the steps are called, and however small the figures."""
    assert Plan.of_toml(plan.toml()) == plan


@given(plans)
def test_a_plan_survives_json(plan: Plan) -> None:
    """`of_dict` reads what `as_dict` wrote."""
    assert Plan.of_dict(plan.as_dict()) == plan


def test_a_plan_survives_a_file(tmp_path: Path) -> None:
    """A folder that is missing is made."""
    plan = Plan({"Prüfung/✓": Assurance(verifiers=("a", "b"), vote={"cap": 3})}, gap=0.5)
    plan.write(tmp_path / "plans" / "mine.toml")
    assert Plan.read(tmp_path / "plans" / "mine.toml") == plan


def test_the_file_reads_as_people_write_it() -> None:
    """Bare names stay bare, paths are quoted."""
    plan = Plan({"decide": Assurance(verifiers=("policy",)), "sub/deep": Assurance(mode="off")})
    assert plan.toml() == (
        '[default]\nmode = "serial"\n\n'
        '[steps.decide]\nmode = "serial"\nverifiers = ["policy"]\n\n'
        '[steps."sub/deep"]\nmode = "off"\n'
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[steps.decide]\nmode = off", "mine.toml is no TOML: Invalid value (at line 2, column 8)"),
        ("[steps.decide]\nmode = 'of'", "mine.toml: Step 'decide': mode is 'of'. Give one of"),
        ("[step.decide]", "mine.toml: plan key 'step' is unknown. Did you mean 'steps'?"),
        ("steps = 3", "mine.toml: steps is 3. Give a table"),
        ("steps.decide = 'off'", "mine.toml: steps.decide is 'off'. Give a table"),
        ("gap = -1", "mine.toml: gap is -1."),
        ("[predicted]\nsuccess = 1", "mine.toml: predicted lacks latency_mean_s,"),
        ("[steps.'']", "mine.toml: A step's name is ''."),
    ],
)
def test_a_broken_file_is_named_with_place_and_remedy(text: str, problem: str) -> None:
    """The error says where to look, down to the line or the step."""
    with pytest.raises(PlanError) as caught:
        Plan.of_toml(text, source="mine.toml")
    assert str(caught.value).startswith(problem)


def test_a_missing_file_is_named() -> None:
    """Reading is the one thing that was asked for, so its failure is bad input."""
    with pytest.raises(PlanError, match=r"The plan '/nowhere/plan\.toml' cannot be read"):
        Plan.read("/nowhere/plan.toml")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder is no file."""
    with pytest.raises(PlanError, match="cannot be written"):
        Plan().write(tmp_path)


def test_a_plan_fits_a_graph_that_has_its_steps_and_verifiers() -> None:
    """Steps the plan does not name are left to its default."""
    plan = Plan({"decide": Assurance(verifiers=("judge",))})
    plan.check(GRAPH)
    assert plan.of("extract").verifiers is None


@pytest.mark.parametrize(
    ("step", "verifiers", "problem"),
    [
        ("decid", (), "Step 'decid' is unknown. Did you mean 'decide'?"),
        ("decide", ("juge",), "Step 'decide': verifier 'juge' is unknown. Did you mean 'judge'?"),
        ("decide", ("schema",), "Step 'decide': verifier 'schema' is unknown. Known: judge, pol"),
    ],
)
def test_a_plan_for_another_graph_is_refused(
    step: str, verifiers: tuple[str, ...], problem: str
) -> None:
    """The closest names are suggested."""
    with pytest.raises(PlanError) as caught:
        Plan({step: Assurance(verifiers=verifiers)}).check(GRAPH)
    assert str(caught.value).startswith(problem)


def test_an_entry_that_is_no_assurance_is_refused() -> None:
    """A bare mode is a likely slip."""
    with pytest.raises(PlanError, match="Step 'decide' is 'off'"):
        Plan({"decide": "off"})  # type: ignore[dict-item]


def test_an_estimate_lies_in_its_interval() -> None:
    """An interval that misses its own value is nonsense."""
    with pytest.raises(PlanError, match=r"Estimate 2\.0 lies outside its interval 0\.0 to 1\.0"):
        Estimate(2.0, 0.0, 1.0)


def test_an_estimate_is_a_number() -> None:
    """Not knowing is `None` for the whole prediction, never NaN in it."""
    with pytest.raises(PlanError, match="low is nan"):
        Estimate(0.5, float("nan"), 1.0)
