"""A human policy that asks as much as the step has earned so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from surestep.review.approval import Approvals
from surestep.review.rungs import Ladder, Rung
from surestep.values import Ask, Output, Verdict

# Any: the state has the type of the user's own schema.
Rule: TypeAlias = Callable[[Any, Output | None, tuple[Verdict, ...]], bool | Ask]
Policy: TypeAlias = Literal["on_failure"] | Rule

_WHYS = {
    Rung.PERSON_LEADS: "a person leads here: say what is right",
    Rung.APPROVE_EVERY_ACTION: "every action is approved here",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """Asks people by the rung the step stands on: pass it as `human=`.

    A person leads, or approves every action; or approves by tier; or nobody approves, and a
    sample is reviewed afterwards; or nothing is but watched. The rung is kept in the database,
    which a graph with such a step needs. `surestep autonomy` shows it and promotes the step; an
    incident, errors its rung does not allow, and alarms demote it by themselves.

    Where nobody approves, a person is still asked about what its verifiers refused for good.

    Attributes:
        by_tier: when to ask on the rung of approval by tier, and whom on those below it.
        ladder: what each rung takes; the usual one by default.
        starts: the rung of a step nothing is known of; approval of every action by default.
    """

    by_tier: Approvals
    ladder: Ladder = field(default_factory=Ladder)
    starts: Rung = Rung.APPROVE_EVERY_ACTION

    def at(self, rung: Rung, by_tier: Approvals | None = None) -> Policy:
        """Whom to ask on a rung.

        Args:
            rung: where the step stands.
            by_tier: the tiers as they are for the time being; default: as declared.
        """
        if rung in _WHYS:
            return self._always(_WHYS[rung])
        return (by_tier or self.by_tier) if rung is Rung.APPROVE_BY_TIER else "on_failure"

    def __call__(
        self, state: object, output: Output | None, verdicts: tuple[Verdict, ...]
    ) -> bool | Ask:
        """Whom to ask where nobody knows the rung: about everything."""
        # Where the rung could not be looked up, asking too much does less harm than too little.
        return self.by_tier.asking(_WHYS[Rung.APPROVE_EVERY_ACTION], state, output)

    def _always(self, why: str) -> Rule:
        def asks(state: Any, output: Output | None, _: tuple[Verdict, ...]) -> bool | Ask:
            return self.by_tier.asking(why, state, output)

        return asks
