"""What a step's output is replaced by when it is to be wrong: corrupted, missing or stale."""

from __future__ import annotations

import json
from typing import Literal

from surestep.rehearsal.draw import Draws
from surestep.rehearsal.injection import Update
from surestep.rehearsal.mistakes import mistaken
from surestep.storage.encode import to_json

Kind = Literal["corrupted", "missing", "stale"]
KINDS: tuple[Kind, ...] = ("corrupted", "missing", "stale")


def damaged(kind: Kind, update: Update, other: Update, draws: Draws) -> Update | None:
    """The update, spoilt; `None` where that would change nothing.

    Args:
        kind: `corrupted` makes a plausible mistake in one plain JSON value of it, `missing`
            leaves nothing of it, `stale` is what the step made of another input.
        update: what the step made.
        other: what it made of another input.
        draws: decides which mistake.
    """
    if kind == "missing":
        spoilt: Update = {}
    elif kind == "stale":
        spoilt = other
    else:
        plain = [key for key, value in update.items() if _is_plain(value)]
        if not plain:
            return None
        key = draws.pick("key", sorted(plain))
        spoilt = {**update, key: mistaken(update[key], draws)}
    return None if spoilt == update else spoilt


def _is_plain(value: object) -> bool:
    """Whether a value is JSON, so that a mistake in it has its type."""
    return bool(json.loads(to_json(value)) == value)
