"""What a budget and an SLO accept, and how an SLO is written in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.budgets import SLO, Budget
from surestep.errors import PlanError

amounts = st.none() | st.floats(min_value=1e-9, max_value=1e9)
chances = st.floats(min_value=0.0, max_value=1.0, exclude_min=True, exclude_max=True)
slos = st.builds(
    SLO,
    reliability=st.none() | chances,
    latency_s=amounts,
    latency_mean_s=amounts,
    latency_p95_s=amounts,
    cost_usd=amounts | st.just(0.0),
    human_minutes=amounts | st.just(0.0),
    confidence=chances,
)


def test_a_budget_asks_for_nothing_by_default() -> None:
    """No field of an empty budget is a limit."""
    assert Budget() == Budget(latency_s=None, cost_usd=None)


def test_a_cost_of_zero_is_a_budget() -> None:
    """Zero dollars is a limit, not the absence of one."""
    assert Budget(cost_usd=0).cost_usd == 0


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf, True, "1"])
@pytest.mark.parametrize("field", ["latency_s", "cost_usd"])
@pytest.mark.parametrize("kind", [Budget, SLO])
def test_an_impossible_amount_is_refused_by_name(
    kind: type[Budget | SLO], field: str, bad: object
) -> None:
    """The error names the field and the value."""
    with pytest.raises(PlanError, match=rf"{kind.__name__} {field} is {bad!r}\."):
        kind(**{field: bad})


def test_a_latency_of_zero_is_impossible() -> None:
    """Nothing runs in no time."""
    with pytest.raises(PlanError, match=r"latency_s is 0\. Give more than 0 seconds"):
        Budget(latency_s=0)


@pytest.mark.parametrize("bad", [0.0, 1.0, -0.1, 1.1, math.nan])
@pytest.mark.parametrize("field", ["reliability", "confidence"])
def test_a_probability_lies_strictly_inside(field: str, bad: float) -> None:
    """Certainty cannot be asked for."""
    with pytest.raises(PlanError, match=f"SLO {field} is {bad!r}"):
        SLO(**{field: bad})


def test_a_missing_confidence_is_refused() -> None:
    """`None` means nothing where a number is always needed."""
    with pytest.raises(PlanError, match="SLO confidence is None"):
        SLO(confidence=None)  # type: ignore[arg-type]


@given(slos)
def test_an_slo_survives_json(slo: SLO) -> None:
    """`of_dict` reads what `as_dict` wrote."""
    assert SLO.of_dict(slo.as_dict()) == slo


@given(slos)
def test_an_slo_survives_the_command_line(slo: SLO) -> None:
    """Its fields written as words give it back."""
    sense = {"reliability": ">=", "confidence": "="}
    words = [f"{name}{sense.get(name, '<=')}{value!r}" for name, value in slo.as_dict().items()]
    assert SLO.of_words(words) == slo


def test_words_may_come_as_one_string_with_commas_and_units() -> None:
    """Both forms a shell makes easy to type."""
    slo = SLO.of_words("latency_p95_s<=12s, reliability >= 0.99")
    assert slo == SLO(latency_p95_s=12.0, reliability=0.99)


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("reliability<=0.9", "compares reliability with '<='. Write reliability>="),
        ("latency_s>=3", "compares latency_s with '>='. Write latency_s<="),
        ("speed<=3", "names no field of an SLO. Write one of reliability>=, latency_s<="),
        ("cost_usd<=cheap", "ends in 'cheap', which is no number"),
        ("cost_usd<=5s", "ends in '5s', which is no number"),
        ("cost_usd", "is no SLO"),
        ("", "is no SLO"),
        ("latency_s<=0", "latency_s is 0.0. Give more than 0 seconds"),
        ("cost_usd<=nan", "cost_usd is nan"),
    ],
)
def test_a_bad_word_is_named_with_its_remedy(word: str, problem: str) -> None:
    """The error quotes the word as it was typed."""
    with pytest.raises(PlanError) as caught:
        SLO.of_words([word])
    assert repr(word) in str(caught.value)
    assert problem in str(caught.value)


def test_a_field_given_twice_is_refused() -> None:
    """Neither of two limits silently wins."""
    with pytest.raises(PlanError, match=r"cost_usd is given twice, again in 'cost_usd<=2'"):
        SLO.of_words(["cost_usd<=1", "cost_usd<=2"])


def test_an_unknown_json_field_is_refused_with_the_closest() -> None:
    """A typing error is answered with the name that was meant."""
    with pytest.raises(PlanError, match=r"'cost' is unknown\. Did you mean 'cost_usd'"):
        SLO.of_dict({"cost": 1.0})


def test_a_json_field_that_is_no_number_is_refused() -> None:
    """Numbers are not read out of strings."""
    with pytest.raises(PlanError, match="SLO cost_usd is '1'"):
        SLO.of_dict({"cost_usd": "1"})


def test_a_name_may_leave_its_unit_out() -> None:
    """There is only one unit each."""
    written = SLO.of_words("latency_p95<=12s, latency_mean<=8, cost<=0.05")

    assert written == SLO(latency_p95_s=12.0, latency_mean_s=8.0, cost_usd=0.05)
