"""Seeded draws."""

from statistics import mean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.rehearsal import Faults, Latency
from surestep.rehearsal.draw import Draws, fault, latency_s, task_rate

RATES = st.floats(0, 1)


@given(st.integers(), st.lists(st.text(), max_size=3))
def test_equal_keys_draw_equal_numbers(seed, parts):
    """A number belongs to its key, not to the moment it is drawn."""
    first = Draws.seeded(seed).at(*parts).uniform("x")

    assert first == Draws.seeded(seed).at(*parts).uniform("x")
    assert 0.0 <= first < 1.0


def test_parts_of_a_key_do_not_run_together():
    """The keys ("ab", "c") and ("a", "bc") are two."""
    world = Draws.seeded(1)

    assert world.at("ab", "c").uniform("x") != world.at("a", "bc").uniform("x")


def test_uniform_draws_are_uniform():
    """Mean and variance over many keys are those of the uniform distribution."""
    draws = [Draws.seeded(1).at(n).uniform("x") for n in range(20_000)]

    assert mean(draws) == pytest.approx(1 / 2, abs=0.01)
    assert mean(d * d for d in draws) == pytest.approx(1 / 3, abs=0.01)


@given(RATES, RATES, st.integers(0, 1000))
def test_a_task_rate_is_a_probability(rate, rho, task):
    """Whatever the mean and the correlation, a task's own rate lies in [0, 1]."""
    assert 0.0 <= task_rate(Draws.seeded(1).at(task), rate, rho) <= 1.0


@given(RATES)
def test_without_correlation_every_task_is_alike(rate):
    """A correlation of 0 leaves every task the role's own rate."""
    assert task_rate(Draws.seeded(1), rate, 0.0) == rate


@pytest.mark.parametrize("rho", [0.05, 0.3, 0.9, 0.999, 1.0])
@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_task_rates_keep_mean_and_correlation(rate, rho):
    """Over tasks, the rates' mean is the rate and their variance rho q (1 - q)."""
    own = [task_rate(Draws.seeded(3).at(task), rate, rho) for task in range(20_000)]

    assert mean(own) == pytest.approx(rate, abs=0.01)
    assert pvariance(own, rate) / (rate * (1 - rate)) == pytest.approx(rho, abs=0.03)


@pytest.mark.parametrize("rho", [5e-324, 1e-12, 1 - 1e-16])
@pytest.mark.parametrize("rate", [5e-324, 0.5, 1 - 1e-16])
def test_a_rate_or_correlation_at_the_edge_of_floats_is_drawn(rate, rho):
    """Shapes that no float holds neither hang nor fail."""
    assert 0.0 <= task_rate(Draws.seeded(1), rate, rho) <= 1.0


def test_a_constant_latency_is_its_median():
    """Nothing is drawn for a constant."""
    assert latency_s(Draws.seeded(1), Latency(median_s=0.8)) == 0.8


def test_a_lognormal_latency_has_its_median_and_spread():
    """Half the draws lie under the median, 84 % under one sigma more."""
    latency = Latency(kind="lognormal", median_s=2.0, sigma=0.5)
    drawn = sorted(latency_s(Draws.seeded(1).at(n), latency) for n in range(10_000))

    assert drawn[5_000] == pytest.approx(2.0, rel=0.03)
    assert drawn[8_413] == pytest.approx(2.0 * 2.718281828**0.5, rel=0.03)


def test_an_empirical_latency_draws_its_values():
    """Every value comes up, and no other."""
    latency = Latency(kind="empirical", values_s=(0.1, 0.2, 0.9))

    assert {latency_s(Draws.seeded(1).at(n), latency) for n in range(50)} == {0.1, 0.2, 0.9}


def test_faults_come_at_their_rates():
    """Each kind has its share, and the rest is untouched."""
    faults = Faults(rate_limit=0.2, dropped=0.1)
    met = [fault(Draws.seeded(1).at(n), faults) for n in range(10_000)]

    assert met.count("rate_limit") / 10_000 == pytest.approx(0.2, abs=0.02)
    assert met.count("dropped") / 10_000 == pytest.approx(0.1, abs=0.02)
    assert met.count(None) / 10_000 == pytest.approx(0.7, abs=0.02)
