"""A replay role's answers: what was recorded for this prompt and this model."""

from __future__ import annotations

from pathlib import Path

from pydantic import JsonValue

from surestep.errors import InputError
from surestep.rehearsal.answer import Answer, Call
from surestep.rehearsal.loading import dig, json_lines
from surestep.rehearsal.scenario import ReplayRole


class ReplayAnswerer:
    """Answers for one replay role, its recording read.

    Raises:
        InputError: the recording cannot be read, is empty, or a line lacks the key.
    """

    def __init__(self, role: ReplayRole, folder: Path) -> None:
        self.role = role
        path = folder / role.file
        self._records: dict[str, list[dict[str, JsonValue]]] = {}
        for number, record in json_lines(path):
            try:
                key = _evened(str(dig(record, role.key_field.split("."))))
            except KeyError as error:
                raise InputError(
                    f"{path}, line {number} has no {error} for role {role.name!r}.",
                    remedy="Name the right key with key_field.",
                ) from None
            self._records.setdefault(key, []).append(record)
        if not self._records:
            raise InputError(f"{path} holds no record.", remedy="Give a JSONL file with some.")

    def answer(self, call: Call) -> Answer:
        """The recorded answer; where several were, repeats go round them."""
        records = self._records.get(_evened(call.task))
        if records is None:
            raise InputError(
                f"Role {self.role.name!r} has no record for {call.task!r}.",
                remedy="Record it, or correct the role's pattern and key_field.",
            )
        answers = [found for record in records for found in self._answers(record, call.model)]
        if not answers:
            raise InputError(
                f"Role {self.role.name!r} has no answer of model {call.model!r} to {call.task!r}.",
                remedy="Ask for a recorded model, or correct answer_field and model_field.",
            )
        return Answer(value=answers[call.repeat % len(answers)])

    def _answers(self, record: dict[str, JsonValue], model: str) -> list[JsonValue]:
        """The answers a line holds for a model, usually one."""
        by_name = "{model}" in self.role.answer_field
        if not by_name and record.get(self.role.model_field, model) != model:
            return []
        try:
            # Filled in after splitting: names of models have dots in them.
            path = self.role.answer_field.split(".")
            found = dig(record, [key.replace("{model}", model) for key in path])
        except KeyError:
            return []
        return found if isinstance(found, list) else [found]


def _evened(text: str) -> str:
    return " ".join(text.split())
