"""What the API takes and gives, as models from which its description is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from surestep.storage import Item, QuestionStatus
from surestep.values import DecisionKind
from surestep.web.rows import stake_usd

LONGEST_LEASE_S = 30 * 86_400.0


def _without_nul(text: str) -> str:
    # Postgres keeps no such text, and nobody types one.
    if "\0" in text:
        raise ValueError("there is a NUL in it")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
Lease = Annotated[
    float | None,
    Field(gt=0.0, le=LONGEST_LEASE_S, allow_inf_nan=False, description="For how many seconds."),
]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Decide(_Message):
    """A decision."""

    type: Literal["approve", "edit", "reject", "respond"]
    message: Text = Field("", description="Feedback, or what you respond.")
    update: dict[str, JsonValue] | None = Field(
        None, description="With edit: what goes on instead."
    )


class Claim(_Message):
    """Taking an item."""

    lease_s: Lease = None


class Next(_Message):
    """Taking the next item of a queue."""

    queue: Text = "default"
    lease_s: Lease = None


class Release(_Message):
    """Giving an item back."""

    note: Text = ""


class HandOn(_Message):
    """Handing an item on."""

    queue: Text = Field("", description="To this queue.")
    to: Text = Field("", description="To this person alone.")
    note: Text = ""


class Decided(_Message):
    """What was decided."""

    kind: DecisionKind
    message: str
    update: dict[str, object] | None
    actor: str
    decided_at: float


class ItemView(_Message):
    """An item: the question, and where it stands."""

    question_id: str
    thread_id: str
    step: str
    visit: int
    reason: str
    proposal: dict[str, object]
    verdicts: list[dict[str, object]]
    allowed: list[DecisionKind]
    schema_: dict[str, object] | None = Field(alias="schema")
    approvers: int
    queue: str
    priority: int
    confidence: float | None
    amount_usd: float | None
    asked_at: float
    status: QuestionStatus
    due_at: float | None
    held_by: str
    held_until: float | None
    assigned_to: str
    decision: Decided | None


class Items(_Message):
    """Items that fit, as they would be offered."""

    items: list[ItemView]
    found: int = Field(description="How many fit, shown or not.")


class Problem(_Message):
    """Why something was refused."""

    problem: str
    remedy: str


def view_of(item: Item, *, now: float) -> ItemView:
    """An item as the API gives it, at a time in seconds since the epoch."""
    asked = item.question
    same = ("question_id", "thread_id", "step", "visit", "reason", "approvers", "queue")
    known = {name: getattr(asked, name) for name in (*same, "priority", "confidence", "asked_at")}
    values = {
        **known,
        "proposal": dict(asked.proposal),
        "verdicts": [dict(one) for one in asked.verdicts],
        "allowed": [*asked.allowed],
        "schema": None if asked.schema is None else dict(asked.schema),
        "amount_usd": stake_usd(asked),
        "status": item.status,
        "due_at": item.due_at,
        "held_by": item.holder(now),
        "held_until": item.held_until if item.holder(now) else None,
        "assigned_to": item.assigned_to,
        "decision": None,
    }
    if asked.decision is not None:
        said = asked.decision
        values["decision"] = Decided(
            kind=said.kind,
            message=said.message,
            update=None if said.update is None else dict(said.update),
            actor=said.actor,
            decided_at=said.decided_at,
        )
    return ItemView.model_validate(values)
