"""How the queues, their reviewers and the steps are doing: figures as values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from surestep.storage import Item
from surestep.web.judgements import Judged
from surestep.web.rows import stake_usd
from surestep.web.waiting import decided_at

DAY_S = 86_400.0
Row = dict[str, object]
_MOST_POINTS = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """How one queue is doing.

    Attributes:
        name: of the queue.
        open: how many items wait.
        stake_usd: what they are about, in US dollars.
        overdue: how many of them have no time left.
        oldest_s: how long ago the first of them was asked, in seconds; `None` if none waits.
        decided: how many were decided in the last 24 hours.
        wait_p50_s: how long half of those waited at most, in seconds; `None` if there are none.
        wait_p95_s: how long 95 % of those waited at most, in seconds; `None` if there are none.
    """

    name: str
    open: int
    stake_usd: float
    overdue: int
    oldest_s: float | None
    decided: int
    wait_p50_s: float | None
    wait_p95_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one reviewer does.

    Attributes:
        name: of the reviewer.
        holds: how many items they work on now.
        decided: how many they decided in the last 24 hours, by kind.
    """

    name: str
    holds: int
    decided: Mapping[str, int]


def queues(open_ones: Sequence[Item], decided: Sequence[Item], *, now: float) -> list[QueueFigures]:
    """How each queue is doing, by name."""
    names = {one.question.queue for one in (*open_ones, *decided)}
    return [
        _queue(
            name,
            [one for one in open_ones if one.question.queue == name],
            sorted(_wait_s(one) for one in _lately(decided, now) if one.question.queue == name),
            now,
        )
        for name in sorted(names)
    ]


def loads(open_ones: Iterable[Item], decided: Iterable[Item], *, now: float) -> list[Load]:
    """What each reviewer does, the busiest first."""
    held = Counter(one.holder(now) for one in open_ones if one.holder(now))
    done: dict[str, Counter[str]] = defaultdict(Counter)
    for item in _lately(decided, now):
        decision = item.question.decision
        if decision is not None:
            done[decision.actor][decision.kind] += 1
    names = sorted({*held, *done}, key=lambda name: (-done[name].total(), name))
    return [Load(name=name, holds=held[name], decided=dict(done[name])) for name in names]


def depth_rows(open_ones: Iterable[Item], decided: Iterable[Item], *, now: float) -> list[Row]:
    """How many items of each queue were open, whenever that changed in the last 24 hours."""
    moves = [(one.question.asked_at, 1, one.question.queue) for one in (*open_ones, *decided)]
    moves += [(decided_at(one), -1, one.question.queue) for one in decided]
    depth: Counter[str] = Counter()
    rows: list[Row] = []
    for at, step, queue in sorted(moves):
        depth[queue] += step
        if at >= now - DAY_S:
            rows.append({"at": _ms(at), "queue": queue, "open": depth[queue]})
    # Every n-th is enough to see the course; the present is never left out.
    thinned = rows[:: max(1, len(rows) // _MOST_POINTS)]
    return [*thinned, *({"at": _ms(now), "queue": one, "open": depth[one]} for one in depth)]


def wait_rows(decided: Iterable[Item], *, now: float) -> list[Row]:
    """How long each item that was decided in the last 24 hours had waited."""
    found = _lately(decided, now)[:_MOST_POINTS]
    return [
        {"at": _ms(decided_at(one)), "queue": one.question.queue, "minutes": _wait_s(one) / 60.0}
        for one in found
    ]


def load_rows(found: Iterable[Load]) -> list[Row]:
    """What each reviewer decided, by kind."""
    return [
        {"who": one.name or "nobody known", "what": kind, "count": count}
        for one in found
        for kind, count in one.decided.items()
    ]


def reliability_rows(steps: Iterable[Judged]) -> list[Row]:
    """The points of the reliability diagrams, before calibrating and after."""
    return [
        {"step": one.step, "kind": kind, "said": each.said, "right": each.right}
        for one in steps
        for kind, found in (("as the worker says", one.before), ("calibrated", one.after))
        if found is not None
        for each in found.bins
    ]


def course_rows(steps: Iterable[Judged]) -> list[Row]:
    """The share of wrong outputs, stretch by stretch."""
    return [
        {"step": one.step, "at": _ms(each.until), "wrong": each.wrong}
        for one in steps
        for each in one.course
    ]


def _queue(name: str, items: Sequence[Item], waits_s: Sequence[float], now: float) -> QueueFigures:
    return QueueFigures(
        name=name,
        open=len(items),
        stake_usd=sum(stake_usd(one.question) or 0.0 for one in items),
        overdue=sum((one.left_s(now) or 0.0) < 0.0 for one in items),
        oldest_s=max((now - one.question.asked_at for one in items), default=None),
        decided=len(waits_s),
        wait_p50_s=_quantile(waits_s, 0.5),
        wait_p95_s=_quantile(waits_s, 0.95),
    )


def _lately(decided: Iterable[Item], now: float) -> list[Item]:
    return [one for one in decided if decided_at(one) >= now - DAY_S]


def _wait_s(item: Item) -> float:
    return max(0.0, decided_at(item) - item.question.asked_at)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of them do not exceed."""
    place = -int(-share * len(ordered) // 1) - 1
    return ordered[max(0, place)] if ordered else None


def _ms(at: float) -> float:
    """A moment as charts take it."""
    return 1000.0 * at
