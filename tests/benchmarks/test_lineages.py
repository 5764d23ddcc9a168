"""The bounds that speculation is measured against."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.loaded import load

lineages = load("_lineages")
SEEDS = st.integers(0, 10_000)


def accepted(draws: object, shape: object) -> list[str]:
    """The log of the run in which each step is tried until it passes."""
    log: list[str] = []
    for level in lineages.levels(shape):
        done = []
        for step in level:
            number = 1
            while not draws.of(log, step, number).passes:  # type: ignore[attr-defined]
                number += 1
            done.append(f"{step}.{number}")
        log += done
    return log


@given(SEEDS, st.sampled_from([0.25, 1.0, 4.0]), st.sampled_from([0.0, 0.1, 0.4]))
def test_supersteps_cost_a_chain_nothing(seed: int, check: float, refusing: float) -> None:
    """The simulated supersteps take as long as the recursion says."""
    draws, shape = lineages.Draws(seed, 1.0, check, refusing), lineages.chain(12)
    free_s = lineages.final_lineage_s(draws, shape, accepted(draws, shape))

    assert lineages.superstepped_s(draws, shape) == pytest.approx(free_s)


@given(SEEDS, st.sampled_from([0.25, 1.0, 4.0]), st.sampled_from([0.0, 0.1, 0.4]))
def test_no_bound_lies_above_a_harder_one(seed: int, check: float, refusing: float) -> None:
    """Knowing verdicts, running free, keeping to supersteps: each takes at least as long."""
    draws, shape = lineages.Draws(seed, 1.0, check, refusing), lineages.series_parallel(15, seed)
    log = accepted(draws, shape)
    knowing_s = lineages.final_lineage_s(draws, shape, log, knowing=True)
    free_s = lineages.final_lineage_s(draws, shape, log)

    assert knowing_s <= free_s <= lineages.superstepped_s(draws, shape) + 1e-9


def test_a_chain_without_refusals_waits_for_its_last_check() -> None:
    """The time is that of all the work, and of one check."""
    draws = lineages.Draws(1, 1.0, 1.0, 0.0)
    log = [f"n{place}.1" for place in range(5)]
    drawn = [draws.of(log[:place], f"n{place}", 1) for place in range(5)]
    last = max(
        sum(one.work_s for one in drawn[: place + 1]) + drawn[place].check_s for place in range(5)
    )

    assert lineages.final_lineage_s(draws, lineages.chain(5), log) == pytest.approx(last)
