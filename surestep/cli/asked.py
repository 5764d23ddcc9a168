"""A question as a person reads it: why it is asked, what the checkers said, what is proposed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from textwrap import wrap

from surestep.cli.answering import is_foreign
from surestep.cli.sheet import VERDICTS, Line, one_line
from surestep.nodes.consequence import consequence
from surestep.values import NOTHING, Question

LABELS = {
    "a": "approve",
    "e": "edit",
    "r": "reject",
    "t": "text",
    "s": "switch",
    "v": "view",
    "l": "leave",
    "?": "help",
}
KINDS = {"approve": "a", "edit": "e", "reject": "r", "respond": "t"}
DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def keys_of(question: Question) -> list[str]:
    """The keys that answer a question, and those that always work."""
    answers = [KINDS[kind] for kind in KINDS if kind in question.allowed]
    always = ["v", "l", "?"] if is_foreign(question) else ["s", "v", "l", "?"]
    return [*answers, *always]


def shown(
    question: Question, old: Mapping[str, object] = NOTHING, *, width: int = 80
) -> list[Line]:
    """The question, line by line.

    Args:
        question: the question.
        old: what the state holds now, where that is what the proposal would replace.
        width: columns there are; values are wrapped to them.
    """
    title = question.step or "interrupt"
    again = f", visit {question.visit}" if question.visit > 1 else ""
    lines: list[Line] = [
        ((f"{title}{again}", "bold"), (f"  {question.question_id}", "dim")),
        (("why      ", "dim"), (one_line(question.reason), "yellow")),
        *(_verdict(verdict) for verdict in question.verdicts),
    ]
    lines += _figures(question)
    if question.approvers > 1:
        lines.append((("people   ", "dim"), (f"{question.approvers} must approve", "")))
    if question.proposal:
        lines.append(((f"{_heading(question)}", "dim"),))
        for key in question.proposal:
            lines += _value(key, question, old, width)
    if is_foreign(question):
        return lines
    said = question.approving or consequence(question)
    return [*lines, (("approve  ", "dim"), (said, ""))]


def _figures(question: Question) -> Iterator[Line]:
    """How sure one is, and what is at stake."""
    raw, known = question.confidence, question.calibrated
    if raw is not None:
        worth = "" if known in (None, raw) else f", which is worth {known:.0%}"
        yield (("worker   ", "dim"), (f"{raw:.0%} confident{worth}", ""))
    if question.amount_usd is not None:
        tier = f", tier {question.tier}" if question.tier else ""
        yield (("at stake ", "dim"), (f"${question.amount_usd:,.2f}{tier}", ""))


def help_lines(question: Question) -> list[Line]:
    """What each key does."""
    redo = f"{question.step} is done again with your words"
    meaning = {
        "a": consequence(question),
        "e": "change the proposal as JSON, in $EDITOR if it is set, and go on with that",
        "r": f"{redo}" if "edit" in question.allowed else "nothing happens; the run fails",
        "t": redo if question.step else "your text goes to the graph as it is",
        "s": "turn a step's checks off or on from here on",
        "v": "see everything the state holds",
        "l": "leave; the question stays open and the session can be resumed",
        "?": "this",
    }
    return [((f"  {key}  ", "bold"), (meaning[key], "")) for key in keys_of(question)]


def _heading(question: Question) -> str:
    return "state" if question.allowed == ("approve", "reject") else "proposed"


def _verdict(verdict: Mapping[str, object]) -> Line:
    mark, style = VERDICTS.get(str(verdict.get("status")), ("?", ""))
    feedback = f": {one_line(str(verdict['feedback']))}" if verdict.get("feedback") else ""
    return (("checked  ", "dim"), (mark, style), (f" {verdict.get('verifier')}{feedback}", ""))


def _value(key: str, question: Question, old: Mapping[str, object], width: int) -> Iterator[Line]:
    """One value of the proposal: as a difference if something is replaced, else as it is."""
    new, before = question.proposal[key], old.get(key)
    if before and before != new and isinstance(before, (str, dict)):
        yield ((f"  {key}:", "bold"), (" changes", "dim"))
        changes = unified_diff(_text(before), _text(new), lineterm="", n=2)
        # The first two lines name files, and there are none.
        for line in list(changes)[2:]:
            yield from _wrapped(line, width, DIFF_STYLES.get(line[:1], ""))
        return
    text = _text(new)
    if len(text) == 1 and len(key) + len(text[0]) + 4 <= width:
        yield ((f"  {key}: ", "bold"), (text[0], ""))
        return
    yield ((f"  {key}:", "bold"),)
    for line in text:
        yield from _wrapped(line, width, "")


def _wrapped(line: str, width: int, style: str) -> Iterator[Line]:
    inside = len(line) - len(line.lstrip())
    pieces = wrap(
        line,
        max(20, width - 4),
        subsequent_indent=" " * inside,
        replace_whitespace=False,
    )
    for piece in pieces or [""]:
        yield ((f"    {piece.rstrip()}", style),)


def _text(value: object) -> list[str]:
    """A value as lines: texts as they stand, everything else as JSON."""
    if isinstance(value, str):
        return value.splitlines() or [""]
    return json.dumps(value, indent=2, ensure_ascii=False, default=str).splitlines()
