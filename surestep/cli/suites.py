"""Rehearsing a TARGET: its suite, how it is made anew each time, and the clock it runs on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from surestep.cli.target import Target, load, module_of
from surestep.errors import TargetError
from surestep.rehearsal.staging import Make
from surestep.rehearsal.suite import Suite
from surestep.testing import run

T = TypeVar("T")

SuiteOption = Annotated[
    str | None,
    typer.Option(
        "--suite",
        metavar="NAME",
        help="`module:attribute` or `path.py:attribute` of the rehearsal suite; default: "
        "`suite` beside the TARGET.",
        show_default=False,
    ),
]
RealTime = Annotated[
    bool,
    typer.Option(
        "--real-time",
        help="Wait for real, at the scenario's pace; for a graph that speaks to servers of its "
        "own. Otherwise waiting costs nothing, and latencies are exact.",
    ),
]


def suite_of(target: str, option: str | None) -> Suite:
    """The suite a TARGET offers, or that `--suite` names; a function that gives one is called.

    Raises:
        TargetError: there is none.
    """
    name = Target.of(option or f"{Target.of(target).place}:suite")
    found = getattr(module_of(name.place), name.attribute, None)
    made = found() if callable(found) and not isinstance(found, type) else found
    if not isinstance(made, Suite):
        raise TargetError(
            f"{name.place}:{name.attribute} is no rehearsal suite.",
            remedy="Make it a surestep.rehearsal.Suite, or name one with --suite.",
        )
    return made


def make_of(target: str) -> Make:
    """What makes a TARGET's graph anew, once there is a model server for it."""
    return lambda: load(target)


def on_clock(work: Coroutine[object, object, T], *, real_time: bool) -> T:
    """The result of a rehearsal, from the clock it is to run on."""
    return asyncio.run(work) if real_time else run(work, waits_for_threads=False)


@contextmanager
def progress(what: str, total: int | None, *, silent: bool) -> Iterator[Callable[[object], None]]:
    """A bar on the terminal while the block runs; what it gives counts one more.

    Args:
        what: what goes on.
        total: how many there will be; `None` if that is not known yet.
        silent: whether nothing is to be shown.
    """
    console = Console(stderr=True)
    if silent or not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda _: bar.advance(task)
