"""Databases from before there were queues."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from surestep.storage import Store
from surestep.storage.queries import statements
from surestep.storage.sqlite import APPLICATION_ID
from surestep.testing import run

QUESTION = """
INSERT INTO questions (question_id, thread_id, step, visit, reason, proposal, verdicts, allowed,
                       approvers, queue, priority, asked_at)
VALUES ('q', 't', 'decide', 1, 'amount', '{}', '[]', '["approve"]', 1, 'finance', 0, 5.0)
"""


def test_an_open_question_of_an_older_database_can_be_claimed(tmp_path: Path) -> None:
    """It has been in its queue since it was asked."""
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as old:
        for number in (1, 2):
            old.executescript(statements("schema.sql")[f"version_{number}"])
        old.executescript(f"PRAGMA user_version = 2; PRAGMA application_id = {APPLICATION_ID};")
        old.execute(QUESTION)
        old.commit()
    store = Store.open(path)
    item = run(store.offer("finance", "ann"))
    store.close()
    assert item is not None
    assert (item.question.question_id, item.queued_at, item.held_by) == ("q", 5.0, "ann")
