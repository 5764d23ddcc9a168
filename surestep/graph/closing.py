"""The first and the last word on a run, in the trace and in the list of threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from langgraph.errors import GraphDrained

from surestep.errors import BudgetExceeded, RunFailed, ThreadBusy
from surestep.graph.opening import Ground
from surestep.nodes.live import Live
from surestep.review.earned import Earned
from surestep.review.terms import declare, declared
from surestep.storage import ThreadRow, ThreadStatus
from surestep.storage.encode import columns
from surestep.values import RunOutcome

STOPPED = (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, GraphDrained)


async def announce(live: Live, ground: Ground, given: object) -> None:
    """Write down that a run starts, or goes on."""
    if live.tracer:
        live.tracer.emit(
            "run_started" if ground.fresh else "resume",
            input=given,
            slo=live.options.slo.as_dict(),
            plan=live.options.plan.as_dict(),
            target=ground.session.wishes.target,
        )
        if ground.fresh or ground.session.wishes.plan is not None:
            plan = live.options.plan
            steps = {step: how.as_dict() for step, how in plan.steps.items()}
            live.tracer.emit("plan", default=plan.default.as_dict(), steps=steps)
    if live.store is None:
        return
    if ground.fresh and live.thread_id is not None:
        for question in await live.store.questions(live.thread_id):
            if question.awaited:
                await live.store.close_question(question.question_id, "new input came in")
    await live.store.save_thread(_row(live, "running", target=ground.session.wishes.target))


async def attend(live: Live, ground: Ground) -> None:
    """Have those who review steps know of them, and see to what a crash has left for them."""
    specs = ground.definition.attended
    if not specs or live.store is None or live.backlog is None:
        return
    for path, spec in specs.items():
        await declare(live.store, path, declared(spec.human, spec.reviewed))
        if isinstance(spec.human, Earned):
            live.backlog.earning.append(path)
    saved = ground.saved
    await live.backlog.open(
        fresh=ground.fresh, checkpoint_id=saved.checkpoint_id, unsettled=saved.unsettled
    )


@asynccontextmanager
async def concluding(live: Live) -> AsyncIterator[None]:
    """Around a run: however it ends, that is written down.

    Raises:
        RunFailed: the run ran out of its budget outside of any step.
    """
    error: BaseException | None = None
    try:
        yield
    except BudgetExceeded as cause:
        live.stop("failed", cause.problem)
        error = RunFailed("", cause.problem, live.record())
        raise error from cause
    except BaseException as cause:
        error = cause
        raise
    finally:
        try:
            if live.backlog is not None:
                await live.backlog.close(whole=error is None, unsettled=live.is_unsettled())
        finally:
            await live.abandon()
            if live.backlog is not None:
                await live.backlog.abandon()
            await _conclude(live, error)


async def _conclude(live: Live, error: BaseException | None) -> None:
    if isinstance(error, ThreadBusy):
        # How the thread stands is for the run to say that has taken it over.
        live.stop(None, error.problem)
        return
    outcome, reason = _ending(live, error)
    if not isinstance(error, RunFailed):
        live.stop(outcome, reason)
    if live.tracer:
        if error is not None and outcome == "failed" and not isinstance(error, RunFailed):
            live.tracer.emit("error", error=repr(error))
        live.tracer.emit(
            "run_ended", outcome=outcome, reason=reason, spent=columns(live.till.spent)
        )
    if live.store is not None:
        await live.store.save_thread(_row(live, outcome or "interrupted", reason=reason))
        await live.store.flush()


def _ending(live: Live, error: BaseException | None) -> tuple[RunOutcome | None, str]:
    if isinstance(error, RunFailed):
        return "failed", error.reason
    if isinstance(error, STOPPED):
        return None, "interrupted"
    if error is not None:
        return "failed", f"{type(error).__name__}: {error}"
    if live.waiting:
        return "escalated", f"waits for a person: {live.waiting}"
    return "succeeded", ""


def _row(
    live: Live, status: ThreadStatus, *, reason: str = "", target: str | None = None
) -> ThreadRow:
    spent = live.till.spent
    return ThreadRow(
        thread_id=live.tracer.thread_id,
        target=target,
        status=status,
        reason=reason,
        slo=live.options.slo.as_dict(),
        plan=live.options.plan.toml(),
        cost_usd=spent.cost_usd,
        machine_s=spent.machine_s,
        human_s=spent.human_s,
    )
