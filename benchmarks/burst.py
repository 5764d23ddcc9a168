"""What becomes of reviewers in a burst of three times what they hold, with and without pressure.

Simulated days of 24 h: three reviewers, 3 min an item (exponential), a limit of 15 min for 95 %,
so they hold 49.5 items an hour. 80 % of that arrives, three times it (all of 49.5) from the second
to the third hour. One item in five must be approved, half are asked about if there is time, by a
log-normal score, the rest are sampled reviews. Served in this order of priority, unless it says
"first come". Waits and shed items are of those that arrive in the burst and the hour after it.

Recovered is who asks everything again and has no more items waiting than usual, counted from the
end of the burst. Who joins a queue is told a wait: the sum of those over the sum of what followed.
"""

from __future__ import annotations

import random
import statistics
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from _report import Figure, main

from surestep.review.backpressure import ArrivalRate, Arriving, Asking, Pressure
from surestep.review.queue_replay import replay, wait_quantile

MUST, ASKED, SAMPLED = 2, 1, 0
SHARES = (0.2, 0.5, 0.3)
HOUR_S = 3600.0
BURST = (1.0 * HOUR_S, 2.0 * HOUR_S)
SLA_S, SERVICE_S, REVIEWERS = 900.0, 180.0, 3
USUALLY, TIMES = 0.8, 3.0
PRESSURE = Pressure.of(
    reviewers=REVIEWERS,
    service_s=SERVICE_S,
    sla_s=SLA_S,
    # What must be approved in the burst, which is what the check beforehand is about.
    must_per_h=SHARES[0] * TIMES * 49.509,
)


@dataclass(frozen=True, slots=True)
class Day:
    """What arrives on one day: when, of which kind, for how long, with how much at stake."""

    at_s: Sequence[float]
    kinds: Sequence[int]
    service_s: Sequence[float]
    scores: Sequence[float]

    @classmethod
    def of(cls, seed: int) -> Day:
        """A day, drawn."""
        draw, now, at_s = random.Random(seed), 0.0, []
        held = PRESSURE.most.arrivals_per_h
        while now < 24.0 * HOUR_S:
            # The highest rate, of which arrivals outside the burst are a drawn share.
            now += draw.expovariate(TIMES * held / HOUR_S)
            if BURST[0] <= now < BURST[1] or draw.random() < USUALLY / TIMES:
                at_s.append(now)
        items = len(at_s)
        return cls(
            at_s=at_s,
            kinds=draw.choices((MUST, ASKED, SAMPLED), SHARES, k=items),
            service_s=[draw.expovariate(1.0 / SERVICE_S) for _ in range(items)],
            scores=[draw.lognormvariate(0.0, 1.5) for _ in range(items)],
        )


