"""One database for checkpoints, events, questions and the effect journal."""

from surestep.storage.checkpoints import checkpointer
from surestep.storage.events import Redactor
from surestep.storage.items import Item
from surestep.storage.places import shown
from surestep.storage.queues import Queue
from surestep.storage.rows import (
    Deed,
    DeedStatus,
    EffectRow,
    EffectStatus,
    Event,
    EventKind,
    Loss,
    QuestionStatus,
    ThreadRow,
    ThreadStatus,
    Touch,
)
from surestep.storage.store import Store

__all__ = [
    "Deed",
    "DeedStatus",
    "EffectRow",
    "EffectStatus",
    "Event",
    "EventKind",
    "Item",
    "Loss",
    "QuestionStatus",
    "Queue",
    "Redactor",
    "Store",
    "ThreadRow",
    "ThreadStatus",
    "Touch",
    "checkpointer",
    "shown",
]
