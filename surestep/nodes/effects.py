"""Irreversible steps: at most once each, whatever crashes.

The intent is journaled, on disk, before the worker starts, and the result after it ends. A key
that has begun and not ended is a crash in between: `confirm` tells what became of it, and where
there is none, a person does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from langgraph._internal._constants import CONFIG_KEY_READ

from surestep.errors import BudgetExceeded, GraphError
from surestep.nodes.candidate import PASSED_ON, Candidate
from surestep.nodes.channels import FAILED
from surestep.nodes.ends import End, Settled, Ticket, packed, plain, unpacked
from surestep.nodes.people.asking import AFTER_CRASH, AFTER_EFFECT, BEFORE_EFFECT, held, wish
from surestep.nodes.stage import Stage
from surestep.nodes.visit import Visit
from surestep.storage import EffectRow, Store
from surestep.values import Ask, Degrade, Output, StepOutcome, StepRecord


async def perform(stage: Stage, ticket: Ticket | None) -> End:
    """The end of a visit of an irreversible step.

    Raises:
        GraphError: there is no database to journal the effect in.
    """
    if _is_failing(stage):
        await asyncio.get_running_loop().create_future()
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
    visit = Visit(stage, asked=asked)
    row = known or await _begun(stage, store, stage.key, {"state": plain(stage.state)})
    if row.status == "done":
        return await _happened(visit, row.result or {}, cleared=cleared)
    if row.fresh or (ticket and ticket.again and await _taken_at_word(stage, store, ticket)):
        return await _first_time(visit, store, cleared=cleared)
    return await _unsure(visit, store, row)


def _is_failing(stage: Stage) -> bool:
    """Whether the planner's node, in this very superstep, is about to end the run.

    Its error has LangGraph cancel the nodes beside it, and a resume starts them again: an effect
    that began now would be cut off, and in doubt.
    """
    failed = stage.config["configurable"][CONFIG_KEY_READ]([FAILED], False).get(FAILED, {})
    return any(entry["run"] == stage.live.run_id for entry in failed.values())


async def _begun(stage: Stage, store: Store, key: str, intent: Mapping[str, object]) -> EffectRow:
    thread_id = stage.live.thread_id or ""
    return await store.begin_effect(
        key, thread_id=thread_id, step=stage.path, visit=stage.visit, intent=intent
    )


async def _taken_at_word(stage: Stage, store: Store, ticket: Ticket) -> bool:
    """Whether a person's word that the effect did not happen counts: it does so once.

    A crash after it brings the same ticket again, when the effect may have happened since.
    """
    word = f"{stage.key}/{ticket.ask}"
    row = await _begun(stage, store, word, {"said not to have happened by": ticket.actor})
    if row.fresh:
        await store.finish_effect(word, {})
    return row.fresh


async def _first_time(visit: Visit, store: Store, *, cleared: bool) -> End:
    stage = visit.stage
    _trace(stage, "begun")
    visit.attempts = 1
    try:
        output = await stage.work(stage.attempt())
    except BudgetExceeded as error:
        return visit.broken(f"{error.problem} Its effect is in doubt", Candidate(), error)
    except PASSED_ON:
        raise
    except Exception as error:  # noqa: BLE001 - a worker is foreign code: it may raise anything
        stage.trace_error(1, error)
        reason = f"the worker raised {type(error).__name__}: {error}; its effect is in doubt"
        return visit.broken(reason, Candidate(error=error))
    await store.finish_effect(stage.key, {"packed": packed(output.update)})
    _trace(stage, "done")
    return await _judged(visit, output, cleared=cleared)


async def _judged(visit: Visit, output: Output, *, cleared: bool, reason: str = "") -> End:
    """The end of a visit whose effect has happened: whether it goes on is up to its checks."""
    stage, spec = visit.stage, visit.stage.spec
    checked = await stage.judge(output, 1)
    candidate = Candidate(output=output, checked=checked)
    policy: Degrade | None = None
    if checked.opinion in ("starved", "inconclusive"):
        policy = spec.on_budget if checked.opinion == "starved" else spec.on_inconclusive
    if checked.opinion == "pass" or policy in ("drop_check", "accept_unverified"):
        outcome: StepOutcome = "approved" if cleared else "unverified"
        if stage.how.checked and policy is None and not cleared and not checked.waived:
            outcome = "verified"
        record = visit.record(candidate, outcome, reason)
        return Settled(
            value=output.update, path=stage.path, visit=stage.traced_visit, record=record
        )
    said = checked.starved.problem if checked.starved else checked.feedback
    why = f"its effect was refused: {said or 'a verifier did not judge'}"
    ask = Ask(why) if policy == "escalate" else wish(stage, output, checked.verdicts, failed=True)
    if ask is None:
        return visit.broken(why, candidate)
    return held(
        stage,
        replace(ask, reason=why),
        output,
        visit.record(candidate, None, why),
        asked=visit.asked,
        allowed=AFTER_EFFECT,
    )


async def _unsure(visit: Visit, store: Store, row: EffectRow) -> End:
    """Begun before, never ended: find out what became of it."""
    stage = visit.stage
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
            asked=visit.asked,
            allowed=AFTER_CRASH,
            proposal=row.intent,
        )
    update = await confirm(stage.key)
    if update is None:
        _trace(stage, "confirmed not to have happened")
        return await _first_time(visit, store, cleared=False)
    result = {"packed": packed(dict(update))}
    await store.finish_effect(stage.key, result)
    _trace(stage, "confirmed")
    return await _happened(visit, result, cleared=False)


async def _happened(visit: Visit, result: Mapping[str, object], *, cleared: bool) -> End:
    entry = result.get("packed")
    value = unpacked(entry) if isinstance(entry, Mapping) else None
    reason = "its effect had happened before"
    return await _judged(visit, Output(value), cleared=cleared, reason=reason)


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
        kind="approval",
    )


def _trace(stage: Stage, phase: str) -> None:
    if stage.live.tracer:
        stage.live.tracer.emit(
            "effect", step=stage.path, visit=stage.visit, key=stage.key, phase=phase
        )
