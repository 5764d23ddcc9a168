"""Charts of a queue and of the people who work through it, as Vega-Lite specifications."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import altair as alt

from surestep.plots.chart import FONT, Row, Spec
from surestep.plots.page import as_svg

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The colours of a chart.

    Attributes:
        ink: of marks that stand out.
        muted: of words.
        grid: of lines to read values by.
        scheme: of what is told apart by colour.
    """

    ink: str
    muted: str
    grid: str
    scheme: tuple[str, ...]


LIGHT = Look(
    ink="#1a212b",
    muted="#5a6472",
    grid="#e3e7ec",
    scheme=("#2f6fde", "#d9730d", "#1b8a5a", "#8a5bd6", "#c92a2a", "#6b7686"),
)
DARK = Look(
    ink="#e6eaf0",
    muted="#9aa5b4",
    grid="#2b333f",
    scheme=("#7fabff", "#f0a45c", "#6bd1a0", "#b491f2", "#ff8a80", "#9aa5b4"),
)
_SIZE: Mapping[str, int] = {"width": 460, "height": 210}


def svg(name: str, rows: Sequence[Row], look: Look) -> str:
    """A chart by its name in `CHARTS`, drawn, without any script."""
    chart = CHARTS[name](look).properties(data=alt.InlineData(values=[*rows]))
    return as_svg(_styled(chart, look))


def _depth(look: Look) -> alt.Chart:
    """How many items were open, over time; rows have `at`, `queue` and `open`."""
    axis = alt.Axis(tickMinStep=1)
    return _lines(look, alt.MarkDef(type="line", interpolate="step-after"), by="queue").encode(
        y=alt.Y("open:Q", title="open items", axis=axis)
    )


def _waits(look: Look) -> alt.Chart:
    """How long items waited for their decision; rows have `at`, `queue` and `minutes`."""
    return _blank(alt.MarkDef(type="circle", size=36, opacity=0.75)).encode(
        x=_time(),
        y=alt.Y("minutes:Q", title="minutes to the decision", scale=alt.Scale(type="symlog")),
        color=_colour(look, "queue"),
    )


def _load(look: Look) -> alt.Chart:
    """How much each reviewer decided; rows have `who`, `what` and `count`."""
    return _blank(alt.MarkDef(type="bar")).encode(
        x=alt.X("count:Q", title="decisions", axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("who:N", title=None, sort="-x"),
        color=_colour(look, "what"),
    )


def _reliability(look: Look) -> Chart:
    """The share that was right by confidence; rows have `step`, `kind`, `said` and `right`."""
    ends = alt.InlineData(values=[{"said": 0.0, "right": 0.0}, {"said": 1.0, "right": 1.0}])
    share = alt.Axis(format="%")
    x = alt.X("said:Q", title="confidence", axis=share, scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("right:Q", title="share that was right", axis=share, scale=alt.Scale(domain=[0, 1]))
    exact = alt.Chart(ends).mark_line(color=look.muted, strokeDash=[3, 3], opacity=0.8)
    kinds = alt.StrokeDash("kind:N", title=None, legend=alt.Legend(orient="top"))
    colour = _colour(look, "step")
    lines = _blank(alt.MarkDef(type="line")).encode(x=x, y=y, color=colour, strokeDash=kinds)
    # Not points of the lines themselves, or the legend of their dashes would show points.
    points = _blank(alt.MarkDef(type="circle", size=28, opacity=1.0)).encode(x=x, y=y, color=colour)
    return alt.layer(exact.encode(x=x, y=y), lines, points)


def _course(look: Look) -> alt.Chart:
    """The share of wrong outputs over time; rows have `at`, `step` and `wrong`."""
    axis = alt.Axis(format="%")
    return _lines(look, alt.MarkDef(type="line", point=True), by="step").encode(
        y=alt.Y("wrong:Q", title="share that was wrong", axis=axis)
    )


CHARTS: Mapping[str, Callable[[Look], Chart]] = {
    "depth": _depth,
    "waits": _waits,
    "load": _load,
    "reliability": _reliability,
    "course": _course,
}


def _lines(look: Look, mark: alt.MarkDef, *, by: str) -> alt.Chart:
    lines: alt.Chart = _blank(mark).encode(x=_time(), color=_colour(look, by))
    return lines


def _blank(mark: alt.MarkDef) -> alt.Chart:
    return alt.Chart(mark=mark)


def _time() -> alt.X:
    return alt.X("at:T", title=None, axis=alt.Axis(labelOverlap=True, tickCount=6))


def _colour(look: Look, by: str) -> alt.Color:
    legend = alt.Legend(orient="top", labelLimit=140, columns=4)
    return alt.Color(f"{by}:N", title=None, scale=alt.Scale(range=[*look.scheme]), legend=legend)


def _styled(chart: Chart, look: Look) -> Spec:
    styled = chart.properties(**_SIZE).configure(font=FONT, background="transparent")
    styled = styled.configure_view(stroke=None).configure_axis(
        labelColor=look.muted,
        titleColor=look.muted,
        gridColor=look.grid,
        domainColor=look.grid,
        tickColor=look.grid,
        titleFontWeight="normal",
    )
    styled = styled.configure_legend(labelColor=look.muted, titleColor=look.muted)
    spec: Spec = styled.to_dict()
    return spec
