"""`surestep plan diff`: what one plan does that another does not."""

from __future__ import annotations

import json as json_text
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated

import typer

from surestep.budgets.plan import Plan
from surestep.budgets.predicted import Predicted
from surestep.cli import options
from surestep.cli.figures import FIGURES, interval
from surestep.cli.tables import print_table
from surestep.storage.encode import to_json

HEAD = ("STEP", "KEY", "A", "B")
FIGURE_HEAD = ("PREDICTED", "A", "B")
DIFF_EXAMPLES = "`surestep plan diff plan.toml faster.toml`"


@dataclass(frozen=True, slots=True)
class Difference:
    """One key of one step's assurance that two plans set differently.

    Attributes:
        step: its path, or `default`.
        key: the field of the assurance.
        a: what the first plan says; `None` if it leaves it to the step.
        b: what the second one says.
    """

    step: str
    key: str
    a: object
    b: object


def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A plan file.", show_default=False)],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another one.", show_default=False)],
    json: options.Json = False,
) -> None:
    """Show what two plans set differently, step by step, and what is predicted of either.

    `-` means that the plan leaves it to the step. A step that only one of them names has the
    other's `default`.
    """
    one, other = Plan.read(a), Plan.read(b)
    found = list(differences(one, other))
    if json:
        predicted = [plan.predicted and asdict(plan.predicted) for plan in (one, other)]
        typer.echo(to_json({"changes": [asdict(it) for it in found], "predicted": predicted}))
        return
    if found:
        print_table(HEAD, [(it.step, it.key, _word(it.a), _word(it.b)) for it in found])
    else:
        typer.echo("Both treat every step alike.")
    figures = list(_figures(one.predicted, other.predicted))
    if figures:
        typer.echo()
        print_table(FIGURE_HEAD, figures)


def differences(one: Plan, other: Plan) -> Iterator[Difference]:
    """Every difference of two plans; those of the default come first."""
    yield from _between("default", one.default.as_dict(), other.default.as_dict())
    for step in dict.fromkeys([*one.steps, *other.steps]):
        yield from _between(step, one.of(step).as_dict(), other.of(step).as_dict())


def _between(step: str, a: dict[str, object], b: dict[str, object]) -> Iterator[Difference]:
    for key in dict.fromkeys([*a, *b]):
        if a.get(key) != b.get(key):
            yield Difference(step, key, a.get(key), b.get(key))


def _figures(one: Predicted | None, other: Predicted | None) -> Iterator[tuple[str, str, str]]:
    for entry in fields(Predicted):
        a, b = (getattr(it, entry.name, None) for it in (one, other))
        if a != b:
            title, shown = FIGURES[entry.name]
            left, right = ("-" if it is None else interval(it, shown) for it in (a, b))
            yield title, left, right


def _word(value: object) -> str:
    return "-" if value is None else json_text.dumps(value, ensure_ascii=False)
