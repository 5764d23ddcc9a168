"""What `surestep tune` finds out, before anything is shown: loads numpy and scipy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from surestep.budgets import files
from surestep.budgets.assurance import Assurance
from surestep.budgets.limits import SLO
from surestep.budgets.plan import Plan
from surestep.budgets.planner.against import Comparison, compared
from surestep.budgets.planner.assumptions import assumptions
from surestep.budgets.planner.breakdown import Part, broken_down
from surestep.budgets.planner.explain import Explanation, explain
from surestep.budgets.planner.frontier import frontier
from surestep.budgets.planner.measure import Measurement, measure_next, runs_needed
from surestep.budgets.profile import Profile
from surestep.cli.asking import Asked
from surestep.cli.reasons import price_lines, reason_words, worth_lines
from surestep.cli.target import load
from surestep.cli.tryout import Tryout
from surestep.errors import InputError
from surestep.graph import VerifiedApp
from surestep.plots.sheet import Sheet
from surestep.rehearsal.measured import Beside, beside
from surestep.rehearsal.staging import named_by_environment

LABELS = 100
"""Further labelled runs of a step whose worth is looked at."""
LOOKED_AT = 3
"""How many steps are, as each takes about as long as planning does."""
PLOT = ("altair", "vl_convert")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A plan, and all there is to say of it.

    Attributes:
        asked: what was asked for.
        profile: what it was made from.
        explained: the best one, and why it is.
        frontier: the plans no other one beats.
        parts: what each step comes to under the plan.
        worth: what further labels of each step would be worth, the most valuable first.
        beside: what was predicted beside what was measured; empty if nothing was rehearsed.
        comparison: the profile against an older one, if there is one.
    """

    asked: Asked
    profile: Profile
    explained: Explanation
    frontier: tuple[Plan, ...]
    parts: tuple[Part, ...]
    worth: tuple[Measurement, ...] = ()
    beside: tuple[Beside, ...] = ()
    comparison: Comparison | None = None

    @property
    def plan(self) -> Plan:
        """The best plan."""
        return self.explained.plan

    @property
    def assumes(self) -> tuple[str, ...]:
        """What the predictions take for granted."""
        return assumptions(self.profile, confidence=self.asked.slo.confidence)


def known(target: str | None, profile: Path | None, tryout: Tryout | None) -> Profile:
    """What is known of the steps: from a file, or from rehearsals.

    Raises:
        InputError: neither is given, or both, or the file is not of this graph.
    """
    if (profile is None) == (tryout is None):
        raise InputError(
            "Nothing is known of the steps." if profile is None else "There are two sources.",
            remedy="Give either --profile FILE, or TARGET and --rehearse N.",
        )
    if tryout is not None:
        return tryout.profile()
    assert profile is not None
    found = Profile.read(profile)
    if target is not None:
        _check(found, target)
    return found


def report(
    profile: Profile,
    asked: Asked,
    *,
    tryout: Tryout | None,
    against: Path | None,
    confidence: float,
    silent: bool,
) -> Report:
    """The best plan, and what is to be said of it.

    Args:
        profile: what is known.
        asked: what is asked for.
        tryout: rehearses the plan, if it is to be.
        against: the file of an older profile, if it is to be compared.
        confidence: what P(better) has to reach.
        silent: whether no progress is shown.

    Raises:
        Infeasible: no plan does what is asked.
        InputError: something does not fit.
    """
    old = None if against is None else Profile.read(against)
    with _busy("Planning", silent=silent):
        explained = explain(profile, asked.slo, objective=asked.objective, forced=asked.forced)
        chosen = explained.plan
        (parts,) = broken_down(profile, [chosen])
    with _busy("Tracing the frontier", silent=silent):
        plans = _frontier(profile, chosen, asked)
    with _busy("Weighing what could be measured", silent=silent):
        worth = measure_next(
            profile,
            asked.slo,
            objective=asked.objective,
            forced=asked.forced,
            runs=(LABELS,),
            steps=LOOKED_AT,
        )
    comparison = None
    if old is not None:
        comparison = compared(profile, old, chosen, confidence=confidence)
    found = tryout and tryout.measured(chosen, confidence=asked.slo.confidence)
    return Report(
        asked=asked,
        profile=profile,
        explained=explained,
        frontier=plans,
        parts=parts,
        worth=worth,
        beside=beside(chosen.prediction(), found) if found else (),
        comparison=comparison,
    )


def runs_to_go(profile: Profile, asked: Asked, *, silent: bool) -> int | None:
    """How many further labelled runs would make a plan meet what is asked, about.

    `None` if none would, or if it is no question of what is known.
    """
    if asked.slo.reliability is None or not any(it.trials for it in profile.steps.values()):
        return None
    with _busy("Counting the runs it would take", silent=silent):
        return runs_needed(profile, asked.slo, objective=asked.objective, forced=asked.forced)


def _frontier(profile: Profile, chosen: Plan, asked: Asked) -> tuple[Plan, ...]:
    """The plans no other one beats, with as much of people's time as is allowed.

    Where nothing limits their time, the chosen plan says how much of it that is.
    """
    minutes = asked.slo.human_minutes
    if minutes is None:
        minutes = chosen.prediction().human_minutes.value
    plans = frontier(profile, SLO(human_minutes=minutes), forced=asked.forced)
    return (*(plan for plan in plans if plan.steps != chosen.steps), chosen)


def write(
    report: Report, title: str, *, plan: Path, html: Path | None, png: Path | None
) -> list[str]:
    """Write the plan, the page and the picture, and say where.

    Without the extra `plot`, a page that was not asked for by name is left out.

    Raises:
        InputError: a place cannot be written, or a picture is asked for without the extra.
    """
    report.plan.write(plan)
    drawn = _drawn(report, title, page=html or plan.with_suffix(".html"), png=png)
    if drawn is None and (html or png):
        raise InputError(
            "Pages and pictures need altair and vl-convert-python, which are not installed.",
            remedy='Install them with: pip install "surestep[plot]"',
        )
    return [str(plan), *(drawn or ())]


def _drawn(report: Report, title: str, *, page: Path, png: Path | None) -> list[str] | None:
    """The files of the page and the picture; `None` if nothing is there to draw them with."""
    try:
        # Imported late, as it is large, and an extra that need not be installed.
        from surestep.plots import page as pages  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in PLOT:
            raise
        return None
    sheet = Sheet.of(
        report.profile,
        report.frontier,
        report.plan,
        title=title,
        asked=tuple(report.asked.words()),
        assumes=report.assumes,
        advice=(*price_lines(report.explained, report.asked.slo), *worth_lines(report.worth)),
        reasons=dict(reason_words(report.explained.steps)),
    )
    files.write_text(page, pages.page(sheet), what="page")
    if png is None:
        return [str(page)]
    files.write_bytes(png, pages.png(sheet), what="picture")
    return [str(page), str(png)]


def _check(profile: Profile, target: str) -> None:
    # The graph is only looked at, so it does not matter that nobody answers there.
    with named_by_environment("http://localhost:9"):
        found = asyncio.run(load(target))
    graph = found if isinstance(found, VerifiedApp) else found.compile()
    every = {name: Assurance(verifiers=tuple(it.checks)) for name, it in profile.steps.items()}
    Plan(every).check(graph.definition.verifier_names)


@contextmanager
def _busy(what: str, *, silent: bool) -> Iterator[None]:
    """A sign of life on the terminal while the block runs."""
    with Console(stderr=True, quiet=silent).status(f"{what} …"):
        yield
