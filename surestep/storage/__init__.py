"""One database for checkpoints, events, questions and the effect journal."""

from surestep.storage.checkpoints import checkpointer
from surestep.storage.events import Redactor
from surestep.storage.rows import (
    EffectRow,
    EffectStatus,
    Event,
    EventKind,
    QuestionStatus,
    ThreadRow,
    ThreadStatus,
    Touch,
)
from surestep.storage.store import Store

__all__ = [
    "EffectRow",
    "EffectStatus",
    "Event",
    "EventKind",
    "QuestionStatus",
    "Redactor",
    "Store",
    "ThreadRow",
    "ThreadStatus",
    "Touch",
    "checkpointer",
]
