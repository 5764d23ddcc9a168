"""Prompts that only keys typed after they appeared can answer, moment by moment."""

import asyncio
from itertools import chain, repeat

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from surestep.cli import keys
from surestep.cli.keys import Stopped, press


def pressed(monkeypatch, typed, times):
    """What `press` makes of keys at these times, of which the first is that of its appearance."""
    left = chain(times, repeat(times[-1]))

    async def scene(pipe):
        appeared = asyncio.Event()
        monkeypatch.setattr(keys, "now_s", lambda: appeared.set() or next(left))
        pressing = asyncio.create_task(press("al", "[a] or [l]? "))
        await appeared.wait()
        pipe.send_text(typed)
        return await pressing

    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        return asyncio.run(scene(pipe))


def test_a_key_in_the_first_tenth_of_a_second_does_not_count(monkeypatch):
    """It was meant for what stood there before."""
    assert pressed(monkeypatch, "al", [5.0, 5.05, 5.2]) == "l"


def test_a_key_after_it_counts(monkeypatch):
    """The first one only."""
    assert pressed(monkeypatch, "al", [5.0, 5.2]) == "a"


def test_keys_that_are_no_choice_do_nothing(monkeypatch):
    """Neither letters nor line ends."""
    assert pressed(monkeypatch, "xyz\r \x1b[Al", [5.0, 5.2]) == "l"


def test_capitals_count_as_well(monkeypatch):
    """Caps lock is no reason to be stuck."""
    assert pressed(monkeypatch, "A", [5.0, 5.2]) == "a"


def test_pasted_text_answers_nothing(monkeypatch):
    """Whatever letters are in it."""
    assert pressed(monkeypatch, "\x1b[200~a\x1b[201~l", [5.0, 5.2]) == "l"


def test_ctrl_c_counts_at_once(monkeypatch):
    """Whoever wants out gets out."""
    with pytest.raises(Stopped):
        pressed(monkeypatch, "\x03", [5.0, 5.01])
