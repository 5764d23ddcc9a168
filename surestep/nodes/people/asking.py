"""When a step asks a person, and what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from surestep.clock import wall_s
from surestep.nodes.calls.worker import update_of
from surestep.nodes.consequence import consequence
from surestep.nodes.ends import Entry, Held, entries_of, packed, plain
from surestep.nodes.spec import HumanRule
from surestep.nodes.stage import Stage
from surestep.review.amounts import at_stake
from surestep.storage.encode import from_json, to_json
from surestep.values import Ask, DecisionKind, Output, Question, QuestionKind, StepRecord, Verdict

WITH_OUTPUT: tuple[DecisionKind, ...] = ("approve", "edit", "reject", "respond")
WITHOUT_OUTPUT: tuple[DecisionKind, ...] = ("edit", "reject", "respond")
BEFORE_EFFECT: tuple[DecisionKind, ...] = ("approve", "reject")
AFTER_EFFECT: tuple[DecisionKind, ...] = ("approve", "edit")
AFTER_CRASH: tuple[DecisionKind, ...] = ("approve", "edit", "reject")


def wish(
    stage: Stage, output: Output | None, verdicts: tuple[Verdict, ...], *, failed: bool
) -> Ask | None:
    """Whom the step's human policy wants asked, if anyone.

    A policy that raises wants a person asked: it was there to protect something.

    Args:
        stage: the visit.
        output: what the worker made; `None` if nothing.
        verdicts: what the verifiers said.
        failed: whether the output was refused and no retry is left.
    """
    policy = stage.how.human
    if isinstance(policy, Ask):
        return policy
    if callable(policy):
        return _of_rule(policy, stage.state, output, verdicts)
    if failed and policy != "never":
        return Ask("its checks failed and no retry is left")
    return Ask("the step always asks") if policy == "always" else None


def _of_rule(
    rule: HumanRule, state: object, output: Output | None, verdicts: tuple[Verdict, ...]
) -> Ask | None:
    try:
        answer = rule(state, output, verdicts)
    except Exception as error:  # noqa: BLE001 - the policy is foreign code
        return Ask(f"the human policy raised {type(error).__name__}: {error}")
    if isinstance(answer, Ask):
        return answer
    return Ask("the step's human policy asks") if answer else None


def held(
    stage: Stage,
    ask: Ask,
    output: Output | None,
    record: StepRecord,
    *,
    asked: int,
    allowed: tuple[DecisionKind, ...] | None = None,
    proposal: Mapping[str, object] | None = None,
    before: bool = False,
    kind: QuestionKind = "help",
) -> Held:
    """The step, waiting for an answer to its question.

    Args:
        stage: the visit.
        ask: who is asked, and why.
        output: what the person decides on; `None` if there is nothing yet.
        record: how the visit went so far.
        asked: how often it has asked before.
        allowed: the decisions that fit; default: all the output allows.
        proposal: what the person is shown; default: the output.
        before: whether the worker has yet to run.
        kind: `"approval"` if the output would go on but for the policy of its step.
    """
    shown = proposal if proposal is not None else _shown(output)
    number = asked + 1
    schema = stage.spec.schema
    question = Question(
        question_id=f"{stage.key}/{number}",
        thread_id=stage.live.thread_id or "",
        step=stage.path,
        visit=stage.visit,
        reason=ask.reason,
        proposal=shown,
        verdicts=tuple(entries_of(record.verdicts)),
        allowed=allowed or (WITHOUT_OUTPUT if output is None else WITH_OUTPUT),
        schema=None if schema is None else schema.json_schema,
        approvers=ask.approvers,
        queue=ask.queue,
        priority=ask.priority,
        confidence=None if output is None else output.confidence,
        asked_at=wall_s(),
        kind=kind,
        calibrated=_calibrated(stage, ask, output),
        amount_usd=_amount_usd(stage, ask, output),
        tier=ask.tier,
        must=ask.must,
    )
    return Held(
        question=replace(question, approving=consequence(question)),
        value={} if output is None else packed(output.update),
        arg=stage.arg,
        ask=number,
        key=stage.key,
        lineage=stage.lineage,
        before=before,
        path=stage.path,
        visit=stage.traced_visit,
        record=record,
    )


def question_entry(question: Question) -> Entry:
    """A question as plain JSON values, for the graph's private state."""
    return from_json(to_json(question))


def _shown(output: Output | None) -> Entry:
    return {} if output is None else plain(update_of(output))


def _calibrated(stage: Stage, ask: Ask, output: Output | None) -> float | None:
    review, raw = stage.spec.reviewed, None if output is None else output.confidence
    if ask.calibrated is not None or review is None or review.calibrate is None or raw is None:
        return ask.calibrated
    return review.confidence(raw)


def _amount_usd(stage: Stage, ask: Ask, output: Output | None) -> float | None:
    review = stage.spec.reviewed
    if ask.amount_usd is not None or review is None:
        return ask.amount_usd
    return at_stake(review.amount, stage.state, output)
