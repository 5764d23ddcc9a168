"""Deciding alike items together: first a page that lists them, then all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from surestep.clock import wall_s
from surestep.errors import InputError
from surestep.nodes.consequence import consequence
from surestep.storage import Item
from surestep.web import rows
from surestep.web.alike import alike, shape
from surestep.web.filters import Filters
from surestep.web.pages import MOST_ROWS
from surestep.web.sheet import takes
from surestep.web.visits import Visit
from surestep.web.words import text_of

KINDS = ("approve", "reject", "respond")
"""What can be decided of many: an edit is of one proposal alone."""


async def chosen(visit: Visit) -> Response:
    """The items that were chosen in the list, to be looked at once more."""
    return await _confirm(visit, await _named(visit))


async def like(visit: Visit) -> Response:
    """The items that are like one, and that the reviewer may take, to be looked at together."""
    name = visit.request.query_params.get("item", "")
    model = (await visit.inbox.item(name, visit.reviewer)).question
    now = wall_s()
    open_ones = Filters().let_through(await visit.inbox.waiting.open(), visit.reviewer, now=now)
    free = (one for one in open_ones if takes(one, visit.reviewer, now=now))
    found = alike(model, free, most=MOST_ROWS)
    return await _confirm(visit, found)


async def decide(visit: Visit) -> Response:
    """Decide each of the items, and say what came of it."""
    items = await _named(visit)
    kind, message = visit.word("kind"), visit.word("message").replace("\r\n", "\n")
    if kind not in KINDS or (kind != "approve" and not message.strip()):
        return await _confirm(
            visit, items, problem="Choose a decision; all but approving takes a message."
        )
    _check_alike(items)
    done, refused = [], []
    for item in items:
        name = item.question.question_id
        try:
            await visit.inbox.decide(name, {"type": kind, "message": message}, visit.reviewer)
        except InputError as error:
            refused.append((name, error.problem))
        else:
            done.append(name)
    values = {"kind": rows.PAST[kind], "done": done, "refused": refused}
    return visit.page("decided.html", values, status=200 if done else 409)


async def _confirm(visit: Visit, items: Sequence[Item], *, problem: str = "") -> Response:
    """The page that lists what would be decided.

    Raises:
        InputError: there is nothing, or the items are not alike.
    """
    _check_alike(items)
    now, model = wall_s(), items[0].question
    keys = list(model.proposal)
    allowed = [kind for kind in KINDS if kind in model.allowed]
    values = {
        "rows": [rows.row_of(item, now=now) for item in items],
        "cells": [[text_of(item.question.proposal[key]) for key in keys] for item in items],
        "keys": keys,
        "stake_usd": rows.at_stake(items),
        "step": model.step,
        "allowed": [one for one in allowed if model.approvers == 1 or one != "respond"],
        "consequence": model.approving or consequence(model),
        "typed": visit.typed,
        "problem": problem,
    }
    return visit.page("batch.html", values, status=422 if problem else 200)


async def _named(visit: Visit) -> list[Item]:
    """The items a form names.

    Raises:
        NotThere: one of them does not exist.
    """
    names = list(dict.fromkeys(one for one in visit.form.getlist("item") if isinstance(one, str)))
    if len(names) > MOST_ROWS:
        raise InputError(
            f"{len(names)} items are more than anybody looks at.",
            remedy=f"Choose {MOST_ROWS} at most.",
        )
    return [await visit.inbox.item(name, visit.reviewer) for name in names]


def _check_alike(items: Sequence[Item]) -> None:
    """Nothing, if the items can be decided together.

    Raises:
        InputError: they cannot.
    """
    if not items:
        raise InputError("No item was chosen.", remedy="Select some in the list first.")
    if len({shape(item.question) for item in items}) > 1:
        raise InputError(
            "These items are not alike.",
            remedy="Choose items of one step whose proposals have the same keys.",
        )
