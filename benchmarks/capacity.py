"""How many reviewers a limit on waiting takes, found on the past and judged on what came after.

Arrivals: an hour of real requests to a code model (Azure LLM inference trace 2023, CC-BY-4.0), in
bursts. They stand in for escalations to people, of which no recording is public: each second is
taken for a minute, so that 8,819 requests spread over 57 hours, 154 an hour, burst as they did.
Service: 3 min on average, log-normal with a coefficient of variation of 1, drawn. The limit: 95 %
wait 15 min at most. Staff is found on the first half of the time, by playing it and by Erlang's
formula at its rate; both are judged on the second half. The reverse is shown too, where the half
that was planned for is the quieter one.

Our simulator is held against ciw: with its own draws on M/M/c (c=5, 70 % busy) and M/G/c (service
with a coefficient of variation of 1.5), means over several runs; on the trace with the same times.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

import _recorded
import ciw
import numpy as np
from _report import Figure, main

from surestep.review.capacity import staff_needed, what_present_staff_holds
from surestep.review.queue_replay import replay
from surestep.review.queueing import Load

SLA_S, SERVICE_S = 900.0, 180.0
STRETCH = 60.0
SERVERS, BUSY = 5, 0.7
ITEMS = 20_000
Times = list[float]


def measure(*, quick: bool) -> list[Figure]:
    """All figures; with `quick` by fewer runs of ciw."""
    arrivals = [STRETCH * at for at in _recorded.arrivals_s()]
    middle = (arrivals[0] + arrivals[-1]) / 2.0
    first = [at for at in arrivals if at <= middle]
    second = [at for at in arrivals if at > middle]
    runs = 16 if quick else 60
    return [
        *_judged("second half", first, second, at_most=SLA_S / 60.0),
        *_judged("first half, by the quieter second", second, first, at_most=None),
        *_against_ciw("M/M/c", _exponential, runs),
        *_against_ciw("M/G/c", _spread, runs),
        *_same_trace(arrivals),
    ]


def _judged(
    name: str, known: Sequence[float], new: Sequence[float], *, at_most: float | None
) -> Iterator[Figure]:
    service = _services(10_000, 0)
    found = staff_needed(known, service, sla_s=SLA_S)
    by_playing = what_present_staff_holds(
        new, service, reviewers=found.reviewers, sla_s=SLA_S, seed=1
    )
    by_formula = what_present_staff_holds(
        new, service, reviewers=found.by_formula, sla_s=SLA_S, seed=1
    )
    yield Figure(f"{name}: reviewers, by playing", found.reviewers, len(known))
    yield Figure(f"{name}: reviewers, by Erlang's formula", found.by_formula, len(known))
    yield Figure(
        f"{name}: p95 wait with those played, min",
        by_playing.now.wait_s / 60.0,
        len(new),
        at_most=at_most,
    )
    yield Figure(
        f"{name}: p95 wait with the formula's, min", by_formula.now.wait_s / 60.0, len(new)
    )
    yield Figure(f"{name}: arrivals those played hold, over observed", by_playing.room, len(new))


def _services(items: int, seed: int) -> Times:
    spread = math.sqrt(math.log(2.0))
    drawn = np.random.default_rng(seed).lognormal(
        math.log(SERVICE_S) - spread**2 / 2.0, spread, items
    )
    return [float(one) for one in drawn]


def _exponential(random: np.random.Generator) -> Times:
    return [float(one) for one in random.exponential(SERVICE_S, ITEMS)]


def _spread(random: np.random.Generator) -> Times:
    return [float(one) for one in random.gamma(1 / 1.5**2, SERVICE_S * 1.5**2, ITEMS)]


def _against_ciw(
    name: str, service: Callable[[np.random.Generator], Times], runs: int
) -> Iterator[Figure]:
    gap_s = SERVICE_S / SERVERS / BUSY
    ours, theirs = [], []
    for seed in range(runs):
        random = np.random.default_rng(seed)
        arrivals = random.exponential(gap_s, ITEMS).cumsum().tolist()
        done = replay(arrivals, service(random), reviewers=SERVERS)
        ours.append((done.mean_wait_s, done.wait_s()))
        # Other seeds than ours, so that the two agree by their laws and not by their draws.
        law = (
            ciw.dists.Exponential(1.0 / SERVICE_S)
            if name == "M/M/c"
            else ciw.dists.Gamma(1 / 1.5**2, SERVICE_S * 1.5**2)
        )
        ciw.seed(1_000 + seed)
        theirs.append(_by_ciw(ciw.dists.Exponential(1.0 / gap_s), law, ITEMS))
    for place, what in enumerate(("mean", "p95")):
        ratio = statistics.fmean(one[place] for one in ours) / statistics.fmean(
            one[place] for one in theirs
        )
        yield Figure(f"{name}: {what} wait, off from ciw", abs(ratio - 1.0), runs, at_most=0.1)
    load = Load(
        reviewers=SERVERS,
        arrivals_per_h=3600.0 / gap_s,
        service_s=SERVICE_S,
        service_cv=1.0 if name == "M/M/c" else 1.5,
    )
    mean = statistics.fmean(one[0] for one in ours)
    yield Figure(f"{name}: mean wait, off from the formula", abs(mean / load.mean_wait_s - 1), runs)


def _same_trace(arrivals: Times) -> Iterator[Figure]:
    service = _services(len(arrivals), 2)
    began = time.perf_counter()
    done = replay(arrivals, service, reviewers=12)
    ours_s = time.perf_counter() - began
    gaps = [*np.diff([0.0, *arrivals]).tolist(), 1e12]
    began = time.perf_counter()
    mean_s, p95_s = _by_ciw(
        ciw.dists.Sequential(gaps), ciw.dists.Sequential(service), len(arrivals), reviewers=12
    )
    theirs_s = time.perf_counter() - began
    for what, own, other in (
        ("mean", done.mean_wait_s, mean_s),
        ("p95", done.wait_s(), p95_s),
    ):
        off = abs(own / other - 1.0)
        yield Figure(f"trace: {what} wait, off from ciw", off, len(arrivals), at_most=0.1)
    yield Figure("trace: ours faster than ciw, times", theirs_s / ours_s, 1)


def _by_ciw(
    arrivals: object, service: object, items: int, *, reviewers: int = SERVERS
) -> tuple[float, float]:
    """The mean and 95 % wait that ciw finds, in seconds."""
    network = ciw.create_network(
        arrival_distributions=[arrivals],
        service_distributions=[service],
        number_of_servers=[reviewers],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(items, method="Finish")
    waits = [record.waiting_time for record in simulation.get_all_records()]
    return statistics.fmean(waits), float(np.quantile(waits, 0.95))


if __name__ == "__main__":
    main(__doc__, measure)
