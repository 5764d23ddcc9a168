"""Plans for SLOs: exact where they can be, bounded elsewhere, and honest about what cannot be."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from surestep.budgets import SLO, Assurance, CheckProfile, PersonProfile, Plan, Profile, StepProfile
from surestep.budgets.planner.aims import Aims
from surestep.budgets.planner.figures import Figures
from surestep.budgets.planner.infeasible import Infeasible
from surestep.budgets.planner.planning import plan
from surestep.budgets.planner.posing import posed
from surestep.budgets.planner.problem import Problem
from surestep.budgets.planner.selection.table import TOLERANCE
from surestep.budgets.planner.solve import solve
from surestep.errors import PlanError
from surestep.values import Effect
from tests.budgets.planner.tables import check, profile

DIAMOND = {"s1": ["s0"], "s2": ["s0"], "s3": ["s1", "s2"]}
FEW = {"retries": 1, "samples": 1, "quorum": 1, "human": "never"}


def few(it: Profile, slo: SLO, objective: str | None = None) -> Problem:
    """A problem with a handful of options per step, so that all selections can be listed."""
    return posed(it, Aims.of(slo, objective), forced=dict.fromkeys(it.steps, FEW))


def best(problem: Problem) -> float:
    """The least exact objective of a selection that exactly keeps the limits."""
    counts = [range(len(step)) for step in problem.options]
    found = (Figures(problem, np.array(one)) for one in itertools.product(*counts))
    return min((one.objective for one in found if one.keeps), default=math.inf)


@pytest.mark.parametrize(
    ("slo", "objective"),
    [
        (SLO(reliability=0.9), None),
        (SLO(latency_mean_s=6.0), None),
        (SLO(reliability=0.9, latency_mean_s=6.5), None),
        (SLO(latency_p95_s=7.5, cost_usd=10.0), None),
        (SLO(reliability=0.85, latency_p95_s=8.5), "cost_usd"),
        (SLO(reliability=0.9), "latency_mean_s"),
    ],
)
@pytest.mark.parametrize("after", [None, DIAMOND])
def test_a_plan_is_as_good_as_the_best_of_all(
    slo: SLO, objective: str | None, after: dict[str, list[str]] | None
) -> None:
    """On means and percentiles, chains and graphs, it equals listing every selection."""
    problem = few(profile(varied=True, after=after), slo, objective)

    result = solve(problem)

    least = best(problem)
    assert least < math.inf
    assert result.bound <= least * (1.0 + 1e-9)
    assert result.figures is not None
    assert result.figures.keeps
    assert least * (1.0 - 1e-9) <= result.figures.objective <= least * (1.0 + 2e-3)


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_is_never_broken(seed: int) -> None:
    """On random graphs no selection is better than the bound says."""
    rng = np.random.default_rng(seed)
    after = {
        f"s{late}": [f"s{early}" for early in range(late) if rng.random() < 0.5]
        for late in range(4)
    }
    it = profile(varied=True, after=after, seed=seed)
    problem = few(it, SLO(latency_p95_s=float(rng.uniform(3.0, 7.0))))

    assert solve(problem, refine=False).bound <= best(problem) * (1.0 + TOLERANCE)


def test_a_plan_says_everything_and_survives_toml() -> None:
    """Nothing is left to the step, and a file gives it back."""
    it = plan(profile(), SLO(reliability=0.95))

    assert set(it.steps) == {"s0", "s1", "s2", "s3"}
    assert all(one.retries is not None and one.verifiers is not None for one in it.steps.values())
    assert Plan.of_toml(it.toml()) == it


def test_a_plan_meets_what_is_asked_for() -> None:
    """Its prediction keeps every limit."""
    it = plan(profile(), SLO(reliability=0.95, latency_mean_s=7.0, cost_usd=12.0))

    assert it.predicted is not None
    assert it.predicted.success.value >= 0.95
    assert it.predicted.latency_mean_s.value <= 7.0
    assert it.predicted.cost_usd.value <= 12.0
    assert it.gap is not None
    assert it.gap <= 1e-3 + 1e-9


def test_stated_rates_are_predicted_without_an_interval() -> None:
    """What is stated is taken as exact."""
    predicted = plan(profile(), SLO(reliability=0.95)).predicted

    assert predicted is not None
    assert predicted.success.low == predicted.success.value == predicted.success.high


def test_uncertain_rates_are_planned_for_with_a_margin() -> None:
    """The lower end of what they leave open meets the target, not just the middle."""
    predicted = plan(profile(trials=400.0), SLO(reliability=0.9)).predicted

    assert predicted is not None
    assert predicted.success.low < predicted.success.value < predicted.success.high
    assert predicted.success.value > 0.905


def test_more_records_make_a_plan_cheaper() -> None:
    """A margin costs money."""
    few_records, many_records = (
        plan(profile(trials=trials), SLO(reliability=0.85)).predicted for trials in (60.0, 6000.0)
    )

    assert few_records is not None
    assert many_records is not None
    assert many_records.cost_usd.value < few_records.cost_usd.value


def test_forced_choices_are_respected() -> None:
    """Keys of one step, an assurance of another; the rest is planned around them."""
    forced = {"s0": {"mode": "off"}, "s1": Assurance(mode="serial", verifiers=("rule",), retries=3)}

    it = plan(profile(), SLO(reliability=0.8), forced=forced)

    assert it.of("s0").mode == "off"
    assert it.of("s1").verifiers == ("rule",)
    assert it.of("s1").retries == 3


def test_the_steps_of_a_plan_can_be_forced() -> None:
    """A plan changed by hand fixes the steps it names."""
    forced = Plan().with_step("s2", mode="off")

    assert plan(profile(), SLO(reliability=0.9), forced=forced).of("s2").mode == "off"


def test_an_unknown_forced_step_is_refused() -> None:
    """The closest known is suggested."""
    with pytest.raises(PlanError, match="Did you mean 's1'"):
        plan(profile(), SLO(), forced={"s11": {"mode": "off"}})


def test_an_unknown_objective_is_refused() -> None:
    """The known ones are listed."""
    with pytest.raises(PlanError, match="latency_mean_s"):
        plan(profile(), SLO(), objective="speed")


def test_what_no_plan_meets_names_what_is_in_the_way() -> None:
    """And the nearest plan on each side, which keeps all other limits."""
    with pytest.raises(Infeasible, match="No plan meets") as refusal:
        plan(profile(), SLO(reliability=0.97, cost_usd=6.0))

    error = refusal.value
    assert error.proved
    assert error.reachable["reliability"] < 0.97
    assert error.reachable["cost_usd"] > 6.0
    near = error.nearest["cost_usd"].predicted
    assert near is not None
    assert near.success.value >= 0.97


def test_a_verifier_no_better_than_chance_is_never_placed() -> None:
    """It says nothing, so it cannot pay."""
    useless = check(0.6, 0.7, 0.0, latency_s=0.0, cost_usd=0.0)
    it = Profile.of({"a": StepProfile(success=0.9, cost_usd=1.0, checks={"coin": useless})})

    assert plan(it, SLO(cost_usd=10.0)).of("a").verifiers == ()


def test_a_check_that_refuses_too_much_is_not_placed() -> None:
    """What is right most of the time loses more by refusals than by errors."""
    strict = CheckProfile(accept_ok=0.3, accept_bad=0.2, cost_usd=0.1)
    it = Profile.of({"a": StepProfile(success=0.995, cost_usd=1.0, checks={"strict": strict})})

    assert plan(it, SLO(cost_usd=1.5)).of("a").mode == "off"


def test_what_lasts_is_waited_for() -> None:
    """An irreversible step is never run beside its checks, nor redone."""
    step = StepProfile(
        success=0.9,
        latency_s=1.0,
        effect=Effect.IRREVERSIBLE,
        checks={"rule": check(0.95, 0.1, 0.0, latency_s=0.5, cost_usd=0.1)},
    )

    it = plan(Profile.of({"a": step}), SLO(latency_mean_s=5.0)).of("a")

    assert it.mode != "speculative"
    assert it.retries == 0


def test_checks_run_beside_what_follows_when_time_is_short() -> None:
    """Waiting for them would be too slow, leaving them out too unreliable."""
    it = plan(profile(), SLO(reliability=0.95, latency_mean_s=6.0))

    assert "speculative" in {one.mode for one in it.steps.values()}


def test_people_are_asked_within_their_minutes() -> None:
    """Where nothing else is reliable enough."""
    known = Profile.of(profile().steps, person=PersonProfile(minutes=3.0, fix=0.999))

    it = plan(known, SLO(reliability=0.99, human_minutes=2.0))

    assert it.predicted is not None
    assert 0.0 < it.predicted.human_minutes.value <= 2.0
    assert {one.human for one in it.steps.values()} != {"never"}


def test_a_vote_is_only_placed_where_answers_can_be_compared() -> None:
    """The step names its vote, and the plan runs it by that name."""
    step = StepProfile(success=0.9, cost_usd=1.0, vote="majority")
    voting, silent = Profile.of({"a": step}), Profile.of({"a": StepProfile(success=0.8)})

    it = plan(voting, SLO(reliability=0.95)).of("a")

    assert it.verifiers == ("majority",)
    assert it.vote
    assert not plan(silent, SLO()).of("a").vote


def test_a_step_that_cannot_spoil_the_end_is_left_alone() -> None:
    """Its criticality is 0."""
    steps = dict(profile(2).steps)
    harmless = StepProfile(
        success=0.5, cost_usd=1.0, latency_s=1.0, criticality=0.0, checks=steps["s0"].checks
    )

    it = plan(Profile.of({**steps, "notes": harmless}), SLO(reliability=0.95))

    assert it.of("notes").mode == "off"


def test_a_loop_is_charged_for_all_its_visits() -> None:
    """Twice as many visits, twice the money and the logarithm of the risk."""
    once, twice = (
        Figures(
            posed(
                Profile.of({"a": StepProfile(success=0.9, latency_s=1.0, cost_usd=1.0, visits=v)}),
                Aims.of(SLO()),
            ),
            np.array([0]),
        )
        for v in (1.0, 2.0)
    )

    assert twice.cost_usd == pytest.approx(2.0 * once.cost_usd)
    assert twice.mean_loss == pytest.approx(2.0 * once.mean_loss)
    assert twice.latency.mean_s == pytest.approx(2.0 * once.latency.mean_s)
