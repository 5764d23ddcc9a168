"""Driving a run: pass after pass, with people asked in between, until it ends or is left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from surestep.cli.answering import is_foreign, open_questions
from surestep.cli.job import Face, Job, Reply, Result
from surestep.errors import RunFailed, SurestepError
from surestep.graph import Session, record
from surestep.graph.reply import reply
from surestep.graph.session import ABSENT
from surestep.values import Question, RunRecord

_log = logging.getLogger(__name__)


async def drive(job: Job, face: Face) -> Result:
    """How the run stands when it has ended, was left, or waits for somebody else.

    Raises:
        SurestepError: something does not fit; the run has not gone on.
        CancelledError: the run was interrupted; what it had settled is saved.
    """
    answers = Reply(go_on=True, values=job.values, switches=job.switches)
    result = None if job.given is not None else await _standing(job)
    pending = job.switches
    while True:
        if result is None:
            session = Session(job.wishes, ABSENT)
            for one in answers.switches:
                session.switch(one.step, mode=one.mode, why=one.why, by=one.by)
            result, pending = await _passed(job, face, session, answers.values), ()
        if not result.questions:
            break
        wanted = await face.ask(job, result)
        # Switches that no pass has taken in yet go along.
        answers = replace(wanted, switches=(*pending, *wanted.switches))
        if not answers.go_on:
            refused = job.on_question in ("fail", "approve")
            result = replace(result, interrupted=answers.interrupted, refused=refused)
            break
        job, result = replace(job, given=None), None
    face.show(job, result)
    return result


async def _standing(job: Job) -> Result | None:
    """How a thread stands that can only be gone on with by answering; `None` for any other."""
    state = await job.app.aget_state(job.config)
    questions = await open_questions(job)
    if state.next and (job.values or not questions or len(questions) < len(state.interrupts)):
        return None
    return Result(
        thread_id=job.thread_id,
        record=await record(job.app, job.config),
        values=_table(state.values),
        questions=questions,
    )


async def _passed(job: Job, face: Face, session: Session, values: Mapping[str, object]) -> Result:
    """What one pass over the thread came to."""
    given = job.given if job.given is not None else reply(values)
    failure = ""
    try:
        async with face.watching(job, session):
            await job.app.ainvoke(given, job.config, context=session)
    except RunFailed as error:
        _log.debug("The run failed.", exc_info=error)  # its record says the rest
    except SurestepError:
        raise
    except asyncio.CancelledError:
        cut_off = replace(session.record, outcome=None, reason="interrupted")
        face.show(job, Result(thread_id=job.thread_id, record=cut_off, interrupted=True))
        raise
    except Exception as error:  # noqa: BLE001 - nodes are foreign code: they may raise anything
        _log.debug("The run failed.", exc_info=error)
        failure = f"{type(error).__name__}: {error}".rstrip(": ")
    state = await job.app.aget_state(job.config)
    questions = await open_questions(job)
    return Result(
        thread_id=job.thread_id,
        record=_seen(session.record, failure, questions),
        values=_table(state.values),
        questions=questions,
    )


def _seen(record: RunRecord, failure: str, questions: Sequence[Question]) -> RunRecord:
    """The record with the outcome as a person sees it: a graph that interrupts waits."""
    if failure:
        return replace(record, outcome="failed", reason=failure)
    if record.outcome == "succeeded" and any(map(is_foreign, questions)):
        return replace(record, outcome="escalated", reason="the graph interrupts")
    return record


def _table(values: object) -> Mapping[str, object]:
    return values if isinstance(values, Mapping) else {"value": values}
