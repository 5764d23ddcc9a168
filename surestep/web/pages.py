"""The pages that only show something: the list, and one item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from surestep.clock import wall_s
from surestep.storage import Item
from surestep.values import Question
from surestep.web import rows
from surestep.web.alike import alike, similar
from surestep.web.changes import changes
from surestep.web.filters import STATES, Filters
from surestep.web.forms import Field, form_of, read_form, seal
from surestep.web.sheet import place_of, sheet_of, takes
from surestep.web.visits import Visit
from surestep.web.waterfall import waterfall

MOST_ROWS = 200
"""Items the list shows at most; filters find the others."""


async def home(visit: Visit) -> Response:
    """The list of items."""
    return visit.page("list.html", await _listing(visit))


async def live(visit: Visit) -> Response:
    """The part of the list that changes by itself."""
    return visit.fragment("rows.html", await _listing(visit))


async def item(visit: Visit) -> Response:
    """One item."""
    return await shown(visit, visit.request.path_params["question_id"])


async def place(visit: Visit) -> Response:
    """Who works on an item now, and how its run stands."""
    found = await visit.inbox.item(visit.request.path_params["question_id"], visit.reviewer)
    return visit.fragment("place.html", _place(visit, found))


async def diff(visit: Visit) -> Response:
    """What a form, filled in like this, changes; nothing is stored."""
    found = await visit.inbox.item(visit.request.path_params["question_id"], visit.reviewer)
    asked = found.question
    _, difference = _edit(visit, asked)
    return visit.fragment("diff.html", difference)


async def shown(
    visit: Visit, question_id: str, *, status: int = 200, problem: str = "", remedy: str = ""
) -> Response:
    """The page of an item, with what the reviewer had typed if that could not be used."""
    inbox, now = visit.inbox, wall_s()
    found = await inbox.item(question_id, visit.reviewer)
    asked = found.question
    open_ones = Filters().let_through(await inbox.waiting.open(), visit.reviewer, now=now)
    decided = Filters(state="answered").let_through(
        await inbox.waiting.decided(), visit.reviewer, now=now
    )
    free = (one for one in open_ones if takes(one, visit.reviewer, now=now))
    fields, difference = _edit(visit, asked)
    values = {
        "sheet": sheet_of(found, await inbox.store.touches(question_id), now=now),
        "fields": fields,
        **difference,
        "typed": visit.typed,
        "problem": problem,
        "remedy": remedy,
        "asked": asked,
        "believed": await inbox.judgements.believed(asked),
        "similar": [rows.row_of(one, now=now) for one in similar(asked, decided)],
        "alike": len(alike(asked, free, most=MOST_ROWS)),
        "trace": waterfall(await inbox.store.events(asked.thread_id)),
        "queues": await _queues(visit, open_ones),
        "people": _people(visit),
        "next_url": next_url(visit, open_ones, asked),
    }
    return visit.page("item.html", {**values, **_place(visit, found)}, status=status)


def next_url(visit: Visit, items: Sequence[Item], question: Question) -> str:
    """Where to go after an item: to the next one the reviewer may take, else to the list."""
    now = wall_s()
    names = [one.question.question_id for one in items]
    here = names.index(question.question_id) + 1 if question.question_id in names else 0
    filters = Filters.of(visit.request.query_params)
    # Whatever else the list is narrowed to, only what is open and not somebody else's comes next.
    wanted = filters if not filters.decided else Filters()
    for one in wanted.let_through([*items[here:], *items[:here]], visit.reviewer, now=now):
        name = one.question.question_id
        if name != question.question_id and takes(one, visit.reviewer, now=now):
            return rows.url_of(name)
    return "/"


def _edit(visit: Visit, question: Question) -> tuple[tuple[Field, ...], Mapping[str, object]]:
    """The form as it was filled in, and what that changes."""
    proposal = question.proposal
    blank = form_of(question.schema, proposal)
    if visit.word("kind") != "edit":
        return blank, {"changes": (), "problems": (), "seal": ""}
    update, fields = read_form(blank, visit.words, proposal)
    return fields, {
        "changes": changes(proposal, update),
        "problems": [field for field in fields if field.problem],
        "seal": seal(update),
    }


async def _listing(visit: Visit) -> dict[str, object]:
    """What the list shows, and what of it the filters are chosen from."""
    filters, now = Filters.of(visit.request.query_params), wall_s()
    waiting = visit.inbox.waiting
    open_ones = Filters().let_through(await waiting.open(), visit.reviewer, now=now)
    items = await waiting.decided() if filters.decided else open_ones
    found = filters.let_through(items, visit.reviewer, now=now)
    late = [one for one in open_ones if (one.left_s(now) or 0.0) < 0.0]
    return {
        "filters": filters,
        "states": STATES,
        "rows": [rows.row_of(one, now=now) for one in found[:MOST_ROWS]],
        "found": len(found),
        "found_usd": rows.at_stake(found),
        "waiting": len(open_ones),
        "waiting_usd": rows.at_stake(open_ones),
        "late": len(late),
        "mine": sum(one.holder(now) == visit.reviewer.name for one in open_ones),
        "queues": sorted({one.question.queue for one in items}),
        "steps": sorted({one.question.step for one in items}),
    }


def _place(visit: Visit, found: Item) -> Mapping[str, object]:
    asked = found.question
    return {
        "url": rows.url_of(asked.question_id),
        "place": place_of(found, visit.reviewer, now=wall_s()),
        "clock": rows.clock_of(found, now=wall_s()),
        "running": visit.inbox.background.standing(asked.thread_id),
    }


async def _queues(visit: Visit, items: Sequence[Item]) -> list[str]:
    kept = {queue.name for queue in await visit.inbox.store.queues()}
    return sorted(kept | {one.question.queue for one in items})


def _people(visit: Visit) -> list[str]:
    if visit.reviewer.role != "lead":
        return []
    return [one.name for one in visit.inbox.reviewers.all() if one.role != "viewer"]
