"""The chat: the visitor leads, and no reply goes out unchecked."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from examples.chat.__main__ import main
from examples.chat.graph import MAX_WORDS, short
from surestep.cli.app import start


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """What the desk says to the lines of a visitor."""

    def said(lines: str) -> list[str]:
        for variable in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
            monkeypatch.setenv(variable, "")  # so that it is put back afterwards
            monkeypatch.delenv(variable)
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        main()
        printed = capsys.readouterr().out.splitlines()
        return [line.removeprefix("desk> ") for line in printed if line.startswith("desk> ")]

    return said


def test_each_line_of_the_visitor_gets_its_reply(chat) -> None:
    """In turns, from welcome to goodbye."""
    welcome, hours, goodbye = chat("When are you open?\n\n")
    assert welcome.startswith("Welcome")
    assert hours.startswith("We are open Tuesday to Saturday")
    assert goodbye.startswith("Goodbye")


def test_what_the_model_makes_up_is_written_again(chat) -> None:
    """The scenario's first draft on cards is wrong, and the visitor does not see it."""
    replies = chat("When are you open?\nIs a card free?\n\n")
    assert replies[2] == "A library card is free if you live here.  [repaired, 3 drafts]"


def test_a_question_outside_the_facts_is_said_to_be_one(chat) -> None:
    """The scenario has an answer for everything else."""
    assert "my notes say nothing" in chat("Do you sell cake?\n\n")[1]


def test_an_empty_line_ends_the_chat(chat) -> None:
    """Without a model call."""
    assert chat("\n")[1] == "Goodbye. (0 model calls)"


@pytest.mark.parametrize("words", [0, MAX_WORDS + 1])
def test_a_reply_that_cannot_be_read_at_a_desk_is_refused(words: int) -> None:
    """It says how long it was."""
    assert str(words) in str(short({"reply": "word " * words}))


def test_the_command_line_waits_for_the_visitor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first turn is an open question in its database."""
    monkeypatch.setenv("OPENAI_API_KEY", "not asked")
    options = ["--db", str(tmp_path / "runs.db"), "--on-question", "queue", "--json"]
    assert start(["run", "examples.chat.graph:build", "history=[]", *options]) == 0
    assert "Welcome" in json.loads(capsys.readouterr().out.splitlines()[-1])["reason"]
