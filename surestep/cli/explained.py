"""A plan held against the best one for the same limits: loads numpy and scipy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import typer

from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner.breakdown import Part, broken_down
from surestep.budgets.planner.explain import Explanation, explain
from surestep.budgets.planner.foretold import foretold
from surestep.budgets.planner.infeasible import Infeasible
from surestep.budgets.profile import Profile
from surestep.budgets.words import in_words
from surestep.cli.reasons import INSTEAD_HEAD, instead_rows, price_lines
from surestep.cli.tables import print_table
from surestep.cli.tuned import PLAN_HEAD, STEP_HEAD, plan_rows, step_rows

CHANGED_HEAD = ("STEP", "NOW", "BETTER")
# The plan itself has to keep the limits that are taken from it, whatever is rounded.
_SLACK = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A plan, and the best one beside it.

    Attributes:
        plan: the plan, with nothing left open and what it is predicted to do.
        slo: the limits both are held against.
        parts: what each step comes to under the plan.
        best: the best plan for those limits and why it is; `None` if none keeps them.
        problem: why there is none.
    """

    plan: Plan
    slo: SLO
    parts: tuple[Part, ...]
    best: Explanation | None
    problem: str = ""

    def changes(self) -> Iterator[tuple[str, str, str]]:
        """The steps that the best plan treats differently."""
        for reason in self.best.steps if self.best else ():
            now = self.plan.of(reason.step)
            if now != reason.chosen:
                yield reason.step, in_words(now), in_words(reason.chosen)

    def show(self) -> None:
        """Print it."""
        print_table(PLAN_HEAD, plan_rows(self.plan, self.slo))
        typer.echo()
        print_table(STEP_HEAD, step_rows(self.parts))
        typer.echo()
        if self.best is None:
            typer.echo(self.problem)
            return
        changes = list(self.changes())
        if changes:
            typer.echo("A better plan keeps these limits:")
            print_table(CHANGED_HEAD, changes)
            typer.echo()
            print_table(PLAN_HEAD, plan_rows(self.best.plan, self.slo))
        else:
            typer.echo("No plan is better within these limits.")
        typer.echo("\nThe next best treatment of each step, and what it would change in a run")
        print_table(INSTEAD_HEAD, list(instead_rows(self.best.steps)))
        for line in price_lines(self.best, self.slo):
            typer.echo(line)

    def as_dict(self) -> dict[str, object]:
        """The same for programs."""
        best = self.best
        return {
            "plan": self.plan.as_dict(),
            "slo": self.slo.as_dict(),
            "steps": [
                asdict(part) | {"assurance": part.assurance.as_dict()} for part in self.parts
            ],
            "best": None if best is None else best.plan.as_dict(),
            "reasons": [asdict(reason) for reason in best.steps] if best else [],
            "prices": best.prices if best else {},
            "problem": self.problem,
        }


def explained(profile: Profile, plan: Plan, asked: SLO | None, objective: str | None) -> Explained:
    """The plan beside the best one.

    Args:
        profile: what is known of the steps.
        plan: how they are treated.
        asked: the limits; `None` takes those the plan itself just keeps.
        objective: what is made as good as possible, as for `plan`.

    Raises:
        PlanError: if the plan treats a step in a way the profile knows nothing of.
    """
    found, own = foretold(profile, plan, confidence=asked.confidence if asked else 0.95)
    slo = asked or _loosened(own)
    (parts,) = broken_down(profile, [found])
    try:
        best = explain(profile, slo, objective=objective)
    except Infeasible as error:
        return Explained(plan=found, slo=slo, parts=parts, best=None, problem=str(error))
    return Explained(plan=found, slo=slo, parts=parts, best=best)


def _loosened(slo: SLO) -> SLO:
    assert slo.reliability is not None
    assert slo.latency_p95_s is not None
    return replace(
        slo,
        reliability=slo.reliability * (1.0 - _SLACK),
        latency_p95_s=slo.latency_p95_s * (1.0 + _SLACK),
        human_minutes=(slo.human_minutes or 0.0) * (1.0 + _SLACK),
    )
