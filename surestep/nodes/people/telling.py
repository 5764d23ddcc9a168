"""Telling the world that a person is asked, or has decided: the store, trace and stream."""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_RUNTIME

from surestep.nodes.live import Live
from surestep.review.relief import wait_s
from surestep.values import Decision, Question


async def tell_question(question: Question, config: RunnableConfig, live: Live) -> None:
    """Have a question known to whoever may answer it.

    Args:
        question: the question.
        config: of the planner's node.
        live: the run.
    """
    expected_s: float | None = None
    if live.store is not None:
        expected_s = await wait_s(live.store, question.queue, priority=question.priority)
        await live.store.ask(question)
    if live.tracer:
        live.tracer.emit(
            "question",
            step=question.step,
            visit=question.visit,
            question_id=question.question_id,
            reason=question.reason,
            queue=question.queue,
            proposal=dict(question.proposal),
            expected_wait_s=expected_s,
        )
        live.tracer.emit(
            "escalate",
            step=question.step,
            visit=question.visit,
            queue=question.queue,
            reason=question.reason,
        )
    writer = config["configurable"][CONFIG_KEY_RUNTIME].stream_writer
    writer(
        {
            "type": "surestep.question",
            "question_id": question.question_id,
            "step": question.step,
            "reason": question.reason,
            **({} if expected_s is None else {"expected_wait_s": expected_s}),
        }
    )


def tell_answer(live: Live, question: Question, decision: Decision) -> None:
    """Trace what a person has decided."""
    if live.tracer:
        live.tracer.emit(
            "answer",
            step=question.step,
            visit=question.visit,
            question_id=question.question_id,
            kind=decision.kind,
            actor=decision.actor,
            message=decision.message,
            update=decision.update,
        )
