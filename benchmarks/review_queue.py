"""Fifty reviewers at one queue: is every question decided once, and how fast?

Fifty processes take questions from one queue, with a lease, and decide them, until none is open.
Twelve of them are killed right after a claim, each at a drawn moment, and five go to sleep over
one until its lease is over and try to decide it then. A question counts as decided twice if the
audit has two decisions of it, or two reviewers were told that theirs counts; as lost, if none
was, or if the store has another decision than its reviewer was told. What a killed reviewer held
must have come back, so the number of leases that ran out is given too: without any, nothing
would be shown.

The speed is that of pairs of a claim and a decision, from the common start of all processes to
the last decision, beside a bare loop with the same processes and as many rows: on SQLite one
`UPDATE ... RETURNING` to claim the first free row, on Postgres a `SELECT ... FOR UPDATE SKIP
LOCKED` and an `UPDATE`, and one `UPDATE` to decide it, in a table of its own with an index for
that, with no audit, no queues, no approvers and no checks. Nobody is killed or sleeps while speed
is measured.

Assumed: a decision takes no time, so that the database is what is measured; all processes are on
one machine, forked from one that has imported everything. Neither database waits for the disk:
SQLite runs in WAL with `synchronous=NORMAL`, as the store always has it, and Postgres with
`fsync=off`, on a server of its own, without the network.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

from _desks import LEASE_S, BarePostgres, BareSqlite, Desk, Kind, Ours
from _report import Figure, main

from surestep.storage import Store
from surestep.testing.postgres import postgres_server

REVIEWERS = 50
KILLED = 12
ASLEEP = 5
PAIRS = "claims and decisions a second"
BARE = "the same in a bare loop"
RATIO = 0.05
"""What the audit, the checks and the event loop may cost: less than this is a mistake somewhere."""

FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Habit:
    """What a reviewer does at a question, counted by its own claims from 1; 0 for never."""

    killed_at: int = 0
    asleep_at: int = 0


@dataclass(frozen=True, slots=True)
class Notes:
    """What a reviewer was told.

    Attributes:
        decided: the questions whose decision counts.
        refused: how many decisions did not count.
        ended: when the last decision was made, on the clock all processes share.
    """

    decided: Sequence[str]
    refused: int
    ended: float


def note(path: Path, notes: Notes) -> None:
    """Leave them for whoever started the reviewer."""
    path.write_text(json.dumps([notes.decided, notes.refused, notes.ended]))


async def review(desk: Desk, who: str, habit: Habit, path: Path) -> None:
    """Take and decide questions until none is open, and note what came of it."""
    decided, refused, ended, claims = list[str](), 0, 0.0, 0
    while True:
        name = await desk.take(who)
        if name is None:
            if not await desk.waiting():
                break
            # Somebody holds what is left: a decision or the end of a lease will come.
            await asyncio.sleep(0.05)
            continue
        claims += 1
        if claims == habit.killed_at:
            note(path, Notes(decided, refused, ended))
            os.kill(os.getpid(), signal.SIGKILL)
        if claims == habit.asleep_at:
            await asyncio.sleep(1.2 * LEASE_S)
        if await desk.decide(name, who):
            decided.append(name)
            ended = time.monotonic()
        else:
            refused += 1
    note(path, Notes(decided, refused, ended))


def sit(kind: Kind, place: str, path: Path, habit: Habit, start: Barrier) -> None:
    """One reviewer's process."""
    desk = kind(place)
    start.wait()
    asyncio.run(review(desk, path.name, habit, path))
    desk.close()


def reviewed(
    kind: Kind, place: str, folder: Path, habits: Sequence[Habit]
) -> tuple[dict[str, Notes], float]:
    """What each of the reviewers was told, by name, and when all of them started."""
    folder.mkdir()
    start = FORK.Barrier(len(habits) + 1)
    processes = [
        FORK.Process(target=sit, args=(kind, place, folder / f"r{number}", habit, start))
        for number, habit in enumerate(habits)
    ]
    for process in processes:
        process.start()
    start.wait()
    started = time.monotonic()
    for process, habit in zip(processes, habits, strict=True):
        process.join()
        expected = -signal.SIGKILL if habit.killed_at else 0
        if process.exitcode != expected:
            raise RuntimeError(f"A reviewer ended with {process.exitcode}, not {expected}.")
    return {path.name: Notes(*json.loads(path.read_text())) for path in folder.iterdir()}, started


def habits(rng: random.Random) -> list[Habit]:
    """What the reviewers do, in no order."""
    # Early in their work: SQLite's locks are not fair, and some get few questions.
    odd = [Habit(killed_at=rng.randint(1, 5)) for _ in range(KILLED)]
    odd += [Habit(asleep_at=rng.randint(1, 5)) for _ in range(ASLEEP)]
    every = odd + [Habit()] * (REVIEWERS - len(odd))
    rng.shuffle(every)
    return every


