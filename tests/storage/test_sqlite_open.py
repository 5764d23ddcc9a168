"""Opening a database: what is refused, and how it is said."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from surestep.errors import StoreError
from surestep.storage import EffectRow, Store, ThreadRow, effects, sqlite
from surestep.storage.sqlite import APPLICATION_ID, connect, refusal
from surestep.storage.sqlite_database import SqliteConnection
from surestep.storage.versions import VERSION
from surestep.testing import run


def made(path: Path, script: str) -> Path:
    """An SQLite file that some program made with a script."""
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


def asked(path: Path, statement: str) -> object:
    """The one value a statement gives on a file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchone()[0]
    finally:
        connection.close()


def test_folder_and_file_are_made(tmp_path: Path) -> None:
    """A first run needs no preparation."""
    path = tmp_path / "deep" / "er" / "surestep.db"
    Store.open(path).close()
    assert asked(path, "PRAGMA application_id") == APPLICATION_ID
    assert asked(path, "PRAGMA user_version") == VERSION
    assert asked(path, "PRAGMA journal_mode") == "wal"


def test_a_database_opened_again_keeps_its_rows(tmp_path: Path) -> None:
    """Bringing a database up to date twice loses nothing."""
    first = Store.open(tmp_path / "a.db")
    run(first.save_thread(ThreadRow(thread_id="t")))
    first.close()
    second = Store.open(tmp_path / "a.db")
    assert run(second.thread("t")) is not None
    second.close()


def test_the_url_is_the_database_as_given(tmp_path: Path) -> None:
    """Messages can name the database as the user does."""
    store = Store.open(tmp_path / "a.db")
    store.close()
    assert store.url == str(tmp_path / "a.db")


def test_a_text_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A file that is no SQLite database keeps its content."""
    path = tmp_path / "notes.txt"
    path.write_text("dear diary " * 100)
    with pytest.raises(StoreError, match=r"not a database.*left as it is"):
        Store.open(path)
    assert path.read_text() == "dear diary " * 100


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """The message lists its tables, so that the user recognises it."""
    path = made(tmp_path / "shop.db", "CREATE TABLE orders (id)")
    with pytest.raises(StoreError, match=r"another program \(tables: orders\)"):
        Store.open(path)
    assert asked(path, "PRAGMA journal_mode") == "delete"


def test_a_database_with_another_application_id_is_refused(tmp_path: Path) -> None:
    """Even one without tables is somebody else's."""
    path = made(tmp_path / "other.db", "PRAGMA application_id = 7")
    with pytest.raises(StoreError, match="another program"):
        Store.open(path)


def test_a_file_with_checkpoints_only_is_taken_over(tmp_path: Path) -> None:
    """A graph that used LangGraph's own checkpointer before can go on in its file."""
    path = made(tmp_path / "c.db", "CREATE TABLE checkpoints (id); CREATE TABLE writes (id)")
    Store.open(path).close()
    assert asked(path, "PRAGMA application_id") == APPLICATION_ID


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    """The message names both versions and the remedy."""
    path = tmp_path / "a.db"
    Store.open(path).close()
    made(path, f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match=f"version {VERSION + 1}, newer than {VERSION}.*Upgrade"):
        Store.open(path)


def test_a_url_of_another_kind_is_refused_without_repeating_its_password() -> None:
    """Only Postgres is supported beside SQLite, and credentials stay out of messages."""
    with pytest.raises(StoreError, match=r"mysql://… is not supported.*postgresql://") as caught:
        Store.open("mysql://u:secret@h/db")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", [":memory:", ""])
def test_a_database_that_is_no_file_is_refused(name: str) -> None:
    """What must survive the process cannot live in its memory."""
    with pytest.raises(StoreError, match="is no file"):
        Store.open(name)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """A path that is a folder cannot be opened as a file."""
    with pytest.raises(StoreError, match="unable to open"):
        Store.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file in the way of the folder is named in the message."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        Store.open(tmp_path / "file" / "a.db")


def test_a_read_only_database_is_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first write is tried while opening, not in the middle of a run."""
    Store.open(tmp_path / "a.db").close()
    real = sqlite3.connect
    uri = (tmp_path / "a.db").as_uri() + "?mode=ro"
    monkeypatch.setattr(sqlite3, "connect", lambda _, **kw: real(uri, uri=True, **kw))
    with pytest.raises(StoreError, match=r"readonly.*Make the file and its folder writable"):
        Store.open(tmp_path / "a.db")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a read-only file system")
def test_a_read_only_disk_is_refused() -> None:
    """Not even the superuser can make a folder there."""
    with pytest.raises(StoreError, match="cannot be used"):
        Store.open("/proc/self/surestep/a.db")


def test_a_failed_migration_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole step up is one transaction, and can be tried again."""
    monkeypatch.setattr(sqlite, "_split", lambda _: ("CREATE TABLE half (id)", "CREATE nonsense"))
    with pytest.raises(StoreError, match="nonsense"):
        connect(tmp_path / "a.db")
    monkeypatch.undo()
    connection = connect(tmp_path / "a.db")
    assert not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchall()
    connection.close()


def test_every_refusal_has_a_remedy() -> None:
    """Even one for an error nobody foresaw."""
    assert refusal("a.db", sqlite3.OperationalError("strange")).remedy


def test_the_audit_cannot_be_rewritten(tmp_path: Path) -> None:
    """The database itself refuses to change or delete an entry."""
    connection = connect(tmp_path / "a.db")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("INSERT INTO audit VALUES (1, 0.0, 'q', 'ann', 'approve', '{}')")
    for statement in ("UPDATE audit SET who = 'bob'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_an_effect_is_past_any_power_cut_before_it_happens(tmp_path: Path) -> None:
    """Its commit waits for the disk; the ones after it need not."""
    connection, said = connect(tmp_path / "a.db"), list[str]()
    connection.set_trace_callback(said.append)
    row = EffectRow(key="k", thread_id="t", step="s", visit=1, status="begun", intent={})
    effects.begin(SqliteConnection(connection), row)
    full, commit = (said.index(word) for word in ("PRAGMA synchronous = FULL", "COMMIT"))
    assert full < said.index("BEGIN IMMEDIATE") < commit
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 1
    connection.close()
