"""The machine time of whole graphs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surestep.budgets import Assurance, CheckProfile, StepProfile
from surestep.budgets.algebra import Law, Treated, chain, makespan, treated
from surestep.budgets.algebra.lineages import sampled, times
from surestep.budgets.algebra.parallel import reduced
from surestep.values import Mode
from tests.budgets.algebra.cases import references, step
from tests.budgets.algebra.playing import Game, Played

RUNS = 3000
WORK = tuple(np.random.default_rng(1).lognormal(0.0, 0.5, 40).round(2).tolist())
CHECK = tuple(np.random.default_rng(2).lognormal(0.3, 0.7, 40).round(2).tolist())


def _treated(
    refuse: float, mode: Mode = "speculative", *, lag_s: float | None = None, tick_s: float = 0.02
) -> Treated:
    """A step whose outputs are refused with this probability, whatever they are like."""
    slow = {"latencies_s": CHECK} if lag_s is None else {"latency_s": lag_s}
    check = CheckProfile(accept_ok=1.0 - refuse, accept_bad=1.0 - refuse, **slow)
    work = {"latencies_s": WORK} if lag_s is None else {"latency_s": 1.0}
    one = StepProfile(success=1.0, checks={"check": check}, **work)
    return treated(one, Assurance(mode=mode, retries=40), tick_s=tick_s)


def _played(refuse: float, mode: Mode = "speculative") -> Played:
    return Played(
        lambda random: float(random.choice(WORK)),
        lambda random: float(random.choice(CHECK)),
        refuse,
        speculative=mode == "speculative",
    )


DIAMOND = {"b": ("a",), "c": ("a",), "d": ("b", "c")}
RUNGS = {"b": ("a",), "c": ("a",), "d": ("b",), "e": ("b", "c"), "f": ("d", "e")}
LINE = {late: (early,) for early, late in pairwise("abcde")}
GRAPHS: Mapping[str, tuple[Mapping[str, Sequence[str]], Sequence[str]]] = {
    "chain": (LINE, ()),
    "chain with barriers": (LINE, ("c", "e")),
    "diamond": (DIAMOND, ()),
    "diamond with a barrier": (DIAMOND, ("d",)),
    "rungs": (RUNGS, ()),
    "rungs with barriers": (RUNGS, ("c", "f")),
    "two ends": ({"b": ("a",), "c": ("a",)}, ()),
}


@pytest.mark.parametrize("waiting", ["", "bdf"])
@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_takes_as_long_as_runs_played_event_by_event(name: str, waiting: str) -> None:
    """Mean and probabilities within four standard errors of both; some steps wait, or all go on."""
    after, barriers = GRAPHS[name]
    names = sorted({*after, *(early for names in after.values() for early in names)})
    modes: dict[str, Mode] = {one: "serial" if one in waiting else "speculative" for one in names}
    refuse = {one: 0.1 + 0.1 * (place % 3) for place, one in enumerate(names)}
    steps = {one: _treated(refuse[one], modes[one]) for one in names}
    law = makespan(steps, after, barriers=barriers, draws=RUNS)
    random = np.random.default_rng(3)
    played = {one: _played(refuse[one], modes[one]) for one in names}
    games = (Game(played, after, frozenset(barriers), random) for _ in range(RUNS))
    ends = np.array([game.played() for game in games])
    error = 4.0 * ends.std() / RUNS**0.5 * 2.0**0.5
    assert law.mean_s == pytest.approx(ends.mean(), abs=error)
    for q in (0.5, 0.9, 0.95):
        place = float(np.quantile(ends, q))
        assert law.cdf(place) == pytest.approx(q, abs=4.0 * (2.0 * q * (1.0 - q) / RUNS) ** 0.5)


def test_a_chain_that_speculates_is_as_the_references_say() -> None:
    """And one that waits; for several panels and check times."""
    for name, reference in references("speculation mean multiple n=20").items():
        found = re.fullmatch(r"(\d)of(\d) kappa(.*)", name)
        assert found is not None
        refusing, size, lag_s = int(found[1]), int(found[2]), float(found[3])
        check = CheckProfile(accept_ok=0.95, accept_bad=0.1, latency_s=lag_s)
        checks = {str(i): check for i in range(size)}
        one = StepProfile(success=0.95, latency_s=1.0, checks=checks)
        how = {"retries": 12, "quorum": size - refusing + 1}
        for mode, key in (("speculative", "spec"), ("serial", "serial")):
            law = chain([treated(one, Assurance(mode=mode, **how), tick_s=0.05)] * 20)
            assert law.mean_s / 20.0 == pytest.approx(reference[key], abs=1e-6), name


def test_hot_spares_are_as_the_references_say() -> None:
    """Two outputs at once, what follows going on with the first."""
    for name, reference in references("hot spare 2, branch 2 (R, kappa=1)").items():
        how = Assurance(
            mode="speculative", samples=2, retries=8, quorum=int(name[3]) - int(name[0]) + 1
        )
        law = chain([treated(step(int(name[3])), how, tick_s=1.0)] * 20)
        assert law.mean_s / 20.0 == pytest.approx(reference["hot"], abs=1e-6), name


@pytest.mark.parametrize(
    ("vote", "mean", "late"),
    [((3, 3), 1.0173, 1.10), ((3, 5), 1.0027, 1.0), ((2, 2), 1.0553, 1.15), ((2, 4), 1.0078, 1.05)],
)
def test_voting_while_going_on_is_as_the_references_say(
    vote: tuple[int, int], mean: float, late: float
) -> None:
    """Twenty steps, in multiples of an unverified chain: the mean, and the 95th percentile."""
    numbers = {"ahead_by": vote[0], "first": vote[1], "wave": 2, "cap": vote[1] + 12}
    one = treated(step(0), Assurance(mode="speculative", vote=numbers), tick_s=1.0)
    law = chain([one] * 20)
    assert law.mean_s / 20.0 == pytest.approx(mean, abs=1e-4)
    assert law.quantile_s(0.95) / 20.0 == pytest.approx(late)


@given(
    st.integers(1, 12),
    st.floats(0.0, 0.4),
    st.sampled_from([0.25, 0.5, 1.0, 2.0]),
    st.sets(st.integers(1, 11), max_size=4),
)
@settings(max_examples=30, deadline=None)
def test_speculation_saves_one_check_a_step_but_for_the_last_and_those_before_barriers(
    size: int, refuse: float, lag_s: float, cuts: set[int]
) -> None:
    """E[serial] - E[speculative] = (n - 1 - B) * lag for every rate of refusal."""
    barriers = [cut for cut in cuts if cut < size]
    modes: tuple[Mode, Mode] = ("serial", "speculative")
    serial, quick = (
        chain([_treated(refuse, mode, lag_s=lag_s, tick_s=0.25)] * size, barriers=barriers).mean_s
        for mode in modes
    )
    assert serial - quick == pytest.approx((size - 1 - len(barriers)) * lag_s, abs=1e-6)


def test_speculation_is_as_the_references_say_for_every_rate_of_refusal() -> None:
    """One check of the length of the work."""
    for rate, reference in references("speculation curve kappa=1 n=20 vs R").items():
        for mode, key in (("speculative", "spec"), ("serial", "serial")):
            one = _treated(float(rate), mode, lag_s=1.0, tick_s=1.0)
            assert chain([one] * 20).mean_s / 20.0 == pytest.approx(reference[key], abs=1e-6)


def _exact(graph: str, mode: Mode, lag_s: float = 0.5) -> tuple[Law | None, Law]:
    """The law of a graph by reduction, and by sampling."""
    after, barriers = GRAPHS[graph]
    before = {name: tuple(after.get(name, ())) for name in "abcdef"[: len(after) + 1]}
    steps = {
        name: _treated(0.1 + 0.1 * place, mode, lag_s=lag_s, tick_s=0.25)
        for place, name in enumerate(before)
    }
    order = tuple(before)
    drawn = sampled(steps, before, order, frozenset(barriers), draws=20_000, seed=5)
    return reduced(steps, before, order, frozenset(barriers)), drawn


@pytest.mark.parametrize("mode", ["serial", "speculative"])
@pytest.mark.parametrize("graph", ["diamond", "diamond with a barrier", "two ends", "chain"])
def test_series_parallel_graphs_are_reduced_to_what_sampling_finds(graph: str, mode: Mode) -> None:
    """Every probability within four standard errors of twenty thousand runs."""
    exact, drawn = _exact(graph, mode)
    assert exact is not None
    below = np.cumsum(exact.pmf)
    for place in np.searchsorted(below, [0.1, 0.5, 0.9, 0.99]):
        share = min(1.0, float(below[place]))
        error = 4.0 * (share * (1.0 - share) / 20_000) ** 0.5 + 1e-9
        assert drawn.cdf(place * exact.tick_s) == pytest.approx(share, abs=error)


def test_a_graph_that_is_not_series_parallel_is_left_to_sampling() -> None:
    """So is one in which an early verdict may be the last thing waited for."""
    assert _exact("rungs", "serial")[0] is None
    steps = dict.fromkeys("abcd", _treated(0.1, lag_s=0.5)) | {"a": _treated(0.1, lag_s=9.0)}
    before = {"a": (), **DIAMOND}
    assert reduced(steps, before, tuple(before), frozenset()) is None


def test_a_serial_diamond_takes_its_slower_arm() -> None:
    """Exactly: the sum of both ends, and the longer of the two between."""
    one = _treated(0.2, "serial")
    law = makespan(dict.fromkeys("abcd", one), DIAMOND)
    both = one.advance.then(one.advance).then(one.advance.slowest(2))
    assert law.mean_s == pytest.approx(both.mean_s)
    assert law.quantile_s(0.95) == pytest.approx(both.quantile_s(0.95))


def test_drawn_times_have_the_laws_they_are_drawn_from() -> None:
    """And the dependence that a vote has between them."""
    vote = {"ahead_by": 2, "first": 3, "wave": 2, "cap": 9}
    one = StepProfile(success=0.7, latencies_s=WORK)
    found = treated(one, Assurance(mode="speculative", vote=vote), tick_s=0.02)
    chances = np.random.default_rng(4).random((3, 50_000))
    advance, confirm = times(found, chances)
    both = sum(b.share * (b.advance.mean_s * b.confirm.mean_s) for b in found.branches)
    for drawn, mean in (
        (advance * 0.02, found.advance.mean_s),
        (confirm * 0.02, found.confirm.mean_s),
        (advance * confirm * 0.02**2, both),
    ):
        assert drawn.mean() == pytest.approx(mean, abs=4.0 * drawn.std() / 50_000**0.5)


def test_a_step_keeps_its_random_numbers_when_another_is_treated_differently() -> None:
    """So that two plans are compared on the same runs."""
    quick, slow = _treated(0.1, lag_s=0.5), _treated(0.4, lag_s=0.5)
    base = dict.fromkeys("abcdef", quick)
    laws = [
        makespan({**base, "c": one}, RUNGS, draws=500, seed=1).mean_s
        for one in (quick, quick, slow)
    ]
    assert laws[0] == laws[1] < laws[2]
