"""Undoing what a reversible step has done, once its output has been refused."""

from __future__ import annotations

from dataclasses import replace

from surestep.nodes.calls.worker import update_of
from surestep.nodes.people.asking import wish
from surestep.nodes.stage import Stage
from surestep.values import Ask, Effect, Output, Verdict


async def undone(stage: Stage, output: Output | None, *, earlier: bool = False) -> str:
    """Why the effect behind an output stands still, or may; `""` once it is undone, or if none did.

    Where it is not journaled, the whole visit runs again after a crash, work and undo, under
    the same key.

    Args:
        stage: the visit that had the effect.
        output: what it made; `None` if the worker raised, and so has to have left nothing.
        earlier: whether it was made in an earlier superstep, which has been put back since.
    """
    if stage.spec.effect is not Effect.REVERSIBLE or output is None:
        return ""
    if stage.journal is not None:
        why = await stage.journal.undo(lambda found: undo(stage, found), output, earlier=earlier)
    else:
        why = await _why(stage, output)
    if why:
        trace(stage, "not undone")
    return why


async def undo(stage: Stage, output: Output) -> None:
    """Have the step undo what it did.

    Raises:
        Exception: whatever its undo raises.
    """
    assert stage.spec.undo is not None
    await stage.spec.undo(stage.state, update_of(output), stage.key)
    trace(stage, "undone")


def asked_about(
    stage: Stage,
    why: str,
    output: Output | None,
    verdicts: tuple[Verdict, ...] = (),
    *,
    can_wait: bool = False,
) -> Ask | None:
    """Who is asked about an effect that could not be undone, if anyone can be.

    Where there is a journal, a person can be waited for; not so in a fan-out whose other visits
    go on meanwhile.

    Args:
        stage: the visit that had the effect.
        why: why it is not undone.
        output: what it made.
        verdicts: what was said of that.
        can_wait: whether the visit can wait, though it belongs to a fan-out.
    """
    ask = wish(stage, output, verdicts, failed=True)
    if ask is None and stage.journal is not None and (can_wait or stage.arg is None):
        ask = Ask(why)
    return None if ask is None else replace(ask, reason=why)


def trace(stage: Stage, phase: str) -> None:
    """Trace what has become of the effect of a visit."""
    if stage.live.tracer:
        stage.live.tracer.emit(
            "effect", step=stage.path, visit=stage.visit, key=stage.key, phase=phase
        )


async def _why(stage: Stage, output: Output) -> str:
    try:
        await undo(stage, output)
    except Exception as error:  # noqa: BLE001 - an undo is foreign code: it may raise anything
        return f"its effect could not be undone: {type(error).__name__}: {error}"
    return ""
