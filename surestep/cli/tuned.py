"""What `surestep tune` prints: the frontier, the chosen plan, and what was measured of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import typer

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner.breakdown import Part
from surestep.budgets.planner.infeasible import Infeasible
from surestep.budgets.predicted import Predicted
from surestep.budgets.words import in_words
from surestep.cli.figures import FIGURES, brief_seconds, interval, percent
from surestep.cli.reasons import (
    INSTEAD_HEAD,
    compared_lines,
    instead_rows,
    price_lines,
    worth_lines,
)
from surestep.cli.sheet import dollars, one_line
from surestep.cli.tables import columns_there_are, print_table, table
from surestep.cli.tuning import Report
from surestep.rehearsal.measured import Beside
from surestep.storage.encode import to_json

MOST_ROWS = 12
"""Plans of the frontier that a table shows."""
CHOSEN = "▶"
FRONTIER_HEAD = ("", *(title.upper() for title, _ in FIGURES.values()), "CHECKED")
PLAN_HEAD = ("FIGURE", "PREDICTED", "ASKED")
NEAREST_HEAD = ("GIVING WAY", "ASKED", "REACHABLE", *FRONTIER_HEAD[1:-1])
STEP_HEAD = ("STEP", "RISK", "SPENDS", "OF IT CHECKS", "TIME", "TREATMENT")
BESIDE_HEAD = ("FIGURE", "PREDICTED", "MEASURED", "")
FITS = {"inside": "inside", "chance": "by chance", "outside": "OUTSIDE"}


def print_report(report: Report) -> None:
    """Print all there is to say of a plan."""
    _print_frontier(report.frontier, report.plan)
    plan, slo = report.plan, report.asked.slo
    typer.echo("\nThe chosen plan")
    print_table(PLAN_HEAD, plan_rows(plan, slo))
    if plan.gap is not None:
        typer.echo(f"No plan is better by more than {plan.gap:.2%} of what is minimised.")
    typer.echo()
    print_table(STEP_HEAD, step_rows(report.parts))
    instead = list(instead_rows(report.explained.steps))
    if instead:
        typer.echo("\nThe next best treatment of each step, and what it would change in a run")
        print_table(INSTEAD_HEAD, instead)
    for line in (*price_lines(report.explained, slo), *worth_lines(report.worth)):
        typer.echo(line)
    if report.beside:
        typer.echo("\nRehearsed under this plan, with cases it was not fitted to")
        print_table(BESIDE_HEAD, beside_rows(report.beside))
        if any(line.fit == "chance" for line in report.beside):
            typer.echo("By chance: outside, but no further than so few runs may stray.")
    if report.comparison is not None:
        typer.echo("\nAgainst the older profile")
        typer.echo("\n".join(compared_lines(report.comparison)))
    typer.echo("\nAssumed")
    typer.echo("\n".join(f"- {one_line(line)}" for line in report.assumes))


def print_short(error: Infeasible, runs: int | None, *, json: bool) -> None:
    """Print what each limit would have to give way to.

    Args:
        error: what stands in the way.
        runs: further labelled runs that would do instead; `None` if none would.
        json: whether it is for programs, on standard output.
    """
    if json:
        typer.echo(to_json(short_document(error, runs)))
    else:
        _print_nearest(error, runs)


def _print_nearest(error: Infeasible, runs: int | None) -> None:
    rows = [
        (
            name,
            f"{error.asked[name]:g}",
            f"{error.reachable[name]:.4g}",
            *_values(plan.prediction()),
        )
        for name, plan in error.nearest.items()
    ]
    if rows:
        typer.echo(table(NEAREST_HEAD, rows, width=columns_there_are()), err=True)
    if runs:
        typer.echo(
            f"Or label about {runs} further runs, all steps: if they come out as expected, a "
            "plan meets all limits.",
            err=True,
        )


def short_document(error: Infeasible, runs: int | None) -> dict[str, object]:
    """The same for programs."""
    return {
        "infeasible": {
            "problem": error.problem,
            "proved": error.proved,
            "limits": [
                {
                    "limit": name,
                    "asked": error.asked[name],
                    "reachable": error.reachable[name],
                    "plan": plan.as_dict(),
                }
                for name, plan in error.nearest.items()
            ],
            "further_runs": runs,
        }
    }


def _print_frontier(frontier: Sequence[Plan], chosen: Plan) -> None:
    plans = shown_plans(frontier, chosen)
    some = "" if len(plans) == len(frontier) else f", {len(plans)} of them shown"
    typer.echo(f"Frontier: {len(frontier)} plans no other one beats{some}; {CHOSEN} is chosen.")
    print_table(FRONTIER_HEAD, frontier_rows(plans, chosen), marked=plans.index(chosen))


def shown_plans(frontier: Sequence[Plan], chosen: Plan) -> list[Plan]:
    """The plans a table has room for, evenly spaced by cost, the chosen one among them."""
    ordered = sorted(frontier, key=lambda plan: plan.prediction().cost_usd.value)
    places = set(range(len(ordered)))
    if len(ordered) > MOST_ROWS:
        last = len(ordered) - 1
        places = {round(row * last / (MOST_ROWS - 1)) for row in range(MOST_ROWS)}
    return [plan for place, plan in enumerate(ordered) if place in places or plan == chosen]


def frontier_rows(plans: Sequence[Plan], chosen: Plan) -> list[tuple[str, ...]]:
    """One row a plan: its figures, and how many of its steps are checked."""
    return [
        (
            CHOSEN if plan == chosen else "",
            *_values(plan.prediction()),
            f"{_checked(plan)} of {len(plan.steps)}",
        )
        for plan in plans
    ]


def plan_rows(plan: Plan, slo: SLO) -> list[tuple[str, str, str]]:
    """Each figure of a plan with its interval, beside what was asked."""
    asked = slo.as_dict() | ({"success": slo.reliability} if slo.reliability else {})
    sign = {"success": "≥ "}
    rows = []
    for name, (title, shown) in FIGURES.items():
        limit = asked.get(name)
        wanted = "" if limit is None else f"{sign.get(name, '≤ ')}{shown(limit)}"
        rows.append((title, interval(getattr(plan.prediction(), name), shown), wanted))
    return rows


def step_rows(parts: Sequence[Part]) -> list[tuple[str, ...]]:
    """What each step risks and spends, and how it is treated."""
    return [
        (
            part.step,
            percent(part.risk),
            dollars(part.work_usd + part.check_usd),
            dollars(part.check_usd),
            brief_seconds(part.latency_s),
            in_words(part.assurance),
        )
        for part in parts
    ]


def beside_rows(lines: Sequence[Beside]) -> list[tuple[str, ...]]:
    """Each figure as predicted and as measured, and whether the two go together."""
    return [
        (title, interval(line.predicted, shown), interval(line.measured, shown), FITS[line.fit])
        for line in lines
        for title, shown in (FIGURES[line.figure],)
    ]


def _values(expected: Predicted) -> Iterator[str]:
    for name, (_, shown) in FIGURES.items():
        yield shown(getattr(expected, name).value)


def _checked(plan: Plan) -> int:
    return sum(in_words(it) != "unchecked" for it in plan.steps.values())


def document(report: Report) -> dict[str, object]:
    """The same for programs, with the whole frontier."""
    it = report.comparison
    return {
        "plan": report.plan.as_dict(),
        "frontier": [plan.as_dict() for plan in report.frontier],
        "steps": [part.as_dict() for part in report.parts],
        "reasons": [asdict(reason) for reason in report.explained.steps],
        "prices": report.explained.prices,
        "measure": [asdict(one) | {"gain": one.gain} for one in report.worth],
        "assumes": list(report.assumes),
        "rehearsed": [asdict(line) | {"fit": line.fit} for line in report.beside],
        "against": None if it is None else asdict(it) | {"verdict": it.verdict},
    }
