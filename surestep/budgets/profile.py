"""What is known of the steps of a graph and of their verifiers, stated by hand or from JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Self

from surestep.budgets import checked, files
from surestep.budgets.fitting.changes import Changes
from surestep.budgets.fitting.records import Records
from surestep.budgets.fitting.shaped import Shaped
from surestep.budgets.profile_values import person_of, step_of
from surestep.budgets.profiled import PersonProfile, StepProfile
from surestep.errors import PlanError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a graph: its steps, and which come after which.

    Attributes:
        steps: each step, by its path.
        after: the steps that each step directly follows; it has every step as a key.
        person: who is asked about a step that names nobody of its own; `None` if nobody is.
        notes: what whoever made the profile found worth saying, such as a rejected assumption.

    Raises:
        PlanError: for no steps at all, a step in `after` that is none of them, or a cycle.
    """

    steps: Mapping[str, StepProfile] = field(hash=False)
    after: Mapping[str, tuple[str, ...]] = field(hash=False)
    person: PersonProfile | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.steps:
            raise PlanError("The profile has no steps.", remedy="Give one at least.")
        for step, profile in self.steps.items():
            if not isinstance(profile, StepProfile):
                raise PlanError(f"Step {step!r} is {profile!r}.", remedy="Give a StepProfile.")
        after = {step: tuple(self.after.get(step, ())) for step in self.steps}
        for step in {*self.after, *(before for names in self.after.values() for before in names)}:
            checked.known(step, self.steps, what="after: step")
        object.__setattr__(self, "steps", dict(self.steps))
        object.__setattr__(self, "after", after)
        _refuse_cycles(after)

    @classmethod
    def of(
        cls,
        steps: Mapping[str, StepProfile],
        *,
        after: Mapping[str, Collection[str]] | None = None,
        person: PersonProfile | None = None,
    ) -> Self:
        """A profile stated by hand.

        Args:
            steps: each step, by its path.
            after: the steps each step follows, as in `{"b": ["a"]}`; a step that is not a key
                starts the graph. `None` makes a chain in the order of `steps`.
            person: who is asked about steps that name nobody of their own.

        Raises:
            PlanError: for no steps at all, a step in `after` that is none of them, or a cycle.
        """
        if after is None:
            return cls(steps, {later: (earlier,) for earlier, later in pairwise(steps)}, person)
        return cls(
            steps,
            {step: checked.names(f"after {step!r}", it) for step, it in after.items()},
            person,
        )

    @classmethod
    def fit(
        cls,
        records: Records,
        graph: Shaped | Mapping[str, Collection[str]] | None = None,
        *,
        after: Mapping[str, Collection[str]] | None = None,
        families: Mapping[str, str] | None = None,
        half_life_runs: float | None = None,
        half_life_days: float | None = None,
    ) -> Self:
        """The profile that recorded runs speak for; its `notes` say what was assumed or rejected.

        Steps and verifiers get every rate the records tell, with the number of independent
        trials behind it: labels count in full, decisions of people stand in for them, and what
        neither says is inferred from verdicts and results of runs.

        Args:
            records: run records, or the path of a JSONL file of them, plain or gzipped; the
                form is described in `surestep.budgets.fitting.records`.
            graph: where the shape and the effects are taken from, or a mapping as for `after`.
            after: the steps each step follows; it comes before `graph`. Without either, steps
                make a chain in the order in which they were first recorded.
            families: which family a verifier is of, for those known to share blind spots;
                verifiers that plainly err together are found in the records.
            half_life_runs: a run this many runs before the last counts half.
            half_life_days: a run that ended this many days before the last counts half.

        Raises:
            PlanError: for a record that does not fit, naming line and key; for no steps at all;
                for a half-life that does not fit; for a shape as in `of`.
        """
        # scipy loads here and not with the package: most processes never fit anything.
        from surestep.budgets.fitting.fit import fit  # noqa: PLC0415

        fitted = fit(
            records,
            graph,
            after=after,
            families=families,
            half_life_runs=half_life_runs,
            half_life_days=half_life_days,
        )
        profile = cls.of(fitted.steps, after=fitted.after, person=fitted.person)
        return replace(profile, notes=fitted.notes)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """The profile in a JSON file.

        Raises:
            PlanError: if the file cannot be read, or what it says is no profile.
        """
        return cls.of_json(files.read_text(path, what="profile"), source=str(path))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Replace a JSON file by this profile.

        Raises:
            PlanError: if the place cannot be written.
        """
        files.write_text(path, self.json(), what="profile")

    @classmethod
    def of_json(cls, text: str, *, source: str = "profile") -> Self:
        """The profile a JSON text says; errors name `source`, and the line where the JSON breaks.

        Raises:
            PlanError: if the text is no JSON, or what it says is no profile.
        """
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise PlanError(
                f"{source} is no JSON: {error}.", remedy="Mend it there: https://json.org."
            ) from error
        with checked.within(source):
            return cls._of_document(checked.table("the profile", document))

    @classmethod
    def _of_document(cls, document: Mapping[str, object]) -> Self:
        optional = ("after", "person", "notes")
        checked.keys("profile", document, required=("format", "steps"), optional=optional)
        if document["format"] != FORMAT:
            raise PlanError(
                f"format is {document['format']!r}, and this version reads {FORMAT}.",
                remedy="Write the profile again with this version, or install a newer one.",
            )
        steps = {
            step: step_of(step, checked.table(f"steps.{step}", entry))
            for step, entry in checked.table("steps", document["steps"]).items()
        }
        person = person_of(document.get("person"))
        notes = checked.names("notes", document.get("notes", ()))
        after = document.get("after")
        if after is not None:
            after = {
                step: checked.names(f"after {step!r}", it)
                for step, it in checked.table("after", after).items()
            }
        return replace(cls.of(steps, after=after, person=person), notes=notes)

    def merged(self, *others: Self) -> Self:
        """This and other profiles as one: rates by their trials, times and prices by their calls.

        A stated rate gives way to a measured one, and where both are stated this one's stays.

        Args:
            others: profiles of the same graph, or of other parts of it.

        Raises:
            PlanError: if their shapes together make a cycle.
        """
        from surestep.budgets.fitting import merging  # noqa: PLC0415 - as in `fit`

        steps, after, notes = dict(self.steps), dict(self.after), dict.fromkeys(self.notes)
        person = self.person
        for other in others:
            for step, it in other.steps.items():
                steps[step] = merging.merged(steps[step], it) if step in steps else it
                after[step] = tuple(dict.fromkeys((*after.get(step, ()), *other.after[step])))
            notes |= dict.fromkeys(other.notes)
            person = person or other.person
        return replace(self, steps=steps, after=after, person=person, notes=tuple(notes))

    def aged(self, half_lives: float) -> Self:
        """This, its evidence worth half as much for each half-life that has passed.

        Rates stay what they are; what was measured is less certain, and counts for less when
        it is merged with what is newer.

        Args:
            half_lives: how many half-lives, fractions included.

        Raises:
            PlanError: for a negative, NaN or infinite number.
        """
        from surestep.budgets.fitting import merging  # noqa: PLC0415 - as in `fit`

        keep = 0.5 ** checked.not_negative("half_lives", half_lives, unit="half-lives")
        return self.with_steps({step: merging.aged(it, keep) for step, it in self.steps.items()})

    def diff(self, old: Self, *, confidence: float = 0.95, seed: int = 0) -> Changes:
        """What differs from an older profile, each figure with its interval.

        Args:
            old: the older one.
            confidence: probability that each interval holds.
            seed: the same seed gives the same intervals.

        Raises:
            PlanError: for a confidence that is not strictly between 0 and 1.
        """
        from surestep.budgets.fitting import difference  # noqa: PLC0415 - as in `fit`

        return difference.between(old.steps, self.steps, confidence=confidence, seed=seed)

    def with_steps(self, steps: Mapping[str, StepProfile]) -> Self:
        """This, with other knowledge of the same steps."""
        return replace(self, steps=steps)

    def json(self) -> str:
        """This profile as JSON, which `of_json` reads back as an equal profile."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2) + "\n"


def _refuse_cycles(after: Mapping[str, tuple[str, ...]]) -> None:
    try:
        TopologicalSorter(after).prepare()
    except CycleError as error:
        # The sorter lists predecessors first, which is the direction the work flows in.
        cycle = " -> ".join(error.args[1])
        raise PlanError(
            f"after goes in a circle: {cycle}.",
            remedy="Leave the way back out, and count a loop's expected visits in its step.",
        ) from None
