"""The journal of reversible effects."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from surestep.storage import Deed, Loss, Store
from surestep.storage.queries import statements
from surestep.storage.sqlite import APPLICATION_ID
from surestep.testing import run

DEED = Deed(
    key="t/1/a/1",
    thread_id="t",
    run=1,
    step="a",
    visit=1,
    lineage="",
    superstep=2,
    checkpoint_id="c",
    arg=b"arg",
)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """An empty store."""
    found = Store.open(place)
    yield found
    found.close()


async def done(store: Store, *keys: str) -> None:
    """These effects begin in this order and end in the reverse one."""
    for key in keys:
        await store.begin_deed(replace(DEED, key=key))
    for key in reversed(keys):
        await store.finish_deed(key, b"result")


def test_an_effect_is_found_as_it_was_begun(store: Store) -> None:
    """Under its key."""

    async def scene() -> Deed | None:
        await store.begin_deed(DEED)
        return await store.deed(DEED.key)

    assert run(scene()) == DEED


def test_the_last_to_end_comes_first(store: Store) -> None:
    """Behind those of which nobody knows whether they have."""

    async def scene() -> list[str]:
        await done(store, "x", "y")
        await store.begin_deed(replace(DEED, key="z"))
        return [deed.key for deed in await store.deeds("t", 1, since=0)]

    assert run(scene()) == ["z", "x", "y"]


def test_what_is_undone_is_not_standing(store: Store) -> None:
    """Nor what belongs to another run, or an earlier superstep."""

    async def scene() -> list[str]:
        await done(store, "x", "y")
        await store.mark_deed("x", "undone")
        await store.begin_deed(replace(DEED, key="old", superstep=1))
        await store.begin_deed(replace(DEED, key="other", run=2))
        return [deed.key for deed in await store.deeds("t", 1, since=2)]

    assert run(scene()) == ["y"]


def test_a_key_begun_again_remembers_only_how_often_it_was_stuck(store: Store) -> None:
    """So that no answer of old counts for a question of today."""

    async def scene() -> Deed | None:
        await done(store, DEED.key)
        await store.mark_deed(DEED.key, "stuck")
        await store.mark_deed(DEED.key, "undone")
        await store.begin_deed(DEED)
        return await store.deed(DEED.key)

    assert run(scene()) == replace(DEED, asked=1)


def test_the_first_loss_of_an_output_stays(store: Store) -> None:
    """Beside it are marked the effects that stand."""
    loss = Loss(thread_id="t", token="a/1", checkpoint_id="c", entry=b"first")

    async def scene() -> tuple[bytes | None, bool]:
        await done(store, "x")
        await store.lose([loss], kept=["x"])
        await store.lose([replace(loss, entry=b"second")], kept=[])
        deed = await store.deed("x")
        return await store.loss("t", "a/1", "c"), bool(deed and deed.kept)

    assert run(scene()) == (b"first", True)


def test_an_effect_found_again_is_kept_no_longer(store: Store) -> None:
    """It belongs to the superstep that has found it."""

    async def scene() -> Deed | None:
        await done(store, "x")
        await store.lose([], kept=["x"])
        await store.move_deed("x", superstep=7, checkpoint_id="d")
        return await store.deed("x")

    found = run(scene())
    assert found is not None
    assert (found.superstep, found.checkpoint_id, found.kept) == (7, "d", False)


def test_a_database_of_the_first_version_gets_the_journal(tmp_path: Path) -> None:
    """What is in it stays."""
    old = sqlite3.connect(tmp_path / "s.db")
    old.executescript(statements("schema.sql")["version_1"])
    old.executescript(f"PRAGMA user_version = 1; PRAGMA application_id = {APPLICATION_ID};")
    old.execute("INSERT INTO threads VALUES ('t', NULL, 'running', '', NULL, NULL, 0, 0, 0, 0, 0)")
    old.commit()
    old.close()
    store = Store.open(tmp_path / "s.db")
    run(done(store, "x"))

    assert [row.thread_id for row in run(store.threads())] == ["t"]
    store.close()
