"""Reading a run's record after the fact."""

from __future__ import annotations

from dataclasses import replace

from langchain_core.runnables import RunnableConfig
from langgraph._internal._config import ensure_config

from surestep.errors import UnknownThread
from surestep.graph.app import VerifiedApp
from surestep.graph.saved import Saved, saved
from surestep.graph.stores import opened_store
from surestep.storage import ThreadRow
from surestep.values import RunOutcome, RunRecord


async def record(app: VerifiedApp, config: RunnableConfig) -> RunRecord:
    """The record of the last run of a thread.

    Its outcome is `None` while the run goes on, or has been interrupted and can go on.

    Args:
        app: the app that ran it.
        config: names the thread, as in `{"configurable": {"thread_id": ...}}`.

    Raises:
        UnknownThread: the app's checkpointer has no such thread.
    """
    found = ensure_config(app.config, config)
    thread_id = str(found["configurable"].get("thread_id", ""))
    kept = await saved(app.saver(found), found)
    if not kept.exists:
        raise UnknownThread(thread_id, where="this checkpointer")
    store = await opened_store(app.definition.database, redact=app.definition.redact)
    row = await store.thread(thread_id) if store else None
    finished = not (await app.aget_state(config)).tasks
    outcome, reason = _outcome(kept, row, finished=finished)
    return replace(kept.run_record(), outcome=outcome, reason=reason)


def _outcome(
    kept: Saved, row: ThreadRow | None, *, finished: bool
) -> tuple[RunOutcome | None, str]:
    for failure in kept.failed.values():
        if isinstance(failure, dict):
            return "failed", str(failure["reason"])
    for question in kept.questions.values():
        return "escalated", f"waits for a person: {question.step}: {question.reason}"
    if row is not None and row.status == "failed":
        return "failed", row.reason
    return ("succeeded", "") if finished else (None, "")
