"""The tickets: 5 % of them reviewed."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.ticket_review import __main__ as example
from examples.ticket_review.graph import Categorised, categorised
from examples.ticket_review.tickets import day

README = Path(example.__file__).parent / "README.md"


def test_it_prints_what_its_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Line by line."""
    assert example.main([]) == 0
    printed = capsys.readouterr().out
    assert printed in README.read_text()
    assert printed.count("\n") == 6


def test_the_agent_reads_what_the_customer_wrote() -> None:
    """And is right where one category's phrases stand alone."""
    tickets = day("d", 60, seed=3, vague=0.0)
    done = categorised(tickets)
    assert [one.ticket for one in done] == tickets
    assert sum(one.right for one in done) > 50


def test_vague_tickets_are_mistaken_more_often() -> None:
    """A day on which nobody says what it is about."""
    clear, vague = (categorised(day("d", 60, seed=4, vague=share)) for share in (0.0, 1.0))
    assert wrong(vague) > wrong(clear) + 10


def wrong(done: list[Categorised]) -> int:
    """How many of them are."""
    return sum(not one.right for one in done)


def test_only_drawn_tickets_are_looked_at() -> None:
    """The others have no outcome, and a chance all the same."""
    done = categorised(day("d", 60, seed=5))
    draws = example.drawn(done, seed=1)
    actions = example.reviewed(done, draws)
    assert [one.wrong is not None for one in actions] == [one.drawn for one in draws]
    assert all(one.chance >= 0.025 * (1 - 1e-9) for one in actions)
