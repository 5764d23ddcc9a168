"""Going on with a thread that interrupts of the user's own have stopped."""

from __future__ import annotations

from collections.abc import Mapping

from langgraph.types import Command


def reply(answers: Mapping[str, object]) -> Command[str] | None:
    """The input that resumes a thread: with these values by interrupt id, or simply on."""
    return Command(resume=dict(answers)) if answers else None
