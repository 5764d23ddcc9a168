"""Tables that decide on outputs, against simulation, brute force and cases known in advance."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from surestep.budgets import Assurance, CheckProfile, PersonProfile, Plan, Profile, StepProfile
from surestep.budgets.planner.online.belief import GRID, levels, turns
from surestep.budgets.planner.online.judged import ACCEPT, CHECK, REDO, Worth
from surestep.budgets.planner.online.lattice import Lattice
from surestep.budgets.planner.online.tables import Course, tabled
from surestep.budgets.profiled import Confidence
from surestep.values import Effect
from tests.budgets.online.chains import SURE, chain, simulated

TIMED = Lattice(tick_s=1.0, ticks=40, unit_usd=1.0, units=0)


def tables_of(profile, lattice=TIMED, *, plan=None, wrong=1.0, per_usd=0.0, overrules=False):
    """The tables of a profile, by default under the plan that checks everything."""
    course = Course(profile, plan or Plan.everything())
    return tabled(course, lattice, Worth(wrong=wrong, per_usd=per_usd), overrules=overrules)


@pytest.mark.parametrize("ticks", [14, 20, 40])
@pytest.mark.parametrize("overrules", [False, True])
def test_runs_come_out_as_the_tables_say(ticks, overrules):
    """Success, delivery and cost of simulated runs, at any time left."""
    profile = chain(6)
    tables = tables_of(profile, per_usd=1e-3, overrules=overrules)
    found = simulated(profile, tables, TIMED, left=(0, ticks), runs=3000)

    right, delivered, cost = (float(one[0, ticks]) for one in tables.start)
    # Beliefs between the points of the grid count for a little more than they are worth.
    assert found.right == pytest.approx(right, abs=4 * 0.5 / 3000**0.5 + 0.005)
    assert found.delivered == pytest.approx(delivered, abs=4 * 0.5 / 3000**0.5)
    assert found.cost_usd == pytest.approx(cost, rel=0.03)


def test_runs_keep_within_their_money():
    """With a limit on money, tables by the units left say what comes of it."""
    profile = chain(4)
    lattice = Lattice(tick_s=1.0, ticks=30, unit_usd=1.0, units=16)
    tables = tables_of(profile, lattice)

    for units in (9, 12, 16):
        found = simulated(profile, tables, lattice, left=(units, 30), runs=2000)
        assert found.right == pytest.approx(float(tables.start[0][units, 30]), abs=0.045)
        assert found.cost_usd <= units


def test_the_best_of_three_choices_is_found_by_brute_force():
    """One step, one attempt and one check: accepting, or checking first, whichever is worth more.

    At P(right) = r, accepting is worth r - (1 - r), and checking .95 r - .1 (1 - r).
    """
    step = StepProfile(success=0.9, checks={"c": CheckProfile(accept_ok=0.95, accept_bad=0.1)})
    plan = Plan({"a": Assurance(retries=0)})
    table = tables_of(Profile.of({"a": step}), plan=plan).steps["a"]

    for place, right in enumerate(GRID):
        best = table.answer(1, float(right), 0, (0, 40)).best
        pays = 0.95 * right - 0.1 * (1 - right) > right - (1 - right)
        assert best == (CHECK if pays else ACCEPT), place


def test_a_sure_worker_is_not_checked_when_time_is_short():
    """With time to spare it is, and an unsure one either way until it is too late."""
    table = tables_of(chain(6)).steps["s0"]

    def best(confidence, ticks):
        right, heard = table.belief(1, confidence, ())
        return table.answer(1, right, heard, (0, ticks)).best

    assert best(0.95, 12) == ACCEPT
    assert best(0.95, 40) == CHECK
    assert best(0.5, 20) in (CHECK, REDO)


def test_the_surer_the_worker_the_less_it_is_checked():
    """What is accepted at one confidence is accepted at every higher one."""
    table = tables_of(chain(6), per_usd=5e-3).steps["s2"]

    for ticks in range(5, 41):
        actions = [table.answer(1, float(right), 0, (0, ticks)).best for right in GRID]
        first = actions.index(ACCEPT) if ACCEPT in actions[20:] else len(actions)
        above = [one for place, one in enumerate(actions) if place >= max(first, 20)]
        assert all(one == ACCEPT for one in above)


def test_more_time_is_never_worth_less():
    """Nor is more money."""
    lattice = Lattice(tick_s=1.0, ticks=30, unit_usd=1.0, units=16)
    worth = Worth().of(tables_of(chain(4), lattice).start)

    assert (np.diff(worth, axis=1) >= -1e-5).all()
    assert (np.diff(worth, axis=0) >= -1e-5).all()


def test_without_a_deadline_time_does_not_count():
    """One column of the table is enough."""
    lattice = Lattice(tick_s=1.0, ticks=0, unit_usd=1.0, units=0)
    tables = tables_of(chain(4), lattice)

    assert tables.start[0][0, 0] > tables_of(chain(4)).start[0][0, 15]
    assert tables.start.shape == (3, 1, 1)


def test_a_check_that_tells_nothing_is_never_asked():
    """It costs time and gains nothing."""
    blunt = {"c": CheckProfile(accept_ok=0.5, accept_bad=0.5, latency_s=1.0)}
    table = tables_of(chain(4, checks=blunt)).steps["s0"]

    asked = [
        table.answer(1, float(right), 0, (0, ticks)).best == CHECK
        for right in GRID
        for ticks in range(41)
    ]
    assert not any(asked)


def test_verifiers_of_one_blind_spot_say_less_after_one_another():
    """The second of a family finds less of what the first has let pass."""
    one = CheckProfile(accept_ok=0.95, accept_bad=0.1, family="f", blind=0.08)
    step = StepProfile(success=0.9, checks={"a": one, "b": one})
    found = turns(step, ("a", "b"))

    assert found[0, 1].accept_bad == pytest.approx(0.1)
    assert found[1, 1].accept_bad > 0.75


def test_confidence_levels_add_up_to_the_success_they_are_told():
    """Moved alike, and still in order."""
    step = StepProfile(success=0.8, calibration=SURE)
    found = levels(step, 0.6)

    assert sum(one.share * one.right for one in found) == pytest.approx(0.6)
    assert [one.right for one in found] == sorted(one.right for one in found)


def test_without_calibration_confidence_says_nothing():
    """One level, right as often as the step is."""
    assert [one.right for one in levels(StepProfile(success=0.8), 0.8)] == [0.8]


@pytest.mark.parametrize(
    "kept",
    [
        Assurance(samples=3),
        Assurance(vote=True),
        Assurance(human="always"),
    ],
)
def test_steps_a_table_cannot_decide_on_stay_as_planned(kept):
    """Votes, samples and people who approve everything."""
    profile = Profile.of(dict(chain(3).steps), person=PersonProfile(minutes=1.0))
    tables = tables_of(profile, plan=Plan({"s1": kept}))

    assert sorted(tables.steps) == ["s0", "s2"]


def test_what_a_step_does_to_the_world_is_checked_as_planned():
    """No table ever skips a check before it."""
    tables = tables_of(chain(2, effect=Effect.IRREVERSIBLE))

    assert not tables.steps


def test_a_person_who_takes_over_makes_refusing_cheaper():
    """Success rises by what is fixed."""
    alone = tables_of(chain(3))
    helped = Profile.of(dict(chain(3).steps), person=PersonProfile(minutes=1.0, fix=0.99))
    plan = Plan(default=Assurance(human="on_failure"))

    assert tables_of(helped, plan=plan).start[0][0, 40] > alone.start[0][0, 40]


def test_speculation_spares_the_time_of_checks():
    """The same steps deliver more within a tight deadline."""
    plan = Plan(default=Assurance(mode="speculative"))

    waiting = tables_of(chain(6)).start[0][0, 16]
    assert tables_of(chain(6), plan=plan).start[0][0, 16] > waiting + 0.03


def test_the_steps_beside_the_longest_way_count_as_planned():
    """A diamond whose arms differ in time: the shorter one costs success and money, no time."""
    step, short = chain(1).steps["s0"], chain(1, latencies_s=(1.0,)).steps["s0"]
    steps = {"a": step, "b": step, "c": short, "d": step}
    after = {"b": ["a"], "c": ["a"], "d": ["b", "c"]}
    both = tables_of(Profile.of(steps, after=after))
    line = tables_of(chain(3))

    assert both.start[0][0, 40] < line.start[0][0, 40]
    assert both.start[2][0, 40] > line.start[2][0, 40]
    assert sorted(both.steps) == ["a", "b", "c", "d"]


@cache
def published():
    """The chain of the published experiment, in ticks; one check may be asked three times over."""
    random = np.random.default_rng(0)
    sure = np.where(random.random(200_000) < 0.8, random.beta(99, 1, 200_000), 0.0)
    sure = np.sort(np.where(sure > 0, sure, random.beta(15.8, 4.2, 200_000)))
    bins = tuple(
        Confidence(said=float(part.mean()), right=float(part.mean()), trials=1.0)
        for part in np.array_split(sure, 40)
    )
    check = CheckProfile(accept_ok=0.95, accept_bad=0.1, latencies_s=(3.0, 5.0), cost_usd=1.0)
    step = StepProfile(
        success=0.95,
        latencies_s=(3.0, 3.0, 4.0, 4.0, 6.0),
        cost_usd=2.0,
        calibration=bins,
        checks={f"c{place}": check for place in range(3)},
    )
    profile = Profile.of({f"s{place}": step for place in range(20)})
    lattice = Lattice(tick_s=1.0, ticks=220, unit_usd=1.0, units=0)
    plan = Plan(default=Assurance(retries=3))
    prices = (0.0, 3e-3, 6e-3, 1e-2, 1.4e-2, 2e-2, 3e-2, 4e-2)
    starts = [
        tables_of(profile, lattice, plan=plan, wrong=0.0, per_usd=price, overrules=True).start
        for price in prices
    ]
    return np.stack(starts)


@pytest.mark.parametrize(
    ("deadline", "at_cost", "free"),
    [
        (130, [(48.7, 0.827), (46.3, 0.783)], 0.876),
        (150, [(53.6, 0.897), (51.0, 0.870)], 0.927),
        (180, [(61.8, 0.955), (56.1, 0.925)], 0.964),
        (220, [(65.0, 0.969), (59.9, 0.951)], 0.985),
    ],
)
def test_the_published_experiment_comes_out_alike(deadline, at_cost, free):
    """P(right and in time) of the best policy, at the mean cost of others and at any cost."""
    found = published()[:, :, 0, deadline]

    for cost, expected in at_cost:
        right = float(np.interp(cost, found[::-1, 2], found[::-1, 0]))
        assert right == pytest.approx(expected, abs=0.01)
    assert found[0, 0] == pytest.approx(free, abs=0.005)
