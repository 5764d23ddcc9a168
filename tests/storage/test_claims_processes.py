"""Many reviewers, in processes and threads of their own, on one database."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter

from surestep.errors import AnswerRefused, ClaimRefused
from surestep.storage import Store
from surestep.testing import run
from surestep.testing.opened import a_question
from surestep.values import Decision

ITEMS = 60

REVIEWER = """
import asyncio, sys
from surestep.storage import Store
from surestep.values import Decision
store, name = Store.open(sys.argv[1]), sys.argv[2]
async def main():
    while (item := await store.offer("default", name)) is not None:
        await store.answer(item.question.question_id, Decision("approve", actor=name))
        print(item.question.question_id, flush=True)
    await store.aclose()
asyncio.run(main())
"""


def asked(place: str, items: int) -> None:
    """So many open questions in a new store."""
    store = Store.open(place)

    async def ask() -> None:
        for number in range(items):
            await store.ask(a_question(question_id=f"q{number}"))

    run(ask())
    store.close()


def deciders(place: str, items: int) -> list[int]:
    """By how many touches each question was decided."""
    store = Store.open(place)

    async def count() -> list[int]:
        touches = [await store.touches(f"q{number}") for number in range(items)]
        return [sum(touch.what == "approve" for touch in one) for one in touches]

    try:
        return run(count())
    finally:
        store.close()


def test_many_processes_decide_each_question_once(place: str) -> None:
    """None twice, none lost, and each reviewer knows of exactly its own."""
    asked(place, ITEMS)
    reviewers = [
        subprocess.Popen(
            [sys.executable, "-c", REVIEWER, place, f"r{number}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    said = [reviewer.communicate(timeout=60)[0].split() for reviewer in reviewers]
    assert [reviewer.returncode for reviewer in reviewers] == [0] * 4
    assert sorted(name for names in said for name in names) == sorted(
        f"q{number}" for number in range(ITEMS)
    )
    assert deciders(place, ITEMS) == [1] * ITEMS


def test_of_all_who_want_one_question_at_once_one_gets_it(place: str) -> None:
    """Each in a thread and with a connection of its own; the rest are told who has it."""
    asked(place, 1)

    async def work(name: str) -> str:
        store = Store.open(place)
        try:
            await store.claim("q0", name)
            await store.answer("q0", Decision("approve", actor=name))
        except (ClaimRefused, AnswerRefused) as refused:
            return type(refused).__name__
        finally:
            store.close()
        return "decided"

    async def everybody() -> list[str]:
        names = [f"r{number}" for number in range(16)]
        return await asyncio.gather(*(asyncio.to_thread(asyncio.run, work(name)) for name in names))

    assert Counter(asyncio.run(everybody())) == {"decided": 1, "ClaimRefused": 15}
    assert deciders(place, 1) == [1]


def test_all_who_answer_an_unclaimed_question_at_once_decide_it_once(place: str) -> None:
    """Claims or not, the second decision is refused."""
    asked(place, 1)
    stores = [Store.open(place) for _ in range(8)]

    async def everybody() -> list[object]:
        return await asyncio.gather(
            *(
                store.answer("q0", Decision("approve", actor=str(number)))
                for number, store in enumerate(stores)
            ),
            return_exceptions=True,
        )

    came = asyncio.run(everybody())
    for store in stores:
        store.close()
    assert sum(isinstance(one, AnswerRefused) for one in came) == 7
    assert deciders(place, 1) == [1]
