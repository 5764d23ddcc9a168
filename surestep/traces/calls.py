"""Worker calls as a trace has them, each with what was said of its output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from surestep.storage import Event
from surestep.traces.discarded import Loss, losses_of
from surestep.traces.spans import began, text, usage_of
from surestep.values import Usage
from surestep.verifiers.canonical import canonical_json

CUT_OFF = "cut off"
"""Why a call has no output that nobody blames for it: time, money or another call was quicker."""

Place = tuple[str, int, int]
"""Step, visit and attempt."""

Replies = tuple[Place, int, str]
"""Where a model was asked: by which worker call, or of its output by which verifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one verifier said of an output.

    Attributes:
        verifier: its name.
        status: `pass`, `fail` or `inconclusive`.
        score: the verifier's own measure, if it has one.
        latency_s: how long it took, in seconds.
        cost_usd: what its model calls cost, in US dollars.
        model: the model it asked last; `""` if it asked none.
    """

    verifier: str
    status: str
    score: float | None = None
    latency_s: float = 0.0
    cost_usd: float = 0.0
    model: str = ""


@dataclass(slots=True, kw_only=True)
class Call:
    """One worker call; it fills while the events of its run are read.

    Attributes:
        event: its `attempt` event.
        replies: the `model_call` events of the models it asked.
        checks: what verifiers said of its output.
        error: why it has no output; `""` if it has one.
        discarded: whether it was built on an output that was then refused.
        outcome: how its visit settled, of the output that did; else `""`.
        human: what a person decided about its output; `None` if nobody was asked.
    """

    event: Event
    replies: tuple[Event, ...] = ()
    checks: list[Check] = field(default_factory=list)
    error: str = ""
    discarded: bool = False
    outcome: str = ""
    human: dict[str, object] | None = None

    @property
    def step(self) -> str:
        """The step's path."""
        return self.event.step

    @property
    def visit(self) -> int:
        """Which visit of the step, from 1."""
        return self.event.visit

    @property
    def attempt(self) -> int:
        """Which attempt of the visit, from 1."""
        return self.event.attempt

    @property
    def number(self) -> int:
        """Which call of the visit, from 1; 0 in traces that do not say."""
        return _call_number(self.event)

    @property
    def output(self) -> object:
        """The state update it made; `None` if it made none."""
        return self.event.data.get("output")

    @property
    def confidence(self) -> float | None:
        """How sure the worker said it was."""
        return _number(self.event.data.get("confidence"))

    @property
    def latency_s(self) -> float:
        """How long it took, in seconds."""
        return self.event.latency_s or 0.0

    @property
    def usage(self) -> Usage:
        """What its model calls consumed."""
        return sum((usage_of(reply) for reply in self.replies), Usage())

    @property
    def model(self) -> str:
        """The model it asked last; `""` if it asked none."""
        return _model(self.replies)


def calls_of(run: Sequence[Event]) -> tuple[Call, ...]:
    """The worker calls of one run, in the order in which they ended."""
    reading = _Reading()
    for event in run:
        reading.tell(event)
    losses = losses_of(run)
    for call in reading.calls:
        call.discarded = any(_within(call.event, loss) for loss in losses)
    return tuple(reading.calls)


@dataclass(slots=True)
class _Reading:
    """Reads the events of a run, in order."""

    calls: list[Call] = field(default_factory=list)
    open: dict[Place, list[Call]] = field(default_factory=lambda: defaultdict(list))
    replies: dict[Replies, list[Event]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[str, tuple[Call | None, float]] = field(default_factory=dict)
    allowed: dict[tuple[str, int], dict[str, object]] = field(default_factory=dict)

    def tell(self, event: Event) -> None:
        """Take in an event."""
        place = (event.step, event.visit, event.attempt)
        match event.kind:
            case "step_started":
                # A visit taken back starts again under its number; verdicts are of the new one.
                for known in [one for one in self.open if one[:2] == place[:2]]:
                    del self.open[known]
            case "model_call":
                verifier = text(event.data.get("verifier"))
                self.replies[place, _call_number(event), verifier].append(event)
            case "attempt":
                replies = self.replies.pop((place, _call_number(event), ""), ())
                call = Call(event=event, replies=tuple(replies))
                call.error = "" if call.output is not None else CUT_OFF
                # Asked before the work, as where that cannot be taken back.
                call.human = self.allowed.pop(place[:2], None)
                self.calls.append(call)
                self.open[place].append(call)
            case "error":
                for call in self.open.get(place, ())[-1:]:
                    call.error = text(event.data.get("error"))
            case "verdict":
                self._judged(event, place)
            case "question" | "answer" | "settled":
                self._ended(event)

    def _judged(self, event: Event, place: Place) -> None:
        verifier, number = text(event.data.get("verifier")), _call_number(event)
        calls = self.replies.pop((place, number, verifier), [])
        outputs = [
            call
            for call in self.open.get(place, ())
            if not call.error and number in (0, call.number)
        ]
        if len(outputs) == 1:
            check = Check(
                verifier=verifier,
                status=text(event.data.get("status")),
                score=_number(event.data.get("score")),
                latency_s=event.latency_s or 0.0,
                cost_usd=sum(call.cost_usd or 0.0 for call in calls),
                model=_model(calls),
            )
            outputs[0].checks.append(check)

    def _ended(self, event: Event) -> None:
        call = self._meant(event)
        question = text(event.data.get("question_id"))
        if event.kind == "question":
            self.asked[question] = call, event.at
        elif event.kind == "answer" and question in self.asked:
            asked, since = self.asked.pop(question)
            human: dict[str, object] = {
                "decision": text(event.data.get("kind")),
                "actor": text(event.data.get("actor")),
                "wait_s": event.at - since,
            }
            if asked is None:
                self.allowed[event.step, event.visit] = human
            else:
                asked.human = human
        elif event.kind == "settled" and call is not None:
            call.outcome = text(event.data.get("outcome"))

    def _meant(self, event: Event) -> Call | None:
        """The latest call of an event's visit that made what it names, or else anything."""
        there = [
            call
            for call in reversed(self.calls)
            if (call.step, call.visit) == (event.step, event.visit) and not call.error
        ]
        update = event.data.get("update", event.data.get("proposal"))
        made = canonical_json(update)
        same = (call for call in there if canonical_json(call.output) == made)
        return next(same, next(iter(there), None))


def _model(calls: Sequence[Event]) -> str:
    return text(calls[-1].data.get("model")) if calls else ""


def _within(event: Event, loss: Loss) -> bool:
    visit = event.step, event.visit
    return visit == loss.visit and loss.since <= began(event) and event.at <= loss.until


def _call_number(event: Event) -> int:
    value = event.data.get("call")
    return value if isinstance(value, int) else 0


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
