"""`surestep probe`: how much depends on each step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from surestep.budgets.plan import Plan
from surestep.budgets.profile import Profile
from surestep.cli import options
from surestep.cli.suites import RealTime, SuiteOption, make_of, on_clock, progress, suite_of
from surestep.cli.tables import columns_there_are, table
from surestep.cli.target import Target, module_of
from surestep.errors import InputError, TargetError
from surestep.rehearsal.damage import KINDS, Kind
from surestep.rehearsal.probing import UNCHECKED, Damage, Judged, criticality, probe_suite
from surestep.rehearsal.suite import holds
from surestep.storage.encode import to_json

PROBE_EXAMPLES = """
`surestep probe app.py:graph --rehearse 100`

`surestep probe app.py:graph --rehearse 100 --steps decide,draft --profile profile.json`

`surestep probe app.py:graph --rehearse 50 --fields decision,amount --kinds stale`
"""


EVERY = ",".join(KINDS)

Runs = Annotated[
    int, typer.Option("--rehearse", metavar="N", help="Runs for each step and kind of damage.")
]
Steps = Annotated[
    str | None,
    typer.Option("--steps", metavar="A,B", help="Which steps; default: all.", show_default=False),
]
Kinds = Annotated[str, typer.Option("--kinds", metavar="A,B", help="Which damage is done.")]
Fields = Annotated[
    str | None,
    typer.Option(
        "--fields",
        metavar="A,B",
        help="A run is right if these fields end as they do undamaged; default: as the suite says.",
        show_default=False,
    ),
]
Score = Annotated[
    str | None,
    typer.Option(
        "--score",
        metavar="NAME",
        help="`module:attribute` of a function of the final state: whether it is right.",
        show_default=False,
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="How steps are checked meanwhile; default: nothing is.",
        show_default=False,
    ),
]
ProfileFile = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        metavar="FILE",
        help="A profile; its steps get the criticality found.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("-o", "--out", metavar="FILE", help="Where to write it; default: in place."),
]


def probe(
    *,
    target: options.Target,
    rehearse: Runs = 50,
    suite: SuiteOption = None,
    steps: Steps = None,
    kinds: Kinds = EVERY,
    fields: Fields = None,
    score: Score = None,
    plan: PlanFile = None,
    profile: ProfileFile = None,
    output: Out = None,
    seed: Annotated[int, typer.Option("--seed", help="Of inputs, world and damage.")] = 0,
    real_time: RealTime = False,
    json: options.Json = False,
) -> None:
    """Spoil one step's output at a time in rehearsal, and see how often the end turns wrong.

    Its first output is corrupted, left out, or taken from another case; everything else is as
    in the undamaged run of the same seed. `criticality` is the probability that the end is
    wrong, or that there is none, given that the step is.
    """
    chosen = tuple(_kind(kind) for kind in _names(kinds))
    found_suite, wanted = suite_of(target, suite), _names(steps)
    known = None if profile is None else Profile.read(profile)
    total = rehearse * (1 + len(wanted) * len(chosen)) if wanted else None
    with progress("Rehearsing", total, silent=json) as done:
        work = probe_suite(
            found_suite,
            make_of(target),
            rehearse,
            seed=seed,
            steps=wanted,
            kinds=chosen,
            plan=UNCHECKED if plan is None else Plan.read(plan),
            judged=judged(_names(fields), score),
            time_scale=None if real_time else 1.0,
            done=done,
        )
        found = on_clock(work, real_time=real_time)
    shares = criticality(found)
    if known is not None and profile is not None:
        with_criticality(known, shares).write(output or profile)
    typer.echo(to_json(_document(found, shares)) if json else _shown(found, shares))


def judged(fields: Collection[str], score: str | None) -> Judged | None:
    """What tells whether a damaged run is right; `None` leaves it to the suite.

    Raises:
        InputError: both are given.
        TargetError: `score` names no function.
    """
    if fields and score:
        raise InputError("--fields and --score are both given.", remedy="Give one of them.")
    if score:
        scorer = _scorer(score)
        return lambda spoilt, _: holds(scorer, spoilt.state)
    if not fields:
        return None
    return lambda spoilt, sound: all(
        spoilt.state.get(field) == sound.state.get(field) for field in fields
    )


def with_criticality(profile: Profile, shares: Mapping[str, float]) -> Profile:
    """The profile with what was found of its steps.

    Raises:
        InputError: it has none of them.
    """
    if not shares.keys() & profile.steps.keys():
        raise InputError(
            f"The profile has none of the steps {', '.join(shares)}.",
            remedy=f"It has {', '.join(profile.steps)}: probe the graph it is of.",
        )
    return profile.with_steps(
        {
            path: replace(step, criticality=shares.get(path, step.criticality))
            for path, step in profile.steps.items()
        }
    )


def _scorer(name: str) -> Callable[[Any], object]:
    target = Target.of(name)
    found: object = getattr(module_of(target.place), target.attribute, None)
    if not callable(found):
        raise TargetError(f"{name} is no function.", remedy="Name one that takes a final state.")
    scorer: Callable[[Any], object] = found
    return scorer


def _names(words: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (words or "").split(",") if word.strip())


def _kind(word: str) -> Kind:
    for kind in KINDS:
        if word == kind:
            return kind
    raise InputError(f"--kinds names {word!r}.", remedy=f"Choose from: {', '.join(KINDS)}.")


def _document(found: Sequence[Damage], shares: Mapping[str, float]) -> dict[str, object]:
    damages = [
        {**asdict(one), "spoilt": one.spoilt.value, "low": one.spoilt.low, "high": one.spoilt.high}
        for one in found
    ]
    return {"criticality": dict(shares), "damage": damages}


def _shown(found: Sequence[Damage], shares: Mapping[str, float]) -> str:
    rows = [
        (
            one.step,
            one.kind,
            str(one.pairs),
            str(one.wrong),
            str(one.stopped),
            f"{one.spoilt.value:.0%} ({one.spoilt.low:.0%} to {one.spoilt.high:.0%})"
            if one.pairs
            else "nothing to spoil",
        )
        for one in found
    ]
    head = ("STEP", "OUTPUT", "RUNS", "WRONG", "STOPPED", "SPOILT")
    lines = [table(head, rows, width=columns_there_are()), "", "criticality"]
    return "\n".join([*lines, *(f"  {step}  {share:.2f}" for step, share in shares.items())])
