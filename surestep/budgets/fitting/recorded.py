"""Recorded runs as values: what was put out, what was said of it, and what it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One verdict: whether it accepted, how long it took, what it cost, whose family it is of."""

    accepted: bool
    latency_s: float | None = None
    cost_usd: float | None = None
    family: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person decided: whether they took it for right, their minutes, and the wait."""

    approved: bool | None
    minutes: float | None = None
    wait_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One output of one step.

    Attributes:
        step: the step's name.
        ok: whether it is right; `None` if nobody said.
        chance: the probability with which it was chosen to be labelled.
        verdicts: what each verifier said, by name.
        attempt: which attempt at the same output, from 0; -1 until that is found out.
        visit: which visit of the step, from 1; 0 until that is found out.
        settled: whether its visit is known to have settled with it.
        latency_s: seconds the worker took; `None` if not recorded, as for the rest.
        cost_usd: US dollars.
        tokens_in: prompt tokens.
        tokens_out: completion tokens.
        confidence: the worker's own probability that it is right.
        answer: what a vote would compare.
        human: what a person decided about it.
    """

    step: str
    ok: bool | None = None
    chance: float = 1.0
    verdicts: Mapping[str, Judged] = field(default_factory=dict)
    attempt: int = -1
    visit: int = 0
    settled: bool = False
    latency_s: float | None = None
    cost_usd: float | None = None
    tokens_in: float | None = None
    tokens_out: float | None = None
    confidence: float | None = None
    answer: str | None = None
    human: Asked | None = None

    @property
    def refused(self) -> bool:
        """Whether a verdict rejected it."""
        return not all(judged.accepted for judged in self.verdicts.values())

    @property
    def label(self) -> bool | None:
        """The truth as recorded, or as a person saw it; `None` if neither says."""
        return self.ok if self.ok is not None or self.human is None else self.human.approved


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One recorded run; `ended_at` is in seconds since the epoch, `None` if not recorded."""

    run_id: str
    task: str
    ok: bool | None
    ended_at: float | None
    attempts: tuple[Attempt, ...]
