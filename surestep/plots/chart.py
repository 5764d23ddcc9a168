"""The charts of a frontier, as Vega-Lite specifications: nothing is drawn here."""

from __future__ import annotations

from typing import Any, TypeAlias

import altair as alt

from surestep.plots.sheet import Sheet

# Any: a specification is a nested JSON object.
Spec: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, object]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
INK, MUTED, GRID = "#1c2430", "#5b6675", "#e6e9ee"
CHOSEN = "#d9480f"
WORK, CHECKS, RISK = "#4c78a8", "#9ecae9", "#c92a2a"
# A plan that cannot fail has no place on a logarithmic scale; this is below what data can tell.
LEAST_RISK = 1e-6
_FAILURES = [digit * 10.0**-power for power in range(1, 7) for digit in (5, 3, 2, 1)]


def points(sheet: Sheet) -> list[Row]:
    """One row per plan, as the chart takes them; all are within the limits so far."""
    rows: list[Row] = []
    for place, plan in enumerate(sheet.plans):
        expected = plan.prediction()
        rows.append(
            {
                "plan": place,
                "failure": max(LEAST_RISK, 1.0 - expected.success.value),
                "success": expected.success.value,
                "cost_usd": expected.cost_usd.value,
                "latency_p95_s": expected.latency_p95_s.value,
                "latency_mean_s": expected.latency_mean_s.value,
                "human_minutes": expected.human_minutes.value,
                "within": True,
                "picked": place == sheet.chosen,
            }
        )
    return rows


def frontier(sheet: Sheet) -> Spec:
    """Reliability over cost, coloured by the 95th percentile of the latency, as wide as its place.

    The page changes `within` and `picked` of its data, which is named `points`, and listens to
    the selection `hit`.
    """
    hit = alt.selection_point(name="hit", on="click", nearest=True, fields=["plan"])
    both = _dots().add_params(hit) + _ring()
    return styled(both.properties(width="container", height=340), points=points(sheet))


def picture(sheet: Sheet) -> Spec:
    """The frontier with the chosen plan, and what its steps spend and risk, without a page."""
    parts = sheet.parts[sheet.chosen]
    amounts = [
        {"step": part.step, "place": place, "what": what, "amount": amount}
        for place, part in enumerate(parts)
        for what, amount in (("work", part.work_usd), ("checks", part.check_usd))
    ]
    risks = [
        {"step": part.step, "place": place, "amount": part.risk} for place, part in enumerate(parts)
    ]
    spending = _bars("amounts", "Spending of each step (USD)").encode(
        color=alt.Color(
            "what:N",
            title=None,
            scale=alt.Scale(domain=["work", "checks"], range=[WORK, CHECKS]),
            legend=alt.Legend(orient="bottom"),
        )
    )
    risk = _bars("risks", "P(the step spoils the run)", color=RISK)
    above = (_dots() + _ring()).properties(width=760, height=340)
    below = alt.hconcat(spending, risk, spacing=30)
    asked = " · ".join(sheet.asked)
    title = alt.TitleParams(sheet.title, subtitle=asked, anchor="start", offset=14)
    whole = alt.vconcat(above, below, title=title, spacing=30, padding=20)
    independent = whole.resolve_scale(color="independent")
    return styled(independent, points=points(sheet), amounts=amounts, risks=risks)


def _plot(mark: alt.MarkDef) -> alt.Chart:
    """Reliability over cost; the rarer failures are, the higher a plan stands."""
    return alt.Chart(
        alt.NamedData("points"),
        mark=mark,
        encoding=alt.FacetedEncoding(
            x=alt.X(
                "cost_usd:Q",
                title="mean cost of a run (USD)",
                scale=alt.Scale(zero=False, nice=False, padding=14),
                axis=alt.Axis(tickCount=8, labelOverlap=True),
            ),
            y=alt.Y(
                "failure:Q",
                title="reliability",
                scale=alt.Scale(type="log", reverse=True, nice=False, padding=14),
                axis=alt.Axis(labelExpr="format(1 - datum.value, '.6~%')", values=_FAILURES),
            ),
        ),
    )


def _dots() -> alt.Chart:
    shown = (
        ("success", "reliability", ".2~%"),
        ("cost_usd", "cost (USD)", ".3~r"),
        ("latency_p95_s", "95 % within (s)", ".3~r"),
        ("latency_mean_s", "mean time (s)", ".3~r"),
        ("human_minutes", "people (min)", ".2~f"),
    )
    mark = alt.MarkDef(type="point", size=85, filled=True, stroke="white", strokeWidth=0.6)
    dots: alt.Chart = _plot(mark).encode(
        tooltip=[alt.Tooltip(f"{name}:Q", title=title, format=it) for name, title, it in shown],
        opacity=alt.condition("datum.within", alt.value(0.95), alt.value(0.12)),
        shape=alt.condition("datum.human_minutes > 0", alt.value("diamond"), alt.value("circle")),
        color=alt.Color(
            "latency_p95_s:Q",
            title="95 % of runs within (s)",
            scale=alt.Scale(scheme="viridis", reverse=True),
            legend=alt.Legend(orient="top", gradientLength=190, titleLimit=240),
        ),
    )
    return dots


def _ring() -> alt.Chart:
    """The mark around the plan that is looked at."""
    mark = alt.MarkDef(
        type="point", size=330, stroke=CHOSEN, strokeWidth=3, filled=False, opacity=1.0
    )
    return _plot(mark).transform_filter("datum.picked")


def _bars(data: str, title: str, *, color: str = WORK) -> alt.Chart:
    bars: alt.Chart = (
        alt.Chart(alt.NamedData(data), title=alt.TitleParams(title, fontSize=12, anchor="start"))
        .mark_bar(color=color)
        .encode(
            x=alt.X("amount:Q", title=None, axis=alt.Axis(tickCount=5, labelOverlap=True)),
            y=alt.Y("step:N", title=None, sort=alt.EncodingSortField("place", op="min")),
        )
        .properties(width=280, height=alt.Step(18))
    )
    return bars


def styled(chart: alt.TopLevelMixin, **data: list[Row]) -> Spec:
    """A chart in the look of all of ours, as a specification.

    Args:
        chart: the chart, whose data are `alt.NamedData`.
        data: the rows of each.
    """
    styled = chart.configure(font=FONT, background="white")
    styled = styled.configure_view(stroke=None)
    styled = styled.configure_axis(
        labelColor=MUTED, titleColor=MUTED, gridColor=GRID, domainColor=GRID, tickColor=GRID
    )
    styled = styled.configure_legend(labelColor=MUTED, titleColor=MUTED)
    spec: Spec = styled.configure_title(color=INK, subtitleColor=MUTED).to_dict()
    return {**spec, "datasets": data}
