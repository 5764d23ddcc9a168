"""What trials measured, beside what was predicted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from surestep.budgets import Estimate, PersonProfile
from surestep.errors import InputError
from surestep.rehearsal.case import Trial
from surestep.rehearsal.measured import Beside, beside, measured


def trials(times_s: Sequence[float], *, right: int, asked: int = 0) -> list[Trial]:
    """Trials that took so long, the first of them right, the first of them with a question."""
    return [
        Trial(
            given={},
            record={
                "ok": int(place < right),
                "machine_s": time_s,
                "cost_usd": 0.5,
                "steps": [{"human": {"decision": "approve"} if place < asked else None}],
            },
        )
        for place, time_s in enumerate(times_s)
    ]


def test_figures_are_those_of_the_runs() -> None:
    """Each with the interval its truth lies in."""
    found = measured(
        trials([1.0, 2.0, 3.0, 4.0], right=3, asked=2), person=PersonProfile(minutes=6.0)
    )
    assert found.success.value == 0.75
    assert (found.latency_mean_s.value, found.latency_p95_s.value) == (2.5, 4.0)
    assert found.cost_usd == Estimate(0.5, 0.5, 0.5)
    assert found.human_minutes.value == 3.0
    assert found.success.low < 0.75 < found.success.high
    assert found.latency_mean_s.low < 2.5 < found.latency_mean_s.high


def test_an_interval_narrows_with_the_runs() -> None:
    """Of success, and of the quantile of the time."""
    few, many = (measured(trials(range(n), right=n // 2)) for n in (20, 2000))

    def width(it: Estimate, scale: float) -> float:
        return (it.high - it.low) / scale

    assert width(many.success, 1) < width(few.success, 1) / 5
    assert width(many.latency_p95_s, 2000) < width(few.latency_p95_s, 20) / 3


def test_one_run_measures_nothing() -> None:
    """There is no telling how far it strays."""
    with pytest.raises(InputError, match="1 trials"):
        measured(trials([1.0], right=1))


@pytest.mark.parametrize(
    ("found", "fit"),
    [
        (Estimate(0.95, 0.93, 0.97), "inside"),
        (Estimate(0.98, 0.955, 0.99), "chance"),
        (Estimate(0.99, 0.98, 1.0), "outside"),
        (Estimate(0.80, 0.70, 0.88), "outside"),
    ],
)
def test_a_measured_figure_is_held_against_the_prediction(found: Estimate, fit: str) -> None:
    """Outside counts only if it is by more than so few runs may stray."""
    assert Beside(figure="success", predicted=Estimate(0.95, 0.9, 0.96), measured=found).fit == fit


def test_every_figure_has_its_line() -> None:
    """In the order of the prediction."""
    found = measured(trials([1.0, 2.0], right=1))
    lines = beside(found, found)
    assert [line.figure for line in lines] == [
        "success",
        "latency_mean_s",
        "latency_p95_s",
        "cost_usd",
        "human_minutes",
    ]
    assert {line.fit for line in lines} == {"inside"}
