"""What a page about a frontier shows, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from surestep.budgets import toml
from surestep.budgets.plan import Plan
from surestep.budgets.planner.breakdown import Part, broken_down
from surestep.budgets.predicted import Estimate, Predicted
from surestep.budgets.profile import Profile
from surestep.budgets.words import in_words

Json: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A frontier of plans, one of them chosen, and what is to be said of them.

    Attributes:
        title: what the plans are for.
        asked: what was asked of the plan, one limit or aim each.
        assumes: what the predictions assume.
        advice: what would change the chosen plan.
        reasons: by step, what its treatment in the chosen plan was preferred to.
        steps: the steps, in their order.
        plans: the plans, each with its prediction.
        parts: for each plan, what each step comes to.
        chosen: which of the plans was chosen.
    """

    title: str
    asked: tuple[str, ...]
    assumes: tuple[str, ...]
    advice: tuple[str, ...]
    reasons: Mapping[str, str]
    steps: tuple[str, ...]
    plans: tuple[Plan, ...]
    parts: tuple[tuple[Part, ...], ...]
    chosen: int

    @classmethod
    def of(
        cls,
        profile: Profile,
        frontier: Sequence[Plan],
        chosen: Plan,
        *,
        title: str,
        asked: Sequence[str] = (),
        assumes: Sequence[str] = (),
        advice: Sequence[str] = (),
        reasons: Mapping[str, str] | None = None,
    ) -> Sheet:
        """The sheet of a frontier; a chosen plan that is not on it is put there.

        What it takes stands at the attributes of the same names.

        Raises:
            PlanError: for a plan without a prediction, or one that does not fit the profile.
        """
        plans = (*frontier, chosen) if chosen not in frontier else tuple(frontier)
        ordered = tuple(sorted(plans, key=lambda plan: plan.prediction().cost_usd.value))
        return cls(
            title=title,
            asked=tuple(asked),
            assumes=tuple(assumes),
            advice=tuple(advice),
            reasons=dict(reasons or {}),
            steps=tuple(profile.steps),
            plans=ordered,
            parts=broken_down(profile, ordered),
            chosen=ordered.index(chosen),
        )

    def as_dict(self) -> Json:
        """This as plain JSON values; treatments that many plans share are there once."""
        numbers: list[dict[int, int]] = [{} for _ in self.steps]
        treatments: list[list[Json]] = [[] for _ in self.steps]
        rows = []
        for plan, parts in zip(self.plans, self.parts, strict=True):
            places = []
            for known, listed, part in zip(numbers, treatments, parts, strict=True):
                if id(part) not in known:
                    known[id(part)] = len(listed)
                    listed.append(_treatment(part))
                places.append(known[id(part)])
            rows.append({"parts": places, **figures(plan.prediction())})
        return {
            "title": self.title,
            "asked": list(self.asked),
            "assumes": list(self.assumes),
            "advice": list(self.advice),
            "reasons": [self.reasons.get(step, "") for step in self.steps],
            "steps": list(self.steps),
            "treatments": treatments,
            "plans": rows,
            "chosen": self.chosen,
        }


def figures(expected: Predicted) -> Json:
    """A prediction as `[value, low, high]` by figure."""
    return {
        "success": _ends(expected.success),
        "latency_mean_s": _ends(expected.latency_mean_s),
        "latency_p95_s": _ends(expected.latency_p95_s),
        "cost_usd": _ends(expected.cost_usd),
        "human_minutes": _ends(expected.human_minutes),
    }


def _ends(it: Estimate) -> list[float]:
    return [it.value, it.low, it.high]


def _treatment(part: Part) -> Json:
    return {
        "how": in_words(part.assurance),
        "risk": part.risk,
        "work_usd": part.work_usd,
        "check_usd": part.check_usd,
        "latency_s": part.latency_s,
        "human_minutes": part.human_minutes,
        "toml": toml.table(("steps", part.step), part.assurance.as_dict()),
    }
