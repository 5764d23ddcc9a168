"""Irreversible steps: at most once each, whatever crashes.

The intent is journaled, on disk, before the worker starts, and the result after it ends. A key
that has begun and not ended is a crash in between: `confirm` tells what became of it, and where
there is none, a person does.
"""

from __future__ import annotations

from collections.abc import Mapping

from surestep.errors import BudgetExceeded, GraphError
from surestep.nodes.asking import AFTER_CRASH, BEFORE_EFFECT, held, wish
from surestep.nodes.draw import PASSED_ON, Candidate
from surestep.nodes.ends import End, Settled, Ticket, packed, plain, unpacked
from surestep.nodes.stage import Stage
from surestep.nodes.visit import Visit, recorded
from surestep.storage import EffectRow, Store
from surestep.values import Ask, Output, StepOutcome, StepRecord


async def perform(stage: Stage, ticket: Ticket | None) -> End:
    """The end of a visit of an irreversible step.

    Raises:
        GraphError: there is no database to journal the effect in.
    """
    cleared = ticket is not None and ticket.cleared
    asked = ticket.ask if ticket else 0
    store = stage.live.store
    if store is None:
        raise GraphError(
            f"Step {stage.path!r} is irreversible, and there is no database for its journal.",
            remedy="Compile with database=..., or set SURESTEP_DB.",
        )
    known = await store.effect(stage.key)
    if known is None and not cleared:
        ask = wish(stage, None, (), failed=False)
        if ask is not None:
            return _before(stage, ask, asked)
    row = known or await store.begin_effect(
        stage.key,
        thread_id=stage.live.thread_id or "",
        step=stage.path,
        visit=stage.visit,
        intent={"state": plain(stage.state)},
    )
    if row.status == "done":
        return _done(stage, row.result or {}, cleared=cleared)
    if not row.fresh and not (cleared and ticket and ticket.kind == "redo"):
        return await _unsure(stage, store, row, asked)
    return await _first_time(stage, store, cleared=cleared)


async def _first_time(stage: Stage, store: Store, *, cleared: bool) -> End:
    visit = Visit(stage)
    _trace(stage, "begun")
    visit.attempts = 1
    try:
        output = await stage.work(stage.attempt())
    except BudgetExceeded as error:
        return visit.broken(f"{error.problem} Its effect is in doubt", Candidate(), error)
    except PASSED_ON:
        raise
    except Exception as error:  # noqa: BLE001 - a worker is foreign code: it may raise anything
        reason = f"the worker raised {type(error).__name__}: {error}; its effect is in doubt"
        return visit.broken(reason, Candidate(error=error))
    await store.finish_effect(stage.key, {"packed": packed(output.update)})
    _trace(stage, "done")
    checked = await stage.judge(output, 1)
    candidate = Candidate(output=output, checked=checked)
    if checked.opinion == "fail":
        ask = wish(stage, output, checked.verdicts, failed=True)
        if ask is None or cleared:
            return visit.broken(f"its effect was refused: {checked.feedback}", candidate)
    outcome: StepOutcome = "approved" if cleared else "unverified"
    if stage.how.checked and checked.opinion == "pass" and not cleared:
        outcome = "verified"
    record = visit.record(candidate, outcome)
    return Settled(value=output.update, path=stage.path, record=record)


async def _unsure(stage: Stage, store: Store, row: EffectRow, asked: int) -> End:
    """Begun before, never ended: find out what became of it."""
    confirm = stage.spec.confirm
    if confirm is None:
        ask = Ask(
            "it was interrupted after its effect may have happened; approve if it happened, "
            "edit to say with what result, reject if it did not and should be done now"
        )
        return held(
            stage,
            ask,
            Output(None),
            StepRecord(reason=ask.reason),
            asked=asked,
            allowed=AFTER_CRASH,
            proposal=row.intent,
        )
    update = await confirm(stage.key)
    if update is None:
        _trace(stage, "confirmed not to have happened")
        return await _first_time(stage, store, cleared=False)
    await store.finish_effect(stage.key, {"packed": packed(dict(update))})
    _trace(stage, "confirmed")
    return _done(stage, {"packed": packed(dict(update))}, cleared=False)


def _done(stage: Stage, result: Mapping[str, object], *, cleared: bool) -> End:
    entry = result.get("packed")
    value = unpacked(entry) if isinstance(entry, Mapping) else None
    outcome: StepOutcome = "approved" if cleared else "unverified"
    record = recorded(stage, outcome, reason="its effect had happened before")
    return Settled(value=value, path=stage.path, record=record)


def _before(stage: Stage, ask: Ask, asked: int) -> End:
    return held(
        stage,
        ask,
        None,
        StepRecord(reason=ask.reason),
        asked=asked,
        allowed=BEFORE_EFFECT,
        proposal=plain(stage.state),
        before=True,
    )


def _trace(stage: Stage, phase: str) -> None:
    if stage.live.tracer:
        stage.live.tracer.emit(
            "effect", step=stage.path, visit=stage.visit, key=stage.key, phase=phase
        )
