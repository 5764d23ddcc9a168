"""A run of a graph of speculative steps, event by event, as an oracle for its machine time.

Each step has one worker at a time, checks its output while what follows goes on, redoes it when
it is refused, and starts anew whenever an output before it is replaced. A step behind a barrier
starts once everything before it is settled. Nothing here uses the algebra.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Played:
    """How a step behaves: its times are drawn, its outputs refused with a probability."""

    work_s: Callable[[np.random.Generator], float]
    check_s: Callable[[np.random.Generator], float]
    refuse: float
    speculative: bool = True


@dataclass
class _Node:
    version: int = 0
    ready: bool = False
    settled: bool = False
    running: bool = False


@dataclass
class Game:
    """One run."""

    steps: Mapping[str, Played]
    before: Mapping[str, Sequence[str]]
    barriers: frozenset[str]
    random: np.random.Generator
    nodes: dict[str, _Node] = field(default_factory=dict)
    events: list[tuple[float, int, str, str, int]] = field(default_factory=list)

    def played(self) -> float:
        """When everything is settled."""
        self.ticket = itertools.count()
        self.nodes = {name: _Node() for name in self.steps}
        self.after: dict[str, list[str]] = {name: [] for name in self.steps}
        for name, names in self.before.items():
            for early in names:
                self.after[early].append(name)
        self.ancestors: dict[str, set[str]] = {}
        for name in self.steps:
            known = [self.ancestors[early] | {early} for early in self.before.get(name, ())]
            self.ancestors[name] = set().union(*known)
        now = 0.0
        self._start_what_can(now)
        while self.events:
            now, _, kind, name, version = heapq.heappop(self.events)
            if self.nodes[name].version != version:
                continue  # it was started anew in the meantime
            if kind == "worked":
                self._worked(now, name)
            else:
                self._judged(now, name)
            self._start_what_can(now)
            if all(node.settled for node in self.nodes.values()):
                return now
        raise AssertionError("the run came to a stop")

    def _start_what_can(self, now: float) -> None:
        for name, node in self.nodes.items():
            if node.running or node.ready:
                continue
            early = self.before.get(name, ())
            if not all(self.nodes[one].ready for one in early):
                continue
            waits = name in self.barriers
            if waits and not all(self.nodes[one].settled for one in self.ancestors[name]):
                continue
            self._work(now, name)

    def _work(self, now: float, name: str) -> None:
        node = self.nodes[name]
        node.version += 1
        node.running, node.ready, node.settled = True, False, False
        self._later(now + self.steps[name].work_s(self.random), "worked", name)

    def _worked(self, now: float, name: str) -> None:
        node, step = self.nodes[name], self.steps[name]
        node.ready = step.speculative
        self._later(now + step.check_s(self.random), "judged", name)

    def _judged(self, now: float, name: str) -> None:
        node = self.nodes[name]
        if self.random.random() >= self.steps[name].refuse:
            node.ready = node.settled = True
            node.running = False
            return
        self._work(now, name)
        for other, known in self.ancestors.items():
            if name in known:
                self.nodes[other] = _Node(version=self.nodes[other].version + 1)

    def _later(self, when: float, kind: str, name: str) -> None:
        event = (when, next(self.ticket), kind, name, self.nodes[name].version)
        heapq.heappush(self.events, event)
