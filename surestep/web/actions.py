"""What reviewers do to one item: take it, decide it, give it back, hand it on."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from surestep.clock import wall_s
from surestep.errors import AnswerRefused, ClaimRefused, InputError
from surestep.values import Question
from surestep.web.filters import Filters
from surestep.web.forms import form_of, read_form, seal
from surestep.web.pages import next_url, shown
from surestep.web.rows import PAST, url_of
from surestep.web.sheet import takes
from surestep.web.visits import Visit


async def claim(visit: Visit) -> Response:
    """Take the item, or keep it for longer."""
    item = await visit.inbox.claim(_name(visit), visit.reviewer)
    return visit.onward(url_of(item.question.question_id))


async def take_next(visit: Visit) -> Response:
    """Take the next item of those the list was narrowed to, as their queue offers it."""
    now = wall_s()
    filters = replace(Filters.of(visit.request.query_params), state="free")
    items = filters.let_through(await visit.inbox.waiting.open(), visit.reviewer, now=now)
    for queue in dict.fromkeys(one.question.queue for one in items):
        item = await visit.inbox.offer(queue, visit.reviewer)
        if item is not None:
            return visit.onward(url_of(item.question.question_id))
    return visit.onward("/", "Nothing is free for you here.")


async def decide(visit: Visit) -> Response:
    """Decide the item, and go to the next."""
    item = await visit.inbox.to_change(_name(visit), visit.reviewer)
    name, here = item.question.question_id, takes(item, visit.reviewer, now=wall_s())
    try:
        answer = _answer(visit, item.question, sealed=here)
        question = await visit.inbox.decide(name, answer, visit.reviewer)
    except (AnswerRefused, ClaimRefused) as error:
        if here and isinstance(error, AnswerRefused):
            return await shown(visit, name, status=422, problem=error.problem, remedy=error.remedy)
        values = {"problem": error.problem, "remedy": error.remedy, "url": url_of(name)}
        typed = _typed(visit, item.question)
        return visit.page("refused.html", {**values, "typed": typed}, status=409)
    return await _to_next(visit, question, _said(question, str(answer["type"])))


async def release(visit: Visit) -> Response:
    """Give the item back, and go to the next."""
    item = await visit.inbox.release(_name(visit), visit.reviewer, visit.word("note"))
    return await _to_next(visit, item.question, f"{item.question.question_id} was given back.")


async def hand_on(visit: Visit) -> Response:
    """Hand the item on, and go to the next."""
    name, queue, to = _name(visit), visit.word("queue"), visit.word("to")
    try:
        item = await visit.inbox.hand_on(
            name, visit.reviewer, queue=queue, to=to, note=visit.word("note")
        )
    except InputError as error:
        if type(error) is not InputError:
            raise
        return await shown(visit, name, status=422, problem=error.problem, remedy=error.remedy)
    whom = f"{item.question.queue}{f', for {to}' if to else ''}"
    return await _to_next(visit, item.question, f"{name} was handed on to {whom}.")


def _answer(visit: Visit, asked: Question, *, sealed: bool) -> dict[str, object]:
    """The answer a form makes.

    Args:
        visit: with the form.
        asked: what it answers.
        sealed: whether an edit must be the one whose difference was shown.

    Raises:
        AnswerRefused: a field does not fit, or what was to be said is missing.
    """
    kind, message = visit.word("kind"), visit.word("message").replace("\r\n", "\n")
    name = asked.question_id
    if kind in ("reject", "respond") and not message.strip():
        raise AnswerRefused(
            name,
            f"To {kind} takes words.",
            remedy="Say what should be different: the step reads it and tries again.",
        )
    if kind != "edit":
        return {"type": kind, "message": message}
    update, fields = read_form(form_of(asked.schema, asked.proposal), visit.words, asked.proposal)
    wrong = [f"{field.label}: {field.problem}" for field in fields if field.problem]
    if wrong or update == asked.proposal:
        raise AnswerRefused(
            name,
            "The edit cannot be sent as it is." if wrong else "The edit changes nothing.",
            remedy=" ".join(wrong) or "Change something, or approve it.",
        )
    if sealed and visit.word("seal") != seal(update):
        raise AnswerRefused(
            name, "This is what you change.", remedy="Look at it below, and send it then."
        )
    return {"type": "edit", "update": update, "message": message}


def _typed(visit: Visit, asked: Question) -> dict[str, str]:
    """What was typed, by what it was typed into."""
    _, fields = read_form(form_of(asked.schema, asked.proposal), visit.words, asked.proposal)
    edited = {field.label: field.value for field in fields if field.name in visit.words}
    return edited | ({"text": visit.word("message")} if visit.word("message").strip() else {})


async def _to_next(visit: Visit, question: Question, notice: str) -> Response:
    items = Filters().let_through(await visit.inbox.waiting.open(), visit.reviewer, now=wall_s())
    return visit.onward(next_url(visit, items, question), notice)


def _said(question: Question, kind: str) -> str:
    name = question.question_id
    if question.decision is None:
        return f"Noted. {name} needs {question.approvers} people, so it waits for somebody else."
    past = next((words for known, words in PAST.items() if known == kind), kind)
    return f"{name} was {past}; its run goes on."


def _name(visit: Visit) -> str:
    return str(visit.request.path_params["question_id"])
