"""Review after the fact: what is kept of a visit's output, and what a reviewer is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from langgraph._internal._constants import CONFIG_KEY_CHECKPOINT_MAP, CONFIG_KEY_CHECKPOINT_NS

from surestep.clock import wall_s
from surestep.errors import GraphError
from surestep.nodes.backlog import Backlog
from surestep.nodes.calls.worker import update_of
from surestep.nodes.consequence import consequence
from surestep.nodes.ends import End, Settled, Unsettled, entries_of, plain
from surestep.nodes.stage import Stage
from surestep.review.amounts import at_stake
from surestep.review.approval import Approvals
from surestep.review.earned import Earned
from surestep.review.relief import relief
from surestep.review.remembered import Remembered
from surestep.review.reviewed import LATEST, Reviewed
from surestep.review.rungs import Rung
from surestep.review.sampling import Design
from surestep.review.standing import rung_of
from surestep.storage import Store
from surestep.storage.actions import ActionRow
from surestep.storage.encode import to_json
from surestep.values import Output, Question, StepRecord

ALONE = ("verified", "unverified", "repaired")
"""How outputs settle that no person has decided on."""

_designs: Remembered[Design] = Remembered(10.0)


async def attended(stage: Stage, visited: Callable[[], Coroutine[Any, Any, End]]) -> End:
    """The end of a visit of a step that people look at, before or after.

    Args:
        stage: the visit.
        visited: goes through it.
    """
    await informed(stage)
    return await noted(stage, await visited())


async def informed(stage: Stage) -> None:
    """Have the human policy of a visit know what it must look up: its rung, and who has time.

    Raises:
        GraphError: there is no database to look it up in.
    """
    # Looked up once a visit, so that all its attempts are asked about alike.
    policy = stage.how.human
    if not isinstance(policy, (Earned, Approvals)):
        return
    by_tier = policy.by_tier if isinstance(policy, Earned) else policy
    if by_tier.team is not None:
        spared = await relief(_store(stage), by_tier.team)
        by_tier = replace(by_tier, spare_below=spared.spare_below)
    if isinstance(policy, Earned):
        stage.rung = await rung_of(_store(stage), stage.path, policy.starts)
        stage.how = replace(stage.how, human=policy.at(stage.rung, by_tier))
    else:
        stage.how = replace(stage.how, human=by_tier)


async def noted(stage: Stage, end: End) -> End:
    """The end of a visit, once it is kept for review if it is to be."""
    review, backlog = stage.spec.reviewed, stage.live.backlog
    if review is None or isinstance(end, Unsettled):
        return end
    store = _store(stage)
    assert backlog is not None
    if isinstance(end, Settled) and end.record.outcome in ALONE:
        row = await _row(stage, store, review, Output(end.value), end.record)
        await backlog.keep(row)
        return replace(end, key=row.key)
    # An earlier try of the visit may have settled before a crash, and this one has not.
    await backlog.forget(key_of(stage))
    return end


def note_later(stage: Stage, output: Output, record: StepRecord) -> None:
    """Keep an output for review whose verdicts have let it stand just now."""
    review, backlog = stage.spec.reviewed, stage.live.backlog
    if review is not None and backlog is not None and record.outcome in ALONE:
        backlog.keep_later(key_of(stage), _keep(stage, backlog, review, output, record))


def key_of(stage: Stage) -> str:
    """Names the visit; also where there is no thread, whose runs cannot be resumed."""
    live = stage.live
    return stage.key or f"{live.run_id}/1/{stage.path}/{stage.visit}{stage.lineage}"


async def _keep(
    stage: Stage, backlog: Backlog, review: Reviewed, output: Output, record: StepRecord
) -> None:
    await backlog.keep(await _row(stage, _store(stage), review, output, record))


async def _row(
    stage: Stage, store: Store, review: Reviewed, output: Output, record: StepRecord
) -> ActionRow:
    """What is kept of an output."""
    key, raw = key_of(stage), record.confidence
    known = Output(output.update, confidence=raw)
    confidence = review.confidence(raw)
    design = await _designs.get(store, stage.path, lambda: _design(stage, store, review))
    kept = (await relief(store, review.team)).sampled
    draw = review.draw(key, confidence, design, kept=kept)
    # On the last rung nobody looks, and only alarms do.
    looked_at = stage.rung is not Rung.AUTONOMOUS
    shown = plain(update_of(known))
    row = ActionRow(
        key=key,
        thread_id=stage.live.tracer.thread_id,
        run=max(stage.live.number, 1),
        step=stage.path,
        visit=stage.visit,
        at=wall_s(),
        raw=raw,
        confidence=confidence,
        amount_usd=at_stake(review.amount, stage.state, known),
        size=len(to_json(shown)),
        chance=draw.chance if looked_at else 0.0,
        full_chance=design.chance(confidence) if looked_at else 0.0,
        spared=_is_spared(stage, known, record),
        origin=_origin(stage),
    )
    if not (draw.drawn and looked_at):
        return row
    question = Question(
        question_id=f"{key}/review",
        thread_id=row.thread_id,
        step=row.step,
        visit=row.visit,
        reason=f"drawn for review, as {draw.chance:.1%} of outputs this sure are",
        proposal=shown,
        verdicts=tuple(entries_of(record.verdicts)),
        allowed=("approve", "reject"),
        queue=review.queue,
        priority=review.priority,
        confidence=raw,
        calibrated=None if raw is None or review.calibrate is None else confidence,
        amount_usd=row.amount_usd,
        kind="review",
        must=False,
    )
    return replace(row, question=replace(question, approving=consequence(question)))


def _origin(stage: Stage) -> dict[str, str]:
    """The checkpoints that the superstep of a visit, and those around it, started from."""
    configurable = stage.config["configurable"]
    found = {**configurable.get(CONFIG_KEY_CHECKPOINT_MAP, {})}
    # What a crash has left unsettled is judged from a later superstep than it was made in.
    if stage.began:
        found[str(configurable[CONFIG_KEY_CHECKPOINT_NS]).rpartition("|")[0]] = stage.began
    return found


async def _design(stage: Stage, store: Store, review: Reviewed) -> Design:
    return review.design(await store.reviews.recent_confidences(stage.path, LATEST))


def _is_spared(stage: Stage, output: Output, record: StepRecord) -> bool:
    """Whether a person would have been asked about an output, but for the others that wait."""
    policy = stage.how.human
    if not isinstance(policy, Approvals) or policy.team is None:
        return False
    return policy.wanted(stage.state, output, record.verdicts) is not None


def _store(stage: Stage) -> Store:
    """The database people's work is kept in.

    Raises:
        GraphError: there is none.
    """
    if stage.live.store is None:
        raise without_database(stage.path)
    return stage.live.store


def without_database(path: str) -> GraphError:
    """What to tell of a step whose review, or whose people's time, nothing can keep."""
    return GraphError(
        f"Step {path!r} is reviewed by people, or asks as they have time, and there is no "
        "database for that.",
        remedy="Compile with database=..., or set SURESTEP_DB.",
    )
