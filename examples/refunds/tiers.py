"""Tiers: how much of a person's attention a decision gets, by confidence and amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from examples.refunds.policy import usd
from surestep import Ask, Output, Verdict

Name = Literal["auto", "sampled", "approve", "hand-off"]
APPROVALS = "approvals"
HAND_OFF = "hand-off"

LARGE_CENTS = 20_000
SURE = 0.95
FAIRLY_SURE = 0.80
LOST = 0.35
SAMPLED_RATE = 0.10


@dataclass(frozen=True, slots=True)
class Tier:
    """What happens to a decision before it takes effect.

    Attributes:
        name: `auto` goes on; `sampled` goes on, and is looked at afterwards with
            `probability`; `approve` waits for a person; `hand-off` is a person's from here.
        probability: with which a person looks at it, before or after.
        reason: why.
    """

    name: Name
    probability: float
    reason: str

    def as_dict(self) -> dict[str, object]:
        """The tier as plain JSON values."""
        return asdict(self)


def tier_of(confidence: float | None, stake_cents: int, *, refused: bool = False) -> Tier:
    """The tier of a decision.

    Args:
        confidence: probability that it is right; `None` if nobody says.
        stake_cents: the money it is about.
        refused: whether its checks refused it, and no retry is left.
    """
    if refused:
        return Tier("hand-off", 1.0, "checks refuse it")
    if confidence is None or confidence < LOST:
        return Tier("hand-off", 1.0, f"no confidence: {confidence or 0.0:.2f}, below {LOST:.2f}")
    if stake_cents >= LARGE_CENTS:
        return Tier("approve", 1.0, f"large amount: {usd(stake_cents)} USD")
    if confidence < FAIRLY_SURE:
        return Tier("approve", 1.0, f"low confidence: {confidence:.2f}, below {FAIRLY_SURE:.2f}")
    if confidence < SURE:
        return Tier("sampled", SAMPLED_RATE, f"some doubt: {confidence:.2f}, below {SURE:.2f}")
    return Tier("auto", 0.0, "sure and small")


def ask_by_tier(
    state: Mapping[str, Any], output: Output | None, verdicts: tuple[Verdict, ...]
) -> bool | Ask:
    """The human policy of the step that decides: a question if the tier wants a person."""
    refused = output is None or any(not verdict.passed for verdict in verdicts)
    confidence = None if output is None else output.confidence
    tier = tier_of(confidence, stake_of(state), refused=refused)
    if tier.name == "approve":
        return Ask(tier.reason, queue=APPROVALS)
    return Ask(tier.reason, queue=HAND_OFF, priority=1) if tier.name == "hand-off" else False


def hand_off_if_refused(
    _: Mapping[str, Any], output: Output | None, verdicts: tuple[Verdict, ...]
) -> bool | Ask:
    """The human policy of the other steps: a person takes over what no retry has mended."""
    if output is not None and all(verdict.passed for verdict in verdicts):
        return False
    return Ask("checks refuse it", queue=HAND_OFF, priority=1)


def stake_of(state: Mapping[str, Any]) -> int:
    """The money a ticket is about, in cents: what the customer claims."""
    return int(state.get("claimed_cents", 0))
