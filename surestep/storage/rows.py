"""The rows a store keeps, as frozen values: threads, events, effects, touches of a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ThreadStatus = Literal["running", "waiting", "succeeded", "escalated", "failed", "interrupted"]
QuestionStatus = Literal["open", "answered", "closed"]
EffectStatus = Literal["begun", "done"]
DeedStatus = Literal["begun", "done", "undoing", "undone", "stuck"]
EventKind = Literal[
    "run_started",
    "run_ended",
    "plan",
    "switch",
    "change",
    "decision",
    "step_started",
    "attempt",
    "model_call",
    "tool_call",
    "verdict",
    "retry",
    "degrade",
    "fallback",
    "escalate",
    "question",
    "answer",
    "settled",
    "effect",
    "resume",
    "error",
    "rollback",
    "launch",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened in a thread.

    Attributes:
        thread_id: the thread it happened in.
        kind: what happened.
        at: when, in seconds since the epoch; the *end* of what has a `latency_s`.
        step: the step's path; `""` if it concerns the whole run.
        visit: which visit of the step, from 1; 0 where that says nothing.
        attempt: which attempt of the visit, from 1; 0 where that says nothing.
        latency_s: how long it took, in seconds; `None` for what is a moment.
        cost_usd: what it cost, in US dollars; `None` for what costs nothing by itself.
        data: the rest; read back, it holds plain JSON values only.
        seq: its place in the order of one database; set by the store.
    """

    thread_id: str
    kind: EventKind
    at: float
    step: str = ""
    visit: int = 0
    attempt: int = 0
    latency_s: float | None = None
    cost_usd: float | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRow:
    """What the database knows of one thread.

    Attributes:
        thread_id: the thread.
        target: the `module:attribute` it runs; saving `None` keeps what is there.
        status: how it stands.
        reason: why it stands so, where the status alone does not say.
        slo: the session's SLO as plain JSON values; saving `None` keeps what is there.
        plan: the session's plan as TOML; saving `None` keeps what is there.
        created_at: seconds since the epoch; the first one saved stays.
        updated_at: seconds since the epoch; 0.0 becomes the time of saving.
        cost_usd: spent so far, in US dollars; never falls when saved again.
        machine_s: time it was running, in seconds; never falls when saved again.
        human_s: time it waited for people, in seconds; never falls when saved again.
    """

    thread_id: str
    target: str | None = None
    status: ThreadStatus = "running"
    reason: str = ""
    slo: Mapping[str, object] | None = None
    plan: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    cost_usd: float = 0.0
    machine_s: float = 0.0
    human_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRow:
    """One irreversible effect, as its journal has it.

    Attributes:
        key: the idempotency key of the effect.
        thread_id: the thread that brings it about.
        step: the step's path.
        visit: which visit of the step, from 1.
        status: `begun` once its intent is on disk, `done` once its result is.
        intent: what was about to happen, as plain JSON values.
        result: what came of it, as plain JSON values; `None` until done.
        begun_at: seconds since the epoch.
        done_at: seconds since the epoch; `None` until done.
        fresh: whether the call that returned this row wrote it; when not, the effect may
            have happened already.
    """

    key: str
    thread_id: str
    step: str
    visit: int
    status: EffectStatus
    intent: Mapping[str, object]
    result: Mapping[str, object] | None = None
    begun_at: float = 0.0
    done_at: float | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One reversible effect, as its journal has it.

    Attributes:
        key: the idempotency key of the effect.
        thread_id: the thread that brings it about.
        run: which run of its thread, from 1.
        step: the step's path.
        visit: which visit of the step, from 1.
        lineage: tells it from the other visits of a fan-out.
        superstep: LangGraph's number of the superstep it belongs to.
        checkpoint_id: the checkpoint that superstep started from.
        arg: what a `Send` had given the step, serialized; `None` if it read the state.
        status: `begun` before it happens, `done` after; `undoing` before it is undone, `undone`
            after, and `stuck` once it could not be, or nobody knows whether it is.
        result: what it came to, serialized; `None` until done.
        kept: whether the next visit under its key is to find it done.
        asked: how often it was stuck.
    """

    key: str
    thread_id: str
    run: int
    step: str
    visit: int
    lineage: str
    superstep: int
    checkpoint_id: str
    arg: bytes | None = None
    status: DeedStatus = "begun"
    result: bytes | None = None
    kept: bool = False
    asked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """An output that is refused for good, as what was built on it is being undone.

    Attributes:
        thread_id: the thread.
        token: names the visit that made it.
        checkpoint_id: the checkpoint the visit's superstep started from.
        entry: what its step will find when it starts again, serialized.
    """

    thread_id: str
    token: str
    checkpoint_id: str
    entry: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One entry of the audit: somebody did something to a question.

    Attributes:
        question_id: the question.
        what: `asked`, `closed`, `claimed`, `renewed`, `expired`, `released`, `handed_on`, or the
            kind of the decision.
        at: seconds since the epoch.
        who: who did it; `""` for the run itself.
        detail: the rest, as plain JSON values.
        seq: its place in the order of one database; set by the store.
    """

    question_id: str
    what: str
    at: float
    who: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
    seq: int = 0
