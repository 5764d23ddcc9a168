"""One output of a worker, with a second call beside the first if that one is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from surestep.nodes.calls.attempt import Attempt
from surestep.nodes.candidate import PASSED_ON, Candidate, Lead, dismiss
from surestep.nodes.stage import Stage
from surestep.values import Output


async def single(
    stage: Stage, attempt: Attempt, lead: Lead, known: Output | None = None
) -> Candidate:
    """One output, judged.

    Args:
        stage: the visit.
        attempt: what the worker is told.
        lead: told of the output before it is judged.
        known: the output, if it has been made already.
    """
    output = known
    if output is None:
        try:
            output = await worked(stage, attempt)
        except PASSED_ON:
            raise
        except Exception as error:  # noqa: BLE001 - a worker is foreign code: it may raise anything
            stage.trace_error(attempt.number, error)
            return Candidate(error=error)
    lead(output)
    return Candidate(output=output, checked=await stage.judge(output, attempt.number))


async def worked(stage: Stage, attempt: Attempt) -> Output:
    """The first output of a call, or of one made beside it once it is late."""
    after_s = stage.how.hedge_after_s
    if after_s is None:
        return await stage.work(attempt)
    first = asyncio.create_task(stage.work(attempt))
    calls = {first}
    try:
        await asyncio.wait(calls, timeout=after_s)
        if not first.done():
            calls.add(asyncio.create_task(stage.work(attempt)))
        return await _earliest(calls)
    finally:
        await dismiss(calls)


async def _earliest(calls: Collection[asyncio.Task[Output]]) -> Output:
    """The first output; an error only if every call ended in one."""
    pending = set(calls)
    while True:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for call in done:
            if call.exception() is None or not pending:
                return call.result()
