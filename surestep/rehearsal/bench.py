"""A graph on the bench: its steps watched, or one of them spoilt."""

from __future__ import annotations

from dataclasses import dataclass, field

from surestep.errors import InputError
from surestep.graph import VerifiedGraph
from surestep.rehearsal.damage import Kind, damaged
from surestep.rehearsal.draw import Draws
from surestep.rehearsal.injection import Update, injected
from surestep.rehearsal.staging import Make


@dataclass(slots=True)
class Bench:
    """Makes the graph with its steps watched, or one of them spoilt.

    Attributes:
        make: gives the graph.
        draws: decide which mistakes are made.
        steps: the steps to spoil; all of the graph once it is made, if none are named.
        seen: what each step first made in each thread, undamaged.
        hit: the threads in which something was spoilt, this time.
    """

    make: Make
    draws: Draws
    steps: tuple[str, ...] = ()
    seen: dict[str, dict[str, Update]] = field(default_factory=dict)
    hit: set[str] = field(default_factory=set)

    async def sound(self) -> VerifiedGraph:
        """The graph, whose first outputs are remembered.

        Raises:
            InputError: it has no step of a name that is to be spoilt.
        """

        def instead(step: str, thread: str, update: Update) -> Update:
            self.seen[step].setdefault(thread, update)
            return update

        graph = injected(await self.make(), instead)
        for step in self.steps:
            if step not in graph.steps:
                raise InputError(
                    f"The graph has no step {step!r} of its own.",
                    remedy=f"Choose from: {', '.join(graph.steps)}.",
                )
        self.steps = self.steps or tuple(graph.steps)
        self.seen = {step: {} for step in graph.steps}
        return graph

    async def spoiling(self, step: str, kind: Kind) -> VerifiedGraph:
        """The graph, with the first output of one step spoilt in each thread."""
        self.hit, met = set(), set[str]()
        threads = sorted(self.seen[step])

        def instead(now: str, thread: str, update: Update) -> Update:
            if now != step or thread in met or thread not in threads:
                return update
            met.add(thread)
            other = threads[(threads.index(thread) + 1) % len(threads)]
            draws = self.draws.at(step, kind, thread)
            spoilt = damaged(kind, update, self.seen[step][other], draws)
            if spoilt is None:
                return update
            self.hit.add(thread)
            return spoilt

        return injected(await self.make(), instead)
