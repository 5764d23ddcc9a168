"""How freely a step may act, and what it takes to act more freely.

A step climbs one rung at a time, by outcomes people reviewed since it stands where it stands, and
never by itself: a promotion is proposed, and a person confirms it. Drift, an incident, or errors
proven to be more than its rung allows bring it down at once. Loads numpy and scipy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surestep.budgets import checked
from surestep.review.actions import Action, Actions
from surestep.review.estimate import Estimate, estimate
from surestep.review.rungs import Ladder, Requirement, Rung

__all__ = ["Evidence", "Ladder", "Move", "Requirement", "Rung", "judged", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a step since it stands on its rung.

    Attributes:
        errors: the error rate of its actions, reviewed or not; `None` before any review.
        amount_usd: what an error costs on average, in US dollars.
        drifted: whether an alarm about the step was raised.
        incidents: how many incidents it caused.
    """

    errors: Estimate | None = None
    amount_usd: float = 0.0
    drifted: bool = False
    incidents: int = 0

    def __post_init__(self) -> None:
        checked.amounts(self, amount_usd="USD")
        checked.count("incidents", self.incidents, least=0)

    @classmethod
    def of(
        cls,
        actions: Sequence[Action],
        *,
        amount_usd: float,
        drifted: bool = False,
        incidents: int = 0,
        confidence: float = 0.95,
    ) -> Evidence:
        """The evidence of all actions since the step stands on its rung, reviewed or not.

        Args:
            actions: all of them, in any order.
            amount_usd: what an error costs on average, in US dollars.
            drifted: whether an alarm, such as `Watch.alarm`, was raised.
            incidents: how many incidents the step caused.
            confidence: P(the interval of the error rate holds the truth); 0.95 by default.

        Raises:
            PlanError: for a number out of its range.
        """
        errors = None
        if any(one.wrong is not None for one in actions):
            errors = estimate(Actions.of(actions), of="agent", confidence=confidence)
        return cls(errors=errors, amount_usd=amount_usd, drifted=drifted, incidents=incidents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a step should stand.

    Attributes:
        rung: where.
        at_once: whether it takes effect without anybody's consent: only downwards.
        reasons: why; for a step that stays, what is missing for the next rung.
    """

    rung: Rung
    at_once: bool
    reasons: tuple[str, ...]


def judged(rung: Rung, evidence: Evidence, *, ladder: Ladder | None = None) -> Move:
    """Where a step should stand, given where it stands and what is known since.

    An incident takes it down to the approval of every action; drift, or errors proven to be more
    than its rung allows, one rung, though never to less than a person's lead.

    Args:
        rung: where it stands.
        evidence: what is known since it stands there.
        ladder: what each rung takes; the usual one by default.
    """
    known = ladder or Ladder()
    down = _downwards(rung, evidence, known.requirement(rung))
    if down is not None:
        return down
    lacking = missing(rung, evidence, ladder=known)
    if lacking or rung is Rung.AUTONOMOUS:
        return Move(rung=rung, at_once=False, reasons=lacking)
    return Move(rung=Rung(rung + 1), at_once=False, reasons=_shown(evidence))


def missing(rung: Rung, evidence: Evidence, *, ladder: Ladder | None = None) -> tuple[str, ...]:
    """What is missing for the next rung, a line each; nothing if all is there, or on the last.

    Args:
        rung: where the step stands.
        evidence: what is known since it stands there.
        ladder: what each rung takes; the usual one by default.
    """
    if rung is Rung.AUTONOMOUS:
        return ()
    needed = (ladder or Ladder()).requirement(Rung(rung + 1))
    if needed is None:
        return ()
    errors = evidence.errors
    lines = []
    if evidence.drifted or evidence.incidents:
        lines.append("a time without alarms and incidents")
    reviewed = 0 if errors is None else errors.reviewed
    if reviewed < needed.reviewed:
        lines.append(
            f"{needed.reviewed - reviewed} more reviewed outcomes ({reviewed} of {needed.reviewed})"
        )
    # Without a review all of it may be wrong.
    high = 1.0 if errors is None else errors.high
    if high > needed.error_rate:
        lines.append(
            f"proof of at most {needed.error_rate:.1%} errors (so far: at most {high:.1%})"
        )
    if high * evidence.amount_usd > needed.loss_usd:
        lines.append(
            f"proof of at most {needed.loss_usd:.2f} USD lost per action "
            f"(so far: at most {high * evidence.amount_usd:.2f} USD)"
        )
    return tuple(lines)


def _downwards(rung: Rung, evidence: Evidence, needed: Requirement | None) -> Move | None:
    reasons = []
    to = rung
    if evidence.drifted:
        reasons.append("an alarm says that the step got worse")
    errors = evidence.errors
    # The lower end, because an unlucky sample alone must not take a step down.
    if needed is not None and errors is not None and errors.low > needed.error_rate:
        reasons.append(
            f"at least {errors.low:.1%} errors are proven, and its rung allows "
            f"{needed.error_rate:.1%}"
        )
    if reasons:
        to = Rung(max(rung - 1, Rung.PERSON_LEADS))
    if evidence.incidents:
        reasons.append(f"it caused {evidence.incidents} incident(s)")
        to = min(to, Rung.APPROVE_EVERY_ACTION)
    return Move(rung=to, at_once=True, reasons=tuple(reasons)) if to < rung else None


def _shown(evidence: Evidence) -> tuple[str, ...]:
    errors = evidence.errors
    if errors is None:
        return ()
    return (
        f"{errors.found} of {errors.reviewed} reviewed outcomes were wrong: "
        f"at most {errors.high:.1%} of all, {errors.high * evidence.amount_usd:.2f} USD per action",
    )