@dataclass(slots=True)
class Watched:
    """Lets items in under pressure, or all of them, and notes how it goes."""

    day: Day
    pressed: bool
    draw: random.Random
    asking: Asking = field(default_factory=Asking)
    rates: dict[int, ArrivalRate] = field(
        default_factory=lambda: dict.fromkeys((MUST, ASKED, SAMPLED), ArrivalRate())
    )
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=200))
    recovered_s: float | None = None
    began_s: list[float] = field(default_factory=list)
    told_s: dict[int, float] = field(default_factory=dict)

    def admit(self, place: int, now: float, waiting: int) -> bool:
        """Whether an item is asked about."""
        kind = self.day.kinds[place]
        self.rates[kind] = self.rates[kind].after(now)
        if self.pressed:
            self._press(now, waiting)
        if (
            now >= BURST[1]
            and self.recovered_s is None
            and self.asking.everything
            and waiting <= PRESSURE.usual
        ):
            self.recovered_s = now - BURST[1]
        if waiting:
            self.told_s[place] = PRESSURE.wait_s(waiting)
        return self._asked(kind, self.day.scores[place])

    def _press(self, now: float, waiting: int) -> None:
        must, asked, sampled = (self.rates[kind].now(now) for kind in (MUST, ASKED, SAMPLED))
        before = self.asking
        self.asking = PRESSURE.after(
            before,
            at_s=now,
            waiting=waiting,
            arriving=Arriving(must=must, asked=asked, sampled=sampled),
        )
        if before.everything and not self.asking.everything:
            self.began_s.append(now)

    def _asked(self, kind: int, score: float) -> bool:
        if kind == ASKED:
            self.recent.append(score)
            return score >= self.asking.threshold(self.recent)
        return kind == MUST or self.draw.random() < self.asking.sampled


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one day went, of items in the burst and the hour after it."""

    waits_s: dict[int, list[float]]
    shed: dict[int, float]
    stakes: float
    recovered_s: float
    began: int
    began_late: int
    told: float


def played(seed: int, *, pressed: bool, by_kind: bool = True) -> Outcome:
    """How a day goes."""
    day = Day.of(seed)
    watched = Watched(day, pressed, random.Random(f"{seed} sheds"))
    done = replay(
        day.at_s,
        day.service_s,
        reviewers=REVIEWERS,
        priorities=day.kinds if by_kind else None,
        admit=watched.admit,
    )
    end = BURST[1] + HOUR_S
    late = [place for place, at in enumerate(day.at_s) if BURST[0] <= at < end]
    waits: dict[int, list[float]] = {kind: [] for kind in (MUST, ASKED, SAMPLED)}
    for place in late:
        wait = done.waits_s[place]
        if wait is not None:
            waits[day.kinds[place]].append(wait)
    each = {kind: sum(day.kinds[place] == kind for place in late) for kind in waits}
    asked = [place for place in late if day.kinds[place] == ASKED]
    seen = sum(day.scores[place] for place in asked if done.waits_s[place] is not None)
    return Outcome(
        waits_s=waits,
        shed={kind: 1.0 - len(waits[kind]) / each[kind] for kind in waits},
        stakes=seen / sum(day.scores[place] for place in asked),
        recovered_s=watched.recovered_s if watched.recovered_s is not None else 22 * HOUR_S,
        began=len(watched.began_s),
        began_late=sum(BURST[0] <= at < end + HOUR_S for at in watched.began_s),
        told=_told(watched.told_s, done.waits_s),
    )


def _told(told_s: Mapping[int, float], waits_s: Sequence[float | None]) -> float:
    waited = [waits_s[place] or 0.0 for place in told_s]
    return sum(told_s.values()) / sum(waited)


def measure(*, quick: bool) -> list[Figure]:
    """All figures; with `quick` on fewer days."""
    days = range(40 if quick else 400)
    pressed = [played(seed, pressed=True) for seed in days]
    without = [played(seed, pressed=False) for seed in days]
    first_come = [played(seed, pressed=False, by_kind=False) for seed in days]
    return [
        *_waits("with pressure", pressed, at_most=SLA_S / 60.0),
        *_waits("without", without),
        *_waits("without, first come", first_come),
        _mean("with pressure: must-approve items shed", pressed, lambda d: d.shed[MUST], 0.0),
        _mean("with pressure: sampled reviews shed", pressed, lambda d: d.shed[SAMPLED]),
        _mean("with pressure: other approvals shed", pressed, lambda d: d.shed[ASKED]),
        _mean(
            "with pressure: share of their stakes still asked about", pressed, lambda d: d.stakes
        ),
        _mean("with pressure: times shedding began, a day", pressed, lambda d: d.began),
        _mean(
            "with pressure: of these in the burst and 2 h after", pressed, lambda d: d.began_late
        ),
        _mean("without, first come: told wait over the wait", first_come, lambda d: d.told),
    ]


def _waits(name: str, days: Sequence[Outcome], at_most: float | None = None) -> Iterator[Figure]:
    for what, kinds in (("must-approve", (MUST,)), ("all", (MUST, ASKED, SAMPLED))):
        waits = [wait for day in days for kind in kinds for wait in day.waits_s[kind]]
        p95_min = wait_quantile(waits, 0.95) / 60.0
        yield Figure(f"{name}: p95 wait of {what} items, min", p95_min, len(waits), at_most=at_most)
    yield _mean(f"{name}: recovery, min", days, lambda day: day.recovered_s / 60.0)


def _mean(
    name: str,
    days: Sequence[Outcome],
    value: Callable[[Outcome], float],
    at_most: float | None = None,
) -> Figure:
    return Figure(name, statistics.fmean(map(value, days)), len(days), at_most=at_most)


if __name__ == "__main__":
    main(__doc__, measure)
