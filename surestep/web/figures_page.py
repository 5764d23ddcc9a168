"""The page of figures, and its charts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from starlette.responses import Response

from surestep.clock import wall_s
from surestep.review.remembered import Remembered
from surestep.storage import Item
from surestep.web import figures
from surestep.web.figures import Row
from surestep.web.filters import Filters
from surestep.web.judgements import Judged
from surestep.web.refusals import NotThere
from surestep.web.visits import Visit

DRAWN_FOR_S = 10.0
"""How long a chart that was drawn is shown, in seconds."""
_drawn: Remembered[str] = Remembered(DRAWN_FOR_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a reviewer's figures are made of.

    Attributes:
        open: the open items they see.
        decided: the decided items they see, the last one first.
        steps: what is known of the steps that ask there.
        now: when, in seconds since the epoch.
    """

    open: tuple[Item, ...]
    decided: tuple[Item, ...]
    steps: tuple[Judged, ...]
    now: float


async def page(visit: Visit) -> Response:
    """The figures as tables, with a chart beside each."""
    seen = await _seen(visit)
    values = {
        "queues": figures.queues(seen.open, seen.decided, now=seen.now),
        "loads": figures.loads(seen.open, seen.decided, now=seen.now),
        "steps": seen.steps,
        "charts": {name for name, rows in _ROWS.items() if rows(seen)} if _drawable() else set(),
        "drawable": _drawable(),
    }
    return visit.page("figures.html", values)


async def chart(visit: Visit) -> Response:
    """One chart, in the colours of a light or a dark screen.

    Raises:
        NotThere: there is no such chart, or nothing to draw it with.
    """
    name = str(visit.request.path_params["name"])
    if name not in _ROWS or not _drawable():
        raise NotThere(name)
    dark = "dark" in visit.request.query_params

    async def draw() -> str:
        rows = _ROWS[name](await _seen(visit))
        return await asyncio.to_thread(_svg, name, rows, dark=dark)

    # What somebody may see depends on their queues.
    whose = f"{name} {dark} {visit.reviewer.role} {sorted(visit.reviewer.queues)}"
    drawn = await _drawn.get(visit.inbox.store, whose, draw)
    return Response(drawn, media_type="image/svg+xml")


_ROWS: Mapping[str, Callable[[Seen], Sequence[Row]]] = {
    "depth": lambda seen: figures.depth_rows(seen.open, seen.decided, now=seen.now),
    "waits": lambda seen: figures.wait_rows(seen.decided, now=seen.now),
    "load": lambda seen: figures.load_rows(figures.loads(seen.open, seen.decided, now=seen.now)),
    "reliability": lambda seen: figures.reliability_rows(seen.steps),
    "course": lambda seen: figures.course_rows(seen.steps),
}


async def _seen(visit: Visit) -> Seen:
    now, waiting = wall_s(), visit.inbox.waiting
    open_ones = Filters().let_through(await waiting.open(), visit.reviewer, now=now)
    decided = Filters(state="answered").let_through(
        await waiting.decided(), visit.reviewer, now=now
    )
    asking = {one.question.step for one in (*open_ones, *decided)}
    steps = await visit.inbox.judgements.steps()
    mine = tuple(one for one in steps if one.step in asking or visit.reviewer.role == "lead")
    return Seen(open=open_ones, decided=decided, steps=mine, now=now)


def _drawable() -> bool:
    """Whether there is something to draw charts with, which is an extra."""
    return find_spec("altair") is not None and find_spec("vl_convert") is not None


def _svg(name: str, rows: Sequence[Row], *, dark: bool) -> str:
    # Only who looks at a chart waits for what draws it.
    from surestep.plots.people import DARK, LIGHT, svg  # noqa: PLC0415 - an extra

    return svg(name, rows, DARK if dark else LIGHT)
