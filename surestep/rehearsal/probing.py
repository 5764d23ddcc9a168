"""How often a wrong output of a step spoils the end: paired rehearsals, one of them damaged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from surestep.budgets.assurance import Assurance
from surestep.budgets.plan import Plan
from surestep.budgets.shares import Share, wilson
from surestep.errors import InputError
from surestep.rehearsal.bench import Bench
from surestep.rehearsal.case import Trial
from surestep.rehearsal.damage import KINDS, Kind
from surestep.rehearsal.draw import Draws
from surestep.rehearsal.parts import Faults
from surestep.rehearsal.scenario import Role
from surestep.rehearsal.staging import Make
from surestep.rehearsal.suite import Suite
from surestep.rehearsal.trials import rehearse_suite

UNCHECKED = Plan(default=Assurance(mode="off", human="never"))
Judged = Callable[[Trial, Trial], bool]
"""Of a damaged run that came to its end and the undamaged one: whether it is still right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What became of runs in which one step's output was spoilt in one way.

    Attributes:
        step: the step.
        kind: what its output was replaced by.
        pairs: runs that are right undamaged, and in which there was something to spoil.
        wrong: those of them that came to a wrong end.
        stopped: those that came to none.
    """

    step: str
    kind: Kind
    pairs: int
    wrong: int
    stopped: int

    @property
    def spoilt(self) -> Share:
        """The share that had no right end, with its 95 % interval."""
        return wilson(self.wrong + self.stopped, self.pairs)


async def probe_suite(
    suite: Suite,
    make: Make,
    n: int,
    *,
    seed: int = 0,
    steps: Collection[str] = (),
    kinds: Collection[Kind] = KINDS,
    plan: Plan = UNCHECKED,
    judged: Judged | None = None,
    time_scale: float | None = 1.0,
    done: Callable[[Trial], object] = lambda _: None,
) -> tuple[Damage, ...]:
    """What damage to each step's output does to the end, by step and kind.

    The first output of the step is spoilt, where it would go on, in each of `n` runs; each is
    paired with the undamaged run of the same seed. The simulated model makes no mistakes of its
    own and meets no faults, so that nothing else spoils a run.

    Args:
        suite: the cases and their world.
        make: gives the graph, as in `rehearse_suite`.
        n: how many cases of each.
        seed: of the inputs, the world, and the mistakes made.
        steps: which steps; default: all.
        kinds: which damage.
        plan: how steps are treated; default: nothing is checked, and nobody asked.
        judged: whether a damaged run is still right; default: as the suite says.
        time_scale: as in `rehearse_suite`.
        done: called with each run as it ends.

    Raises:
        InputError: the graph has no such step, or no run is right even undamaged.
    """
    judged = judged or (lambda trial, _: suite.is_right(trial.given, trial.state))
    bench = Bench(make, Draws.seeded(seed), tuple(steps))
    rehearsed = partial(
        rehearse_suite,
        _flawless(suite),
        n=n,
        seed=seed,
        plan=plan,
        time_scale=time_scale,
        done=done,
    )
    sound = await rehearsed(make=bench.sound)
    _check(sound)
    found = []
    for step in bench.steps:
        for kind in kinds:
            spoilt = await rehearsed(make=partial(bench.spoiling, step, kind))
            found.append(
                _damage(step, kind, bench.hit, list(zip(sound, spoilt, strict=True)), judged)
            )
    return tuple(found)


def criticality(damages: Collection[Damage]) -> dict[str, float]:
    """P(the run's result is wrong | the step's output is), by step, over all kinds of damage.

    The mean under a Jeffreys prior, so that no number of runs makes a step free of risk.
    """
    counts: dict[str, tuple[int, int]] = {}
    for one in damages:
        spoilt, pairs = counts.get(one.step, (0, 0))
        counts[one.step] = spoilt + one.spoilt.count, pairs + one.pairs
    return {
        step: (spoilt + 0.5) / (pairs + 1.0) for step, (spoilt, pairs) in counts.items() if pairs
    }


def _flawless(suite: Suite) -> Suite:
    """The suite, in a world in which the simulated workers are always right and never late."""
    roles = [
        role.model_copy(
            update={"faults": Faults()} | ({"error_rate": 0.0} if isinstance(role, Role) else {})
        )
        for role in suite.scenario.roles
    ]
    return replace(suite, scenario=suite.scenario.model_copy(update={"roles": tuple(roles)}))


def _check(sound: Sequence[Trial]) -> None:
    if not any(trial.right for trial in sound):
        raise InputError(
            f"None of {len(sound)} runs is right with nothing spoilt; the first says: "
            f"{sound[0].record['outcome']}, {sound[0].record['reason'] or 'with a wrong result'}.",
            remedy="Mend the suite, or what it calls right.",
        )


def _damage(
    step: str,
    kind: Kind,
    hit: Collection[str],
    pairs: Sequence[tuple[Trial, Trial]],
    judged: Judged,
) -> Damage:
    there = [
        (spoilt, sound)
        for sound, spoilt in pairs
        if sound.right and str(spoilt.record["run_id"]) in hit
    ]
    ended = [pair for pair in there if pair[0].record["outcome"] == "succeeded"]
    return Damage(
        step=step,
        kind=kind,
        pairs=len(there),
        wrong=sum(not judged(*pair) for pair in ended),
        stopped=len(there) - len(ended),
    )
