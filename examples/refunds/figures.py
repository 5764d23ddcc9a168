"""What an arm's endings add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles

from examples.refunds.working import Ending
from surestep.budgets.shares import Share, wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One arm's results.

    Attributes:
        right: decided, replied and paid as the truth says.
        wrong: carried through, and not so.
        open: handed to a person, not answered yet; neither right nor wrong.
        failed: failed closed; nothing was paid or replied.
        right_of_finished: the share of right ones among those carried through.
        replies_wrong: carried through with a reply that tells more or else than was decided.
        paid_twice: tickets answered more than once on the order book; must be 0.
        wrongly_paid_usd: money paid that should not have been, and not paid that should.
        p50_s: median machine latency, in unscaled seconds.
        p95_s: its 95th percentile.
        cost_usd: mean model cost of a ticket.
        worker_usd: the workers' part.
        checker_usd: the checkers' part.
        calls: mean model calls of a ticket.
        touched: tickets a person was asked about.
        touched_dollars: the share of all claimed dollars a person was asked about.
        outcomes: tickets by outcome and reason.
        tiers: decisions by tier.
    """

    right: Share
    wrong: Share
    open: Share
    failed: Share
    right_of_finished: Share
    replies_wrong: Share
    paid_twice: int
    wrongly_paid_usd: float
    p50_s: float
    p95_s: float
    cost_usd: float
    worker_usd: float
    checker_usd: float
    calls: float
    touched: Share
    touched_dollars: float
    outcomes: Mapping[str, int]
    tiers: Mapping[str, int]


def is_right(ending: Ending, paid: Mapping[str, Sequence[int]]) -> bool:
    """Whether a ticket was decided as the truth says, and the book paid exactly that, once."""
    truth = ending.ticket.ruling
    return (
        ending.finished
        and ending.decided == truth
        and list(paid.get(ending.ticket.ticket_id, ())) == [truth.cents]
    )


def figures(
    endings: Sequence[Ending], paid: Mapping[str, Sequence[int]], *, time_scale: float
) -> Figures:
    """The results of an arm.

    Args:
        endings: how each ticket ended.
        paid: what the order book paid, in cents, by ticket.
        time_scale: the rehearsal's; measured times are divided by it.
    """
    count = len(endings)
    finished = [one for one in endings if one.finished]
    right = [one for one in endings if is_right(one, paid)]
    spent = [one.record.spent for one in endings]
    times = [one.machine_s / time_scale for one in spent]
    touched = [one for one in endings if one.questions]
    dollars = sum(_stake(one) for one in endings)
    outcomes = Counter(f"{one.record.outcome}, {one.reason}" for one in endings)
    return Figures(
        right=wilson(len(right), count),
        wrong=wilson(len(finished) - len(right), count),
        open=wilson(sum(one.record.outcome == "escalated" for one in endings), count),
        failed=wilson(sum(one.record.outcome == "failed" for one in endings), count),
        right_of_finished=wilson(len(right), len(finished)),
        replies_wrong=wilson(sum(not one.reply_right for one in finished), count),
        paid_twice=sum(len(answers) > 1 for answers in paid.values()),
        wrongly_paid_usd=sum(_misplaced(one, paid) for one in finished) / 100,
        p50_s=_quantile(times, 50),
        p95_s=_quantile(times, 95),
        cost_usd=fmean(one.cost_usd for one in spent),
        worker_usd=fmean(one.worker_usd for one in spent),
        checker_usd=fmean(one.checker_usd for one in spent),
        calls=fmean(one.calls for one in spent),
        touched=wilson(len(touched), count),
        touched_dollars=sum(_stake(one) for one in touched) / dollars,
        outcomes=dict(outcomes.most_common()),
        tiers=dict(Counter(one.tier or "not decided" for one in endings).most_common()),
    )


def _stake(ending: Ending) -> int:
    return ending.ticket.claim.claimed_cents


def _misplaced(ending: Ending, paid: Mapping[str, Sequence[int]]) -> int:
    return abs(sum(paid.get(ending.ticket.ticket_id, ())) - ending.ticket.ruling.cents)


def _quantile(values: Sequence[float], percent: int) -> float:
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]
