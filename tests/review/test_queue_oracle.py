"""Queues played by us against ciw, a simulator of queues by others."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import ciw
import numpy as np
import pytest

from surestep.review.queue_replay import replay

TRACE = Path(__file__).parents[3] / "shared/data/llm_arrivals/azure2023_code.csv.gz"
ITEMS = 4_000


def by_ciw(
    arrivals_s: list[float], service_s: list[float], reviewers: int, urgent: list[bool]
) -> list[float]:
    """The waits ciw finds, sorted; urgent items are served first."""
    classes = {}
    for name, wanted in (("urgent", True), ("other", False)):
        at = [one for one, is_it in zip(arrivals_s, urgent, strict=True) if is_it is wanted]
        times = [one for one, is_it in zip(service_s, urgent, strict=True) if is_it is wanted]
        # Far beyond the end, so that the sequences do not start again.
        gaps = [*np.diff([0.0, *at]).tolist(), 1e12]
        classes[name] = (gaps, times or [1.0])
    network = ciw.create_network(
        arrival_distributions={
            name: [ciw.dists.Sequential(gaps)] for name, (gaps, _) in classes.items()
        },
        service_distributions={
            name: [ciw.dists.Sequential(times)] for name, (_, times) in classes.items()
        },
        priority_classes={"urgent": 0, "other": 1},
        number_of_servers=[reviewers],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(len(arrivals_s), method="Finish")
    return sorted(record.waiting_time for record in simulation.get_all_records())


def ours(
    arrivals_s: list[float], service_s: list[float], reviewers: int, urgent: list[bool]
) -> list[float]:
    """The waits we find, sorted."""
    done = replay(
        arrivals_s, service_s, reviewers=reviewers, priorities=[int(one) for one in urgent]
    )
    return sorted(wait for wait in done.waits_s if wait is not None)


@pytest.mark.parametrize("cv", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_random_queues_agree_with_ciw(cv: float, share: float) -> None:
    """Poisson arrivals, service of any spread, with and without priorities: equal waits."""
    random = np.random.default_rng(int(10 * cv))
    arrivals = random.exponential(1.0, ITEMS).cumsum().tolist()
    service = random.gamma(1.0 / cv**2, 2.5 * cv**2, ITEMS).tolist()
    urgent = (random.random(ITEMS) < share).tolist()
    assert ours(arrivals, service, 3, urgent) == pytest.approx(
        by_ciw(arrivals, service, 3, urgent), abs=1e-6
    )


@pytest.mark.skipif(not TRACE.exists(), reason="the recorded arrivals are not there")
def test_a_recorded_trace_agrees_with_ciw() -> None:
    """Real requests to a model, in bursts: equal waits."""
    with gzip.open(TRACE, "rt", encoding="utf-8") as lines:
        arrivals = [float(row["t_s"]) for row in csv.DictReader(lines)][:ITEMS]
    service = np.random.default_rng(0).exponential(3.0, ITEMS).tolist()
    nobody = [False] * ITEMS
    assert ours(arrivals, service, 9, nobody) == pytest.approx(
        by_ciw(arrivals, service, 9, nobody), abs=1e-6
    )
