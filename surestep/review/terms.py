"""What a step declares about its review and its autonomy, as those outside of its graph read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surestep.review.approval import Approvals
from surestep.review.earned import Earned
from surestep.review.remembered import Remembered
from surestep.review.reviewed import Reviewed
from surestep.review.rungs import Ladder, Rung
from surestep.review.team import Team
from surestep.storage import Store
from surestep.verifiers.calibration import Tiers


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A team as far as others need to know it.

    Attributes:
        name: of the team.
        queues: what it works through.
        reviewers: how many work at a time.
        service_s: mean time one item takes a reviewer, in seconds.
    """

    name: str
    queues: tuple[str, ...]
    reviewers: int
    service_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a step declares.

    Attributes:
        share: how many of its outputs are reviewed; `None` if none are.
        error_rate: the share of wrong outputs that is still fine.
        items_between_false_alarms: how many outputs there are between false alarms.
        tiers: when it acts without asking; `None` if it has none.
        ladder: what each rung takes; `None` if its autonomy is not earned.
        starts: the rung it starts on.
        staff: the team that reviews it, or is asked by it; `None` if none is known.
    """

    share: float | None = None
    error_rate: float = 0.05
    items_between_false_alarms: float = 5_000.0
    tiers: Tiers | None = None
    ladder: Ladder | None = None
    starts: Rung = Rung.APPROVE_EVERY_ACTION
    staff: Staff | None = None

    @classmethod
    def of_dict(cls, values: Mapping[str, Any]) -> Terms:
        """The terms `declared` has described."""
        review, ladder, tiers = values.get("review"), values.get("ladder"), values.get("tiers")
        known = {} if review is None else review
        return cls(
            share=known.get("share"),
            error_rate=known.get("error_rate", cls().error_rate),
            items_between_false_alarms=known.get("items_between_false_alarms", 5_000.0),
            tiers=None if tiers is None else Tiers.of_dict(tiers),
            ladder=None if ladder is None else Ladder.of_dict(ladder),
            starts=Rung(values.get("starts", Rung.APPROVE_EVERY_ACTION)),
            staff=_staff(values.get("team")),
        )


def declared(human: object, review: Reviewed | None) -> dict[str, object]:
    """What a step declares, as plain JSON values.

    Args:
        human: its human policy.
        review: how it is reviewed.
    """
    earned = human if isinstance(human, Earned) else None
    tiers = earned.by_tier if earned else human
    by_tier = tiers if isinstance(tiers, Approvals) else None
    team = review.team if review else None
    team = team or (by_tier.team if by_tier else None)
    return {
        "review": None if review is None else review.as_dict(),
        "tiers": None if by_tier is None else by_tier.tiers.as_dict(),
        "ladder": None if earned is None else earned.ladder.as_dict(),
        "starts": int(Rung.APPROVE_EVERY_ACTION if earned is None else earned.starts),
        "team": None if team is None else _of_team(team),
    }


async def terms_of(store: Store) -> Mapping[str, Terms]:
    """What each step declares, by path, as of some seconds ago at most."""

    async def read() -> Mapping[str, Terms]:
        return {step: Terms.of_dict(found) for step, found in (await store.reviews.terms()).items()}

    return await _known.get(store, "", read)


async def declare(store: Store, step: str, terms: Mapping[str, object]) -> None:
    """Have others know what a step declares."""
    # Most runs declare what the last one did, and readers must not wait for a write each time.
    if (await store.reviews.terms()).get(step) != terms:
        await store.reviews.save_terms(step, terms)
        _known.forget(store, "")


_known: Remembered[Mapping[str, Terms]] = Remembered(5.0)


def _of_team(team: Team) -> dict[str, object]:
    most = team.pressure.most
    return {
        "name": team.name,
        "queues": list(team.queues),
        "reviewers": most.reviewers,
        "service_s": most.service_s,
    }


def _staff(entry: Mapping[str, Any] | None) -> Staff | None:
    return None if entry is None else Staff(**{**entry, "queues": tuple(entry["queues"])})
