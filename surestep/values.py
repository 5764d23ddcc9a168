"""The frozen vocabulary every layer shares: verdicts, outputs, usage, decisions, records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

VerdictStatus = Literal["pass", "fail", "inconclusive"]
Mode = Literal["off", "serial", "speculative"]
Degrade = Literal["drop_check", "fallback", "accept_unverified", "escalate", "fail"]
Role = Literal["worker", "checker"]
DecisionKind = Literal["approve", "edit", "reject", "respond"]
QuestionKind = Literal["approval", "help", "review"]
StepOutcome = Literal[
    "verified", "unverified", "repaired", "approved", "edited", "rejected", "failed"
]
RunOutcome = Literal["succeeded", "escalated", "failed"]

NOTHING: Mapping[str, object] = MappingProxyType({})


class Effect(StrEnum):
    """What a step does to the world, and so how it may be repeated."""

    PURE = "pure"
    """Free to repeat."""
    REVERSIBLE = "reversible"
    """Has an undo."""
    IRREVERSIBLE = "irreversible"
    """Happens at most once, and only behind a barrier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What model calls consumed.

    Attributes:
        calls: number of model calls, each retry counted.
        input_tokens: prompt tokens.
        output_tokens: completion tokens.
        cost_usd: price in US dollars: what was billed, and what was estimated.
        estimated_usd: the part of it that is estimated, of calls whose price never came in.
        withheld_usd: by how much those may have cost more at worst, in US dollars.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    estimated_usd: float = 0.0
    withheld_usd: float = 0.0

    @property
    def estimated(self) -> bool:
        """Whether the true price of some call never came in."""
        return self.estimated_usd + self.withheld_usd > 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=self.cost_usd + other.cost_usd,
            estimated_usd=self.estimated_usd + other.estimated_usd,
            withheld_usd=self.withheld_usd + other.withheld_usd,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verifier's judgement of one output.

    Attributes:
        status: `pass`, `fail`, or `inconclusive` when the verifier broke or abstained.
        score: the verifier's own measure of quality in [0, 1], if it has one.
        feedback: what a worker that tries again should know.
        evidence: whatever supports the judgement; plain JSON values.
        verifier: the name of the verifier; filled in by the step.
        usage: what the judgement consumed; filled in by the step.
        latency_s: how long it took, in seconds; filled in by the step.
    """

    status: VerdictStatus
    score: float | None = field(default=None, kw_only=True)
    feedback: str = field(default="", kw_only=True)
    evidence: Mapping[str, object] = field(default_factory=dict, kw_only=True)
    verifier: str = field(default="", kw_only=True)
    usage: Usage = field(default=Usage(), kw_only=True)
    latency_s: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if self.status not in ("pass", "fail", "inconclusive"):
            raise ValueError(
                f"Verdict status is {self.status!r}. Use 'pass', 'fail' or 'inconclusive'."
            )

    @property
    def passed(self) -> bool:
        """Whether the output was accepted; `inconclusive` is not."""
        return self.status == "pass"


@dataclass(frozen=True, slots=True)
class Output:
    """A worker's state update together with how sure the worker is of it.

    Attributes:
        update: the state update, or a LangGraph `Command` that carries one.
        confidence: the worker's own probability, in [0, 1], that the update is right.
    """

    update: object
    confidence: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0.0 <= self.confidence <= 1.0:
            raise ValueError(
                f"Output confidence is {self.confidence!r}. "
                "Give a probability between 0 and 1, or None."
            )


@dataclass(frozen=True, slots=True)
class Ask:
    """A human policy's wish to ask a person, and how.

    Attributes:
        reason: shown to the person.
        approvers: how many different people must approve.
        queue: where the question waits.
        priority: higher is offered first.
        calibrated: the calibrated probability that the output is right, if the policy knows it.
        amount_usd: what is at stake, in US dollars, if the policy knows it.
        tier: the tier of the policy that asks; `""` if it has none.
        must: whether to ask however many questions wait already.
    """

    reason: str
    approvers: int = field(default=1, kw_only=True)
    queue: str = field(default="default", kw_only=True)
    priority: int = field(default=0, kw_only=True)
    calibrated: float | None = field(default=None, kw_only=True)
    amount_usd: float | None = field(default=None, kw_only=True)
    tier: str = field(default="", kw_only=True)
    must: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        if self.approvers < 1:
            raise ValueError(f"Ask approvers is {self.approvers}. Give 1 or more.")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided.

    Attributes:
        kind: `approve`, `edit`, `reject` or `respond`.
        update: with `edit`, the state update to go on with instead.
        message: with `reject`, feedback for the step; with `respond`, the free text.
        actor: who decided.
        decided_at: when, in seconds since the epoch; 0.0 until stored.
    """

    kind: DecisionKind
    update: Mapping[str, object] | None = field(default=None, kw_only=True)
    message: str = field(default="", kw_only=True)
    actor: str = field(default="", kw_only=True)
    decided_at: float = field(default=0.0, kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to a person about one visit of one step.

    Attributes:
        question_id: stable over every re-ask and restart.
        thread_id: the thread that waits for the answer.
        step: the step's path.
        visit: which visit of the step, from 1.
        reason: why a person is asked.
        proposal: the state update the step proposes, as plain JSON values.
        verdicts: what the verifiers said, as plain JSON values.
        allowed: the decisions that fit.
        schema: JSON schema an edited update must meet, if the step has one.
        approvers: how many different people must approve.
        queue: where the question waits.
        priority: higher is offered first.
        confidence: the worker's confidence in its proposal, if it gave one.
        asked_at: seconds since the epoch.
        decision: the answer, once there is one.
        kind: what the answer is for: an `approval` lets an output go on, `help` gets a step out
            of trouble, and a `review` judges what has gone on already: no run waits for it.
        calibrated: the calibrated probability that the proposal is right, if it is known.
        amount_usd: what is at stake, in US dollars, if it is known.
        tier: the tier of the step's policy that asks; `""` if it has none.
        approving: what approving does, in a sentence; `""` if nobody has said.
        must: whether it is asked however many questions wait already.
    """

    question_id: str
    thread_id: str
    step: str
    visit: int
    reason: str
    proposal: Mapping[str, object]
    verdicts: tuple[Mapping[str, object], ...] = ()
    allowed: tuple[DecisionKind, ...] = ("approve", "edit", "reject", "respond")
    schema: Mapping[str, object] | None = None
    approvers: int = 1
    queue: str = "default"
    priority: int = 0
    confidence: float | None = None
    asked_at: float = 0.0
    decision: Decision | None = None
    kind: QuestionKind = "approval"
    calibrated: float | None = None
    amount_usd: float | None = None
    tier: str = ""
    approving: str = ""
    must: bool = True

    @property
    def awaited(self) -> bool:
        """Whether a run waits for the answer, or its step does: not for that of a review."""
        return self.kind != "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a run has spent so far.

    Attributes:
        cost_usd: everything, in US dollars: what was billed, and what was estimated.
        estimated_usd: the part of it that is estimated, of calls whose price never came in
            because they were cut off.
        withheld_usd: by how much those may have cost more at worst; kept aside under a limit.
        worker_usd: the part workers spent.
        checker_usd: the part verifiers spent.
        wasted_usd: the part of both that went into work built on an output that was then
            refused; 0.0 in a run that waits for its verdicts. Refused attempts themselves are
            no part of it, because waiting would not have spared them.
        machine_s: time the run was running, in seconds.
        human_s: time it waited for people, in seconds.
        calls: model calls, each retry counted.
        input_tokens: prompt tokens.
        output_tokens: completion tokens.
    """

    cost_usd: float = 0.0
    estimated_usd: float = 0.0
    withheld_usd: float = 0.0
    worker_usd: float = 0.0
    checker_usd: float = 0.0
    wasted_usd: float = 0.0
    machine_s: float = 0.0
    human_s: float = 0.0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def estimated(self) -> bool:
        """Whether the true price of some call never came in."""
        return self.estimated_usd + self.withheld_usd > 0.0

    def charged(self, usage: Usage, role: Role) -> Spent:
        """This, plus what one call consumed on behalf of a worker or a checker."""
        return replace(
            self,
            cost_usd=self.cost_usd + usage.cost_usd,
            estimated_usd=self.estimated_usd + usage.estimated_usd,
            withheld_usd=self.withheld_usd + usage.withheld_usd,
            worker_usd=self.worker_usd + (usage.cost_usd if role == "worker" else 0.0),
            checker_usd=self.checker_usd + (usage.cost_usd if role == "checker" else 0.0),
            calls=self.calls + usage.calls,
            input_tokens=self.input_tokens + usage.input_tokens,
            output_tokens=self.output_tokens + usage.output_tokens,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """How one step of a run went; of a step visited several times, its last visit.

    Attributes:
        outcome: how it settled; `None` while it has not.
        reason: why, where the outcome alone does not say.
        verdicts: the verdicts on the output it settled with, or failed on.
        attempts: worker calls of the last visit, samples included.
        visits: how often the step settled.
        latency_s: machine time of all visits, in seconds, checks it waited for included.
        cost_usd: price of all visits, worker and verifiers.
        confidence: the worker's confidence in its last output, if it gave one.
    """

    outcome: StepOutcome | None = None
    reason: str = ""
    verdicts: tuple[Verdict, ...] = ()
    attempts: int = 0
    visits: int = 0
    latency_s: float = 0.0
    cost_usd: float = 0.0
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """How a run goes or went.

    Attributes:
        outcome: how it ended; `None` while it runs or waits for a person.
        reason: why, where the outcome alone does not say.
        spent: money and time so far.
        steps: the record of each step that has started, by its path.
    """

    outcome: RunOutcome | None = None
    reason: str = ""
    spent: Spent = Spent()
    steps: Mapping[str, StepRecord] = field(default_factory=dict)