@dataclass(frozen=True, slots=True)
class Count:
    """What became of all questions.

    Attributes:
        twice: how many were decided twice.
        lost: how many were not decided, or otherwise than their reviewer was told.
        expired: how many leases ran out and had their question come back.
        refused: how many decisions came too late.
    """

    twice: int
    lost: int
    expired: int
    refused: int


async def counted(store: Store, told: Mapping[str, Notes], items: int) -> Count:
    """What the store has, beside what reviewers were told."""
    by = Counter(name for notes in told.values() for name in notes.decided)
    who = {name: reviewer for reviewer, notes in told.items() for name in notes.decided}
    twice = lost = expired = 0
    for number in range(items):
        name = f"q{number}"
        question, touches = await store.question(name), await store.touches(name)
        assert question is not None
        actor = None if question.decision is None else question.decision.actor
        decisions = sum(touch.what == "approve" for touch in touches)
        twice += decisions > 1 or by[name] > 1
        lost += actor is None or actor != who.get(name)
        expired += sum(touch.what == "expired" for touch in touches)
    return Count(twice, lost, expired, sum(notes.refused for notes in told.values()))


def upheaval(place: str, folder: Path, items: int) -> Count:
    """What becomes of the questions where reviewers are killed and fall asleep."""
    Ours.fill(place, items)
    told, _ = reviewed(Ours, place, folder, habits(random.Random(items)))
    store = Store.open(place)
    try:
        return asyncio.run(counted(store, told, items))
    finally:
        store.close()


def speed(kind: Kind, place: str, folder: Path, items: int) -> float:
    """Pairs of a claim and a decision a second, of all reviewers together."""
    kind.fill(place, items)
    told, started = reviewed(kind, place, folder, [Habit()] * REVIEWERS)
    return items / (max(notes.ended for notes in told.values()) - started)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A database to measure.

    Attributes:
        name: of it.
        bare: the bare loop on it.
        place: gives a place of that name that is not there yet.
    """

    name: str
    bare: Kind
    place: Callable[[str], str]

    def figures(self, folder: Path, *, quick: bool) -> list[Figure]:
        """All figures of one database."""
        items, pairs, rounds = (1_500, 1_000, 1) if quick else (20_000, 5_000, 3)
        folder.mkdir()
        count = upheaval(self.place("upheaval"), folder / "upheaval", items)
        rates: dict[Kind, list[float]] = {Ours: [], self.bare: []}
        for number in range(rounds):
            # In turn, so that what else the machine does falls on both.
            for kind, found in rates.items():
                label = f"{'ours' if kind is Ours else 'bare'}_{number}"
                found.append(speed(kind, self.place(label), folder / label, pairs))
        ours, bare = rates.values()
        ratios = [one / other for one, other in zip(ours, bare, strict=True)]
        figures = [
            Figure("decided twice", count.twice, items, at_most=0),
            Figure("lost", count.lost, items, at_most=0),
            Figure("leases that ran out", count.expired, items, at_least=KILLED),
            Figure("decisions that came too late", count.refused, items, at_least=ASLEEP),
            Figure(PAIRS, statistics.median(ours), rounds),
            Figure(BARE, statistics.median(bare), rounds),
            Figure("ratio to the bare loop", statistics.median(ratios), rounds, at_least=RATIO),
        ]
        return [replace(figure, name=f"{self.name}: {figure.name}") for figure in figures]


def measure(*, quick: bool) -> list[Figure]:
    """All figures; those of Postgres where it is installed."""
    with tempfile.TemporaryDirectory() as name, postgres_server() as server:
        folder = Path(name)
        dialects = [Dialect("SQLite", BareSqlite, lambda label: str(folder / f"{label}.db"))]
        if server is None:
            print("Postgres is left out: it is not installed.", file=sys.stderr)
        else:
            dialects.append(Dialect("Postgres", BarePostgres, server.url))
        figures = [
            figure
            for dialect in dialects
            for figure in dialect.figures(folder / dialect.name, quick=quick)
        ]
    return [*figures, *across(figures)]


def across(figures: Sequence[Figure]) -> list[Figure]:
    """What SQLite does, held against the bare loop on Postgres; nothing without that."""
    known = {figure.name: figure for figure in figures}
    ours, bare = known[f"SQLite: {PAIRS}"], known.get(f"Postgres: {BARE}")
    if bare is None:
        return []
    name = "SQLite: ratio to the bare loop on Postgres"
    return [Figure(name, ours.value / bare.value, ours.runs)]


if __name__ == "__main__":
    main(__doc__, measure)
