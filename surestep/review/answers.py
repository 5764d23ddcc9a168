"""An answer, in any of the shapes interfaces send, as one `Decision`.

Accepted: `{"decisions": [{...}]}` (langchain's HITLResponse), `[{...}]` (agent-inbox's list of
one HumanResponse), or the decision alone. Kinds of the older format are translated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from surestep.errors import AnswerRefused
from surestep.values import Decision, DecisionKind, Question

OLDER: Mapping[str, DecisionKind] = {
    "accept": "approve",
    "ignore": "reject",
    "response": "respond",
}
KINDS: Mapping[str, DecisionKind] = {
    "approve": "approve",
    "edit": "edit",
    "reject": "reject",
    "respond": "respond",
}

EditCheck = Callable[[Mapping[str, object]], str]
"""Says what is wrong with an edited update, or `""`."""


def parse_answer(question: Question, raw: object, *, check: EditCheck | None = None) -> Decision:
    """The decision an answer makes, once it is known to fit the question.

    Args:
        question: the open question.
        raw: the answer as it came in.
        check: says what is wrong with an edited update, or `""`; default: anything goes.

    Raises:
        AnswerRefused: if the answer has no known shape, its kind is not allowed here, or its
            edit is no update of the step; the question stays open.
    """
    answer = _unwrapped(question, raw)
    name = str(answer.get("type", answer.get("kind", "")))
    kind = KINDS.get(name) or OLDER.get(name)
    if kind is None or kind not in question.allowed:
        raise AnswerRefused(
            question.question_id,
            f"Question {question.question_id!r} cannot be answered with {name!r}.",
            remedy=f"Answer with one of: {', '.join(question.allowed)}.",
        )
    return Decision(
        kind,
        update=_edit(question, answer, check) if kind == "edit" else None,
        message=_message(answer),
        actor=str(answer.get("actor", "")),
    )


def _unwrapped(question: Question, raw: object) -> Mapping[str, object]:
    inner = raw.get("decisions") if isinstance(raw, Mapping) and "decisions" in raw else raw
    if isinstance(inner, (list, tuple)) and len(inner) == 1:
        inner = inner[0]
    if isinstance(inner, str) and inner in question.allowed:
        inner = {"type": inner}
    if not isinstance(inner, Mapping):
        raise AnswerRefused(
            question.question_id,
            f"The answer to {question.question_id!r} is {raw!r:.200}.",
            remedy='Send {"decisions": [{"type": "approve"}]}, with exactly one decision.',
        )
    return inner


def _message(answer: Mapping[str, object]) -> str:
    for key in ("message", "feedback", "args"):
        if isinstance(text := answer.get(key), str):
            return text
    return ""


def _edit(
    question: Question, answer: Mapping[str, object], check: EditCheck | None
) -> Mapping[str, object]:
    action = answer.get("edited_action", answer.get("args", answer.get("update")))
    update = action if isinstance(action, Mapping) else None
    if update is not None and action is not answer.get("update"):
        update = update.get("args", update)
    if not isinstance(update, Mapping):
        raise AnswerRefused(
            question.question_id,
            f"The edit of {question.question_id!r} is {action!r:.200}.",
            remedy='Send {"type": "edit", "edited_action": {"name": ..., "args": {...}}}.',
        )
    if problem := check(update) if check else "":
        raise AnswerRefused(
            question.question_id,
            f"The edit of {question.question_id!r} does not fit the step: {problem}.",
            remedy="Mend the edit and send it again; the question stays open.",
        )
    return update
