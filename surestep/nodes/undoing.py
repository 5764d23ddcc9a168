"""Undoing what a reversible step has done, once its output has been refused."""

from __future__ import annotations

from surestep.nodes.stage import Stage
from surestep.nodes.worker import update_of
from surestep.values import Effect, Output


async def undone(stage: Stage, output: Output | None) -> str:
    """Why the effect behind an output stands still; `""` once it is undone, or if none did.

    It is not journaled: after a crash the whole visit runs again, work and undo, under the
    same key.

    Args:
        stage: the visit that had the effect.
        output: what it made; `None` if the worker raised, and so has to have left nothing.
    """
    undo = stage.spec.undo
    if stage.spec.effect is not Effect.REVERSIBLE or undo is None or output is None:
        return ""
    try:
        await undo(stage.state, update_of(output), stage.key)
    except Exception as error:  # noqa: BLE001 - an undo is foreign code: it may raise anything
        _trace(stage, "not undone")
        return f"its effect could not be undone: {type(error).__name__}: {error}"
    _trace(stage, "undone")
    return ""


def _trace(stage: Stage, phase: str) -> None:
    if stage.live.tracer:
        stage.live.tracer.emit(
            "effect", step=stage.path, visit=stage.visit, key=stage.key, phase=phase
        )
