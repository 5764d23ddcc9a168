"""Alarms that need no labels."""

from __future__ import annotations

import numpy as np
import pytest

from surestep.errors import PlanError
from surestep.review.shift import Shift

RANDOM = np.random.default_rng(5)
BEFORE = RANDOM.normal(size=200).tolist()


def watch(values: list[float] = BEFORE, *, items: float = 500, seed: int = 0) -> Shift:
    """A watch that has seen these values."""
    return Shift.against(values, items_between_false_alarms=items, seed=seed)


@pytest.mark.parametrize("values", [[5.0] * 30, [-5.0] * 30])
def test_a_change_is_noticed_in_either_direction(values: list[float]) -> None:
    """Within a few items, if it is large."""
    found = watch().first_alarm(values)
    assert found is not None
    assert found <= 20


def test_small_changes_take_longer() -> None:
    """Half a standard deviation, in a hundred items or so."""
    random = np.random.default_rng(1)
    found = [watch(seed=n).first_alarm(random.normal(0.5, size=1_000)) for n in range(20)]
    assert 20 < np.median([one or 1_000 for one in found]) < 200


@pytest.mark.parametrize("digits", [0, 8])
def test_false_alarms_are_as_rare_as_it_says(digits: int) -> None:
    """With ties and without: 50 items between them at least, on average."""
    random = np.random.default_rng(2)
    found = []
    for seed in range(200):
        values = random.normal(size=1_020).round(digits).tolist()
        alarm = watch(values[:20], items=50, seed=seed).first_alarm(values[20:])
        found.append(alarm or 1_000)
    assert np.mean(found) >= 50


def test_values_that_are_all_equal_are_no_change() -> None:
    """Ties are broken by a coin, not by order."""
    assert watch([1.0] * 50, items=2_000).first_alarm([1.0] * 300) is None


def test_a_watch_is_a_value() -> None:
    """The same values and seed, the same state; the watch before is as it was."""
    first = watch()
    assert first.after(0.3) == first.after(0.3)
    assert (len(first.seen), len(first.after(0.3).seen)) == (200, 201)
    assert first.after(0.3) != watch(seed=1).after(0.3)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "long"])
def test_a_value_that_is_no_number_is_refused(value: object) -> None:
    """From before as from now."""
    with pytest.raises(PlanError, match="value is"):
        watch().after(value)  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="value is"):
        watch([value])  # type: ignore[list-item]
