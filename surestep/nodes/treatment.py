"""A plan's assurance of a step, resolved against what the step declares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from surestep.budgets.assurance import Assurance
from surestep.budgets.tally import Tally
from surestep.nodes.spec import HumanPolicy, StepSpec
from surestep.values import Effect
from surestep.verifiers import Verifier, Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """How a step is run now.

    Attributes:
        verifiers: the verifiers that run, in order.
        vote: the vote that decides between samples, if one does.
        retries: worker calls allowed after the first, for refused outputs.
        samples: outputs drawn at once; the first accepted goes on.
        quorum: how many of the verifiers have to accept; `None` for all.
        tally: how samples and verdicts are weighed, if they are.
        hedge_after_s: seconds after which a second worker call is made beside the first.
        human: when a person is asked.
        bare: whether nothing but the worker itself has to run.
        speculative: whether the run goes on before the verdicts are in.
    """

    verifiers: tuple[Verifier, ...]
    vote: Vote | None
    retries: int
    samples: int
    human: HumanPolicy
    bare: bool
    quorum: int | None = None
    tally: Tally | None = None
    hedge_after_s: float | None = None
    speculative: bool = False

    @property
    def checked(self) -> bool:
        """Whether an output is judged before it goes on."""
        return bool(self.verifiers) or self.vote is not None or self.tally is not None

    @property
    def asks_anyway(self) -> bool:
        """Whether a person may be asked though nothing was refused."""
        return asks_anyway(self.human)

    @property
    def several(self) -> bool:
        """Whether one attempt may call the worker more than once."""
        return self.samples > 1 or self.vote is not None or self.tally is not None


def treatment(spec: StepSpec, assurance: Assurance) -> Treatment:
    """What `assurance` means for this step; `None` in it means as the step declares."""
    off = assurance.mode == "off"
    once = off or spec.effect is Effect.IRREVERSIBLE
    tally = None if once else assurance.tally
    verifiers = () if off else _chosen(spec, tuple(tally.checks) if tally else assurance.verifiers)
    vote = None if once or tally else _vote(spec, assurance)
    human = spec.human if assurance.human is None else assurance.human
    samples = spec.samples if assurance.samples is None else assurance.samples
    if once or vote or tally:
        samples = 1
    hedge = assurance.hedge_after_s
    hedge_after_s = spec.hedge_after_s if hedge is None else hedge
    judged = bool(verifiers) or vote is not None or tally is not None
    return Treatment(
        verifiers=verifiers,
        vote=vote,
        retries=spec.retries if assurance.retries is None else assurance.retries,
        samples=samples,
        human=human,
        quorum=assurance.quorum,
        tally=tally,
        hedge_after_s=hedge_after_s,
        bare=not judged
        and samples == 1
        and not asks_anyway(human)
        and spec.effect is not Effect.IRREVERSIBLE
        and spec.budget.latency_s is None
        and spec.budget.cost_usd is None
        and hedge_after_s is None
        and spec.fallback is None,
        speculative=assurance.mode == "speculative"
        and assurance.speculate is not False
        and (judged or asks_anyway(human))
        and spec.effect is not Effect.IRREVERSIBLE,
    )


def asks_anyway(human: HumanPolicy) -> bool:
    """Whether such a policy may have a person asked though nothing was refused."""
    return human not in ("never", "on_failure")


def _chosen(spec: StepSpec, named: tuple[str, ...] | None) -> tuple[Verifier, ...]:
    if named is None:
        return spec.verifiers
    by_name = {verifier.name: verifier for verifier in spec.verifiers}
    return tuple(by_name[name] for name in named if name in by_name)


def _vote(spec: StepSpec, assurance: Assurance) -> Vote | None:
    if assurance.vote is False or spec.vote is None:
        return None
    if assurance.verifiers is not None and spec.vote.name not in assurance.verifiers:
        return None
    if assurance.vote is None or assurance.vote is True:
        return spec.vote
    numbers: dict[str, Any] = dict(assurance.vote)
    return replace(spec.vote, **numbers)
