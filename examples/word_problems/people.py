"""Who answers where the models disagree: someone at the terminal, or nobody yet."""

from __future__ import annotations

import asyncio
from typing import Any

from examples.word_problems.data import Problem


async def queue(_problem: Problem, _request: dict[str, Any]) -> None:
    """Leave the question open in the database."""


class Terminal:
    """Asks at the terminal, one question at a time, and never the same one twice."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._said: dict[str, str] = {}

    async def __call__(self, problem: Problem, request: dict[str, Any]) -> dict[str, object] | None:
        """What the person decides; `None` if they leave the question open."""
        asked = request["question"]
        async with self._turn:
            if problem.question not in self._said:
                self._said[problem.question] = await asyncio.to_thread(_ask, problem, asked)
        said = self._said[problem.question]
        if said == "s":
            return None
        if not said:
            return {"type": "approve"}
        return {"type": "edit", "args": {**asked["proposal"], "answer": said}}


def _ask(problem: Problem, asked: dict[str, Any]) -> str:
    said = [f"  {one['verifier']}: {one['feedback']}" for one in asked["verdicts"]]
    choices = "Enter accepts, a number replaces the answer, s leaves it open: "
    lines = ["", problem.question, "", asked["proposal"]["solution"], *said, choices]
    return input("\n".join(lines)).strip()
