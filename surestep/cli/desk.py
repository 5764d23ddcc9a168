"""The person at the prompt: shown each open question, and asked until it is answered or left."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from prompt_toolkit.formatted_text import StyleAndTextTuples
from rich.console import Console
from rich.text import Text

from surestep.cli.answering import foreign_value, is_foreign, submit
from surestep.cli.asked import LABELS, help_lines, keys_of, shown
from surestep.cli.editing import edited
from surestep.cli.job import Job, Reply, Switch
from surestep.cli.keys import Stopped, line, press
from surestep.cli.sheet import Line, one_line
from surestep.errors import AnswerRefused, InputError
from surestep.storage.encode import to_json
from surestep.values import NOTHING, Question


class Desk:
    """One sitting of a person over the open questions of a thread.

    Args:
        console: where to write.
        job: the run.
    """

    def __init__(self, console: Console, job: Job) -> None:
        self._console, self._job = console, job
        self._switches: list[Switch] = []
        self._values: dict[str, object] = {}
        self._drafts: dict[str, str] = {}

    async def sit(self, questions: Sequence[Question]) -> Reply:
        """What the person wants: every question answered, or the session left."""
        state = await self._job.app.aget_state(self._job.config)
        values = state.values if isinstance(state.values, Mapping) else NOTHING
        opened = list(questions)
        try:
            while opened:
                question = await self._choose(opened)
                if question is None or not await self._settled(question, values):
                    return self._left(interrupted=False)
                opened.remove(question)
        except Stopped:
            return self._left(interrupted=True)
        return Reply(go_on=True, values=self._values, switches=tuple(self._switches))

    async def _choose(self, opened: Sequence[Question]) -> Question | None:
        """The question to answer now; `None` to leave."""
        if len(opened) == 1:
            return opened[0]
        self._say([((f"{len(opened)} questions are open", "bold"),)])
        by_name: dict[str, Question] = {}
        for number, question in enumerate(opened, start=1):
            by_name |= {str(number): question, question.question_id: question}
            self._say([_listed(number, question)])
        while True:
            name = await line(
                "Which one? (number or id, Enter for the first, l to leave) ", words=by_name
            )
            if name == "l":
                return None
            if (name or "1") in by_name:
                return by_name[name or "1"]
            self._complain(f"No question {name!r} is open.")

    async def _settled(self, question: Question, values: Mapping[str, object]) -> bool:
        """Whether the person has answered; otherwise the session is left."""
        self._say(
            [(("", ""),), *shown(question, _replaced(question, values), width=self._console.width)]
        )
        keys = keys_of(question)
        while True:
            key = await press(keys, _menu(keys))
            self._say([((f"> {LABELS[key]}", "bold cyan"),)])
            try:
                if key == "l":
                    return False
                if key in "s?v":
                    await self._aside(key, question, values)
                elif await self._answered(key, question):
                    return True
            except InputError as error:
                if await self._answered_elsewhere(question):
                    self._say([(("Somebody else has answered it meanwhile.", "cyan"),)])
                    return True
                self._complain(f"{error.problem} {error.remedy}")
                self._say([(("The question stays open.", "dim"),)])

    async def _answered_elsewhere(self, question: Question) -> bool:
        stored = await self._job.store.question(question.question_id)
        return stored is not None and stored.decision is not None

    async def _aside(self, key: str, question: Question, values: Mapping[str, object]) -> None:
        """Do what a key says that answers nothing."""
        if key == "s":
            await self._switch()
        elif key == "v":
            plain = json.loads(to_json(values))
            self._console.print(Text(json.dumps(plain, indent=2, ensure_ascii=False)))
        else:
            self._say(help_lines(question))

    async def _answered(self, key: str, question: Question) -> bool:
        """Whether the answer is complete; it is stored then.

        Raises:
            InputError: it does not fit.
        """
        answer = await self._answer(key, question)
        if answer is None:
            return False
        if is_foreign(question):
            self._values[question.question_id] = foreign_value(question, answer)
            return True
        after = await submit(self._job, question, answer)
        if after.decision is None:
            raise AnswerRefused(
                question.question_id,
                "Your approval counts; more people are needed.",
                remedy="Leave, and let them resume it with --by NAME.",
            )
        return True

    async def _answer(self, key: str, question: Question) -> dict[str, object] | None:
        """The answer a key begins; `None` if the person thinks better of it."""
        if key == "a":
            return {"type": "approve"}
        if key == "e":
            before = json.dumps(dict(question.proposal), indent=2, ensure_ascii=False)
            draft = await edited(self._drafts.get(question.question_id, before))
            self._drafts[question.question_id] = draft
            return None if not draft else {"type": "edit", "update": _update(draft)}
        prompt = "Why, and what should be different? " if key == "r" else "Your text: "
        text = await line(prompt)
        kind = "reject" if key == "r" else "respond"
        return {"type": kind, "message": text} if text else None

    async def _switch(self) -> None:
        """Ask which step, how and why; it takes effect when the run goes on."""
        steps = list(self._job.app.definition.specs)
        self._say([((f"Steps: {', '.join(steps)}", "dim"),)])
        step = await line("Which step? ", words=steps)
        if step not in steps:
            self._complain(f"There is no step {step!r}." if step else "Nothing is switched.")
            return
        key = await press("01", f"Checks of {step}: [0] off  [1] on ")
        why = await line("Why? ")
        mode = "off" if key == "0" else "serial"
        self._switches.append(Switch(step=step, mode=mode, why=why or "no reason given"))
        self._say([((f"{step}: {mode}, once the run goes on.", "cyan"),)])

    def _left(self, *, interrupted: bool) -> Reply:
        for one in self._switches:
            word = f"--switch {one.step}={'off' if one.mode == 'off' else 'on'}"
            self._complain(f"Not kept: the switch of {one.step}. Resume with {word}.")
        return Reply(go_on=False, interrupted=interrupted)

    def _say(self, lines: Sequence[Line]) -> None:
        for one in lines:
            self._console.print(Text.assemble(*one))

    def _complain(self, text: str) -> None:
        self._console.print(Text(text, style="red"))


def _menu(keys: Sequence[str]) -> StyleAndTextTuples:
    parts: StyleAndTextTuples = []
    for key in keys:
        label = LABELS[key]
        inside = label.startswith(key)
        parts += [("bold", f"[{key}]"), ("", f"{label[1:] if inside else ' ' + label}  ")]
    return parts


def _listed(number: int, question: Question) -> Line:
    name = question.step or "interrupt"
    return (
        (f"  {number}  ", "bold"),
        (f"{name}  ", ""),
        (f"{question.question_id}  ", "dim"),
        (one_line(question.reason), "yellow"),
    )


def _replaced(question: Question, values: Mapping[str, object]) -> Mapping[str, object]:
    """What the proposal would replace; of a nested graph's state nothing is known here."""
    before_effect = question.allowed == ("approve", "reject")
    return NOTHING if "/" in question.step or before_effect else values


def _update(draft: str) -> object:
    try:
        return json.loads(draft)
    except json.JSONDecodeError as error:
        raise InputError(
            f"The edit is no JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            remedy="Press e to go on from it.",
        ) from error
