"""A worker role's answers: the truth, or at the task's own rate something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import JsonValue

from surestep.errors import InputError
from surestep.rehearsal.answer import Answer, Call
from surestep.rehearsal.draw import Draws, task_rate
from surestep.rehearsal.loading import dig, json_lines
from surestep.rehearsal.mistakes import mistaken
from surestep.rehearsal.scenario import Role


class WorkerAnswerer:
    """Answers for one worker role.

    Raises:
        InputError: its truth file cannot be read or lacks a field.
    """

    def __init__(self, role: Role, folder: Path) -> None:
        self.role = role
        self._truth = _truth(role, folder)
        known = self._truth.values() if isinstance(self._truth, Mapping) else ()
        # Objects of other tasks are no plausible slips; their own with a mistake in it are.
        self._others = list(dict.fromkeys(v for v in known if isinstance(v, str)))

    def truth(self, task: str) -> JsonValue:
        """The right answer.

        Raises:
            InputError: there is none for this task.
        """
        truth = self._truth
        try:
            return truth[task] if isinstance(truth, Mapping) else truth(task)
        except LookupError:
            raise InputError(
                f"Role {self.role.name!r} knows no truth for task {task!r}.",
                remedy="Add it to the scenario, or correct the role's pattern.",
            ) from None

    def error_rate(self, world: Draws, task: str) -> float:
        """The task's own probability of a wrong answer."""
        draws = world.at(self.role.name, task)
        return task_rate(draws, self.role.error_rate, self.role.correlation)

    def answer(self, call: Call) -> Answer:
        """The truth or a mistake, with the probability that it is the truth."""
        truth = self.truth(call.task)
        wrong = self._wrong(call.task, truth, call.draws)
        rate = self.error_rate(call.world, call.task)
        errs = call.draws.uniform("error") < rate
        return Answer(
            value=wrong if errs else truth,
            alternative=truth if errs else wrong,
            confidence=1.0 - rate,
            right=not errs,
        )

    def _wrong(self, task: str, truth: JsonValue, draws: Draws) -> JsonValue:
        if callable(self.role.wrong):
            return self.role.wrong(task, truth)
        pool = [_laid_over(truth, entry) for entry in self.role.wrong or self._others]
        options = [entry for entry in pool if entry != truth]
        if options and (self.role.wrong or isinstance(truth, str)):
            return draws.pick("wrong", options)
        return mistaken(truth, draws)


def _laid_over(truth: JsonValue, entry: JsonValue) -> JsonValue:
    if isinstance(truth, dict) and isinstance(entry, dict):
        return {**truth, **entry}
    return entry


def _truth(role: Role, folder: Path) -> Mapping[str, JsonValue] | Callable[[str], JsonValue]:
    if role.truth is not None:
        return role.truth
    path = folder / (role.truth_file or "")
    truth: dict[str, JsonValue] = {}
    for number, record in json_lines(path):
        try:
            task = dig(record, role.task_field.split("."))
            truth[str(task)] = dig(record, role.truth_field.split("."))
        except KeyError as error:
            raise InputError(
                f"{path}, line {number} has no {error} for role {role.name!r}.",
                remedy="Name the right keys with task_field and truth_field.",
            ) from None
    return truth
