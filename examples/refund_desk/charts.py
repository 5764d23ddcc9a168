"""The figures as one picture: who sees which dollars, what a minute is worth, the burst."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt
import numpy as np

from examples.refund_desk.job import Figures
from examples.refund_desk.learning import World
from examples.refund_desk.tickets import AMOUNT_SIGMA, DOLLARS, HOUR_S, SCORE_SIGMA, VOLUME
from surestep.budgets.fitting.hierarchy import Floats
from surestep.plots.chart import CHOSEN, MUTED, WORK, Row, Spec, styled
from surestep.review.triage import seen_by

MOST_VOLUME = 0.2
STEPS = 80
GRAY = "#b6bec9"
RULES = (
    f"by score (sigma {SCORE_SIGMA:.3f})",
    f"by amount (sigma {AMOUNT_SIGMA:.3f})",
    "at random",
)
RULE_COLORS = alt.Scale(domain=list(RULES), range=[CHOSEN, WORK, GRAY])


def charts(found: Figures) -> Spec:
    """All of it as one specification."""
    side_by_side = alt.hconcat(_shares(), _worth(), spacing=50)
    title = alt.TitleParams(
        "Refund desk: the agent handles 95 % of the volume, people see 30 % of the dollars",
        subtitle=f"{len(found.day.day):,} tickets, all drawn; lines: measured, dots: closed form",
        anchor="start",
        offset=14,
    )
    whole = alt.vconcat(side_by_side, _queue(), title=title, spacing=30, padding=20)
    burst = [at_s / HOUR_S for at_s in found.day.day.burst_s]
    return styled(
        whole.resolve_scale(color="independent"),
        curves=list(_curves(found)),
        laws=list(_laws()),
        aim=[{"volume": VOLUME, "dollars": DOLLARS}],
        worth=list(_worths(found)),
        queue=list(_queues(found)),
        burst=[{"from": burst[0], "to": burst[1]}],
    )


def _shares() -> alt.LayerChart:
    """Dollars over volume, measured and by law."""
    share = alt.Axis(format="%", tickCount=5)
    x = alt.X("volume:Q", title="share of tickets people see", axis=share)
    y = alt.Y("dollars:Q", title="share of the dollars", axis=share)
    color = alt.Color("rule:N", title=None, scale=RULE_COLORS, legend=alt.Legend(orient="top"))
    lines = alt.Chart(alt.NamedData("curves")).mark_line().encode(x=x, y=y, color=color)
    laws = alt.Chart(alt.NamedData("laws")).mark_point(size=14, filled=True, color=MUTED)
    aim = alt.Chart(alt.NamedData("aim")).mark_point(size=260, stroke=MUTED, strokeWidth=2)
    both: alt.LayerChart = lines + laws.encode(x=x, y=y) + aim.encode(x=x, y=y)
    return both.properties(width=380, height=260, title=_title("Share of the dollars people see"))


def _worth() -> alt.LayerChart:
    """Loss prevented per minute, with its interval."""
    rule = alt.Y("rule:N", title=None, sort="-x", axis=alt.Axis(labelLimit=200))
    title = _title("Loss prevented per minute of people (USD)")
    base = alt.Chart(alt.NamedData("worth"), title=title)
    bars = base.mark_bar(color=WORK, height=16).encode(x=alt.X("usd:Q", title=None), y=rule)
    ends = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q", y=rule)
    both: alt.LayerChart = (bars + ends).properties(width=280, height=alt.Step(34))
    return both


def _queue() -> alt.LayerChart:
    """How many wait, over the day."""
    band = alt.Chart(alt.NamedData("burst")).mark_rect(color=GRAY, opacity=0.35)
    color = alt.Color(
        "arm:N",
        title=None,
        scale=alt.Scale(domain=["with pressure", "without"], range=[CHOSEN, WORK]),
        legend=alt.Legend(orient="top"),
    )
    title = _title("Items that wait for people (burst shaded)")
    lines = alt.Chart(alt.NamedData("queue"), title=title)
    steps = lines.mark_line(interpolate="step-after", strokeWidth=1.4).encode(
        x=alt.X("hour:Q", title="hours since the day began"),
        y=alt.Y("waiting:Q", title="waiting"),
        color=color,
    )
    both: alt.LayerChart = band.encode(x="from:Q", x2="to:Q") + steps
    return both.properties(width=800, height=220)


def _title(text: str) -> alt.TitleParams:
    return alt.TitleParams(text, fontSize=12, anchor="start")


def _curves(found: Figures) -> Iterator[Row]:
    day, other = found.day, found.other_day
    amounts: Sequence[tuple[str, World, Floats]] = (
        (RULES[0], day, day.doubt * day.day.amount_usd),
        (RULES[1], other, other.day.amount_usd),
        (RULES[2], day, np.random.default_rng(day.seed).random(len(day.day))),
    )
    for rule, world, rank in amounts:
        amount = world.day.amount_usd[np.argsort(-rank)]
        dollars = np.cumsum(amount) / amount.sum()
        for volume in np.linspace(0.0, MOST_VOLUME, STEPS + 1)[1:]:
            place = max(round(volume * len(amount)) - 1, 0)
            yield {"rule": rule, "volume": float(volume), "dollars": float(dollars[place])}


def _laws() -> Iterator[Row]:
    for volume in np.linspace(0.01, MOST_VOLUME, 20):
        score = seen_by("score", volume=float(volume), amount_sigma=SCORE_SIGMA)
        amount = seen_by("amount", volume=float(volume), amount_sigma=AMOUNT_SIGMA)
        yield {"rule": RULES[0], "volume": score.volume, "dollars": score.dollars}
        yield {"rule": RULES[1], "volume": amount.volume, "dollars": amount.dollars}


def _worths(found: Figures) -> Iterator[Row]:
    for one in found.worths:
        it = one.usd_per_minute
        yield {"rule": one.rule, "usd": it.value, "low": it.low, "high": it.high}


def _queues(found: Figures) -> Iterator[Row]:
    for arm in found.through[:2]:
        for at_s, waiting in arm.queue:
            yield {"arm": arm.name, "hour": at_s / HOUR_S, "waiting": waiting}
