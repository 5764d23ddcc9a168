"""The same commands over a Postgres database, by processes that share nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from surestep.graph.stores import close_stores
from tests.cli.command import target

ASKED = "t/1/draft/1/1"


@pytest.fixture
def url(postgres, tmp_path, monkeypatch):
    """A place of its own, which the commands are to use."""
    place = postgres.url_for(tmp_path)
    yield place
    close_stores()


def elsewhere(url, *words):
    """What a command says in another process, in whose environment the database is named."""
    command = [sys.executable, "-m", "surestep.cli", *words]
    environment = {**os.environ, "SURESTEP_DB": url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_question_asked_by_one_process_is_decided_in_another(surestep, url):
    """Which goes on with the run to its end."""
    words = ("topic=tides", "--thread", "t", "--on-question", "queue", "--db", url)
    assert surestep("run", target("asks"), *words).code == 0

    assert ASKED in elsewhere(url, "inbox", "claim", "--by", "ann")
    said = elsewhere(url, "inbox", "decide", ASKED, "approve", "--by", "ann")
    assert "TIDES 2 SECOND: TOO EARLY" in said

    (row,) = surestep("threads", "--json", "--db", url).result
    assert (row["thread_id"], row["status"]) == ("t", "succeeded")


def test_a_thread_that_is_not_there_is_told_without_a_password(surestep, url):
    """Though the URL has one."""
    secret = url.replace("surestep@", "surestep:secret@")
    said = surestep("resume", "nix", "--db", secret)

    assert said.code == 2
    assert "No thread 'nix' in postgresql://surestep@/postgres" in said.err
    assert "secret" not in said.err


def test_a_server_that_cannot_be_reached_is_told_with_a_remedy(surestep):
    """In two lines, not in a traceback."""
    said = surestep("threads", "--db", "postgresql://u:secret@/db?host=/nowhere")

    assert said.code in (1, 2)
    assert "Start the server" in said.err
    assert "secret" not in said.err
