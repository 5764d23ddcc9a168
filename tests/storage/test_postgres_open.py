"""Opening a Postgres database: what is refused, how it is said, and what time counts there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import suppress

import psycopg
import pytest

from surestep.errors import AnswerRefused, ClaimRefused, StoreError
from surestep.storage import Store, ThreadRow
from surestep.storage.postgres import PostgresConnection, settings
from surestep.storage.versions import VERSION
from surestep.testing.opened import a_question
from surestep.testing.postgres import Server
from surestep.values import Decision

FIRST = "import sys; from surestep.storage import Store; Store.open(sys.argv[1]).close()"


@pytest.fixture
def url(postgres: Server, tmp_path) -> str:
    """A place of its own."""
    return postgres.url_for(tmp_path)


def done(url: str, *statements: str) -> object:
    """The one value the last of these statements gives there."""
    conninfo, _ = settings(url)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row and row[0]


def test_a_schema_is_made_and_found_again(url: str) -> None:
    """A first run needs no preparation, and a second one loses nothing."""
    first = Store.open(url)
    asyncio.run(first.save_thread(ThreadRow(thread_id="t")))
    first.close()
    second = Store.open(url)
    assert asyncio.run(second.thread("t")) is not None
    second.close()
    assert done(url, "SELECT max(version) FROM schema_version") == VERSION


def test_without_a_search_path_our_tables_have_a_schema_of_their_own(postgres: Server) -> None:
    """Another program's tables in the same database are not touched."""
    plain = postgres.url("x").partition("&options")[0]
    store = Store.open(plain)
    asyncio.run(store.save_thread(ThreadRow(thread_id="t")))
    store.close()
    assert done(plain, "SELECT count(*) FROM surestep.threads") == 1


def test_many_processes_that_come_first_make_the_tables_once(url: str) -> None:
    """Each waits for the other."""
    processes = [subprocess.Popen([sys.executable, "-c", FIRST, url]) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 3


def test_a_schema_of_another_program_is_refused(url: str) -> None:
    """The message lists its tables, and they stay alone."""
    name = url.rpartition("%3D")[2]
    done(url, f"CREATE SCHEMA {name}", "CREATE TABLE orders (id INT)")
    with pytest.raises(StoreError, match=r"another program \(tables: orders\)"):
        Store.open(url)
    assert done(url, f"SELECT count(*) FROM pg_tables WHERE schemaname = '{name}'") == 1


def test_a_newer_schema_is_refused(url: str) -> None:
    """The message names both versions and the remedy."""
    Store.open(url).close()
    done(url, f"INSERT INTO schema_version VALUES ({VERSION + 1})")
    with pytest.raises(StoreError, match=f"version {VERSION + 1}, newer than {VERSION}.*Upgrade"):
        Store.open(url)


def test_a_failed_migration_leaves_nothing_behind(url: str, monkeypatch) -> None:
    """The whole step up is one transaction, and can be tried again."""
    with monkeypatch.context() as broken:
        broken.setattr("surestep.storage.postgres_schema.section", lambda text: "CREATE nonsense")
        with pytest.raises(StoreError, match="nonsense"):
            Store.open(url)
    Store.open(url).close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:secret@/db?host=/nowhere",
        "postgresql://u:secret@h:port/db",
        "postgresql://u:secret@h/db?nonsense=1",
    ],
)
def test_what_is_wrong_with_a_url_is_told_without_its_password(url: str) -> None:
    """With a remedy."""
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert "secret" not in str(caught.value)
    assert caught.value.remedy


def test_a_database_that_is_not_there_is_named(url: str) -> None:
    """And the remedy makes it."""
    with pytest.raises(StoreError, match=r'database "nix" does not exist.*createdb'):
        Store.open(url.replace("/postgres?", "/nix?"))


def test_without_its_driver_postgres_is_refused(monkeypatch) -> None:
    """The remedy installs it."""
    monkeypatch.setattr("surestep.storage.places.find_spec", lambda name: None)
    with pytest.raises(StoreError, match=r"needs package 'psycopg'.*surestep\[postgres\]"):
        Store.open("postgresql://u:secret@h/db")


def test_a_statement_that_fails_is_told_without_a_password(url: str) -> None:
    """The store stays usable."""
    store = Store.open(url)
    done(url, "ALTER TABLE threads RENAME TO gone")
    with pytest.raises(StoreError, match='relation "threads" does not exist'):
        asyncio.run(store.thread("t"))
    done(url, "ALTER TABLE gone RENAME TO threads")
    assert asyncio.run(store.thread("t")) is None
    store.close()


def test_a_store_survives_the_loss_of_its_connections(url: str) -> None:
    """One call may fail; those after it get a new connection."""
    store = Store.open(url)
    done(
        url,
        "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE pid != "
        "pg_backend_pid() AND application_name = 'surestep'",
    )
    # The pool may have noticed first, and then none fails.
    with suppress(StoreError):
        asyncio.run(store.thread("t"))
    assert asyncio.run(store.thread("t")) is None
    store.close()


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'bob'", "DELETE FROM audit"])
def test_the_audit_cannot_be_rewritten(url: str, statement: str) -> None:
    """The database itself refuses to change or delete an entry."""
    store = Store.open(url)
    asyncio.run(store.ask(a_question()))
    store.close()
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        done(url, statement)


def test_leases_run_by_the_time_of_the_server(url: str, monkeypatch) -> None:
    """A reviewer whose clock is an hour ahead cannot take what somebody holds."""
    store = Store.open(url)
    asyncio.run(store.ask(a_question()))
    asyncio.run(store.claim("q", "ann", 600.0))
    real = PostgresConnection.now
    ahead = []
    monkeypatch.setattr("surestep.storage.store.wall_s", lambda: 4e9)
    monkeypatch.setattr(
        PostgresConnection, "now", lambda self, local: ahead.append(local) or real(self, local)
    )
    with pytest.raises(ClaimRefused, match="claimed by 'ann'"):
        asyncio.run(store.claim("q", "bob", 600.0))
    with pytest.raises(AnswerRefused, match="'bob' cannot"):
        asyncio.run(store.answer("q", Decision("approve", actor="bob")))
    assert ahead == [4e9] * 2
    store.close()
