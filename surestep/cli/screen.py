"""A run at a terminal: a live view while it goes, prompts when a person is needed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.text import Text

from surestep.budgets.limits import SLO
from surestep.cli.board import Board, Row, row_of
from surestep.cli.desk import Desk
from surestep.cli.faults import FAILED
from surestep.cli.job import Job, Reply, Result
from surestep.cli.lines import Lines
from surestep.cli.sheet import TURNS_PER_S, Line, sheet
from surestep.cli.summary import ending
from surestep.cli.terminal import quiet
from surestep.clock import wall_s
from surestep.graph import Session
from surestep.storage import Event
from surestep.storage.encode import to_json
from surestep.values import Spent


@dataclass(slots=True)
class Screen:
    """The face of a run at a terminal."""

    console: Console = field(default_factory=lambda: Console(highlight=False))
    _watched: bool = False

    @asynccontextmanager
    async def watching(self, job: Job, session: Session) -> AsyncIterator[None]:
        """The live view, for as long as the block runs; its last frame stays."""
        board = Board(job.app.definition.specs)
        self._watched = True

        def hear(event: Event) -> None:
            if event.kind in ("run_started", "resume"):
                board.begin(event, session.record.steps)
            board.tell(event)

        session.listen(hear)
        shown = Live(console=self.console, auto_refresh=False, transient=False)
        with quiet(), shown:
            painting = asyncio.create_task(self._paint(shown, board, session))
            try:
                yield
            finally:
                painting.cancel()
                shown.update(self._now(board, session), refresh=True)

    async def ask(self, job: Job, result: Result) -> Reply:
        """What the person at the prompt wants, or what `--on-question` says instead."""
        if job.on_question != "ask":
            return await Lines().ask(job, result)
        if not self._watched:
            rows = [
                row_of(path, result.record.steps.get(path)) for path in job.app.definition.specs
            ]
            self.console.print(self._frame(rows, result.record.spent, job.wishes.slo or SLO()))
        return await Desk(self.console, job).sit(result.questions)

    def show(self, job: Job, result: Result) -> None:
        """How it ended, and what came out."""
        if result.values and result.record.outcome == "succeeded":
            plain = json.dumps(json.loads(to_json(result.values)), indent=2, ensure_ascii=False)
            self.console.print(Text(plain))
        console = Console(stderr=True) if result.exit_code == FAILED else self.console
        console.print(_styled(ending(result, resume=job.resume_words)))

    async def _paint(self, shown: Live, board: Board, session: Session) -> None:
        while True:
            shown.update(self._now(board, session), refresh=True)
            await asyncio.sleep(1.0 / TURNS_PER_S)

    def _now(self, board: Board, session: Session) -> Text:
        return self._frame(list(board.rows.values()), session.record.spent, board.slo)

    def _frame(self, rows: Sequence[Row], spent: Spent, slo: SLO) -> Text:
        width, height = self.console.size
        return _styled(sheet(rows, spent, slo, now=wall_s(), width=width, height=height - 2))


def _styled(lines: Sequence[Line]) -> Text:
    text = Text("\n").join(Text.assemble(*line) for line in lines)
    text.no_wrap, text.overflow = True, "ellipsis"
    return text
