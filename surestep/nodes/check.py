"""Running the verifiers of a step on one output."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config

from surestep.clock import now_s
from surestep.errors import BudgetExceeded
from surestep.nodes.calls.metering import Account, Meter
from surestep.nodes.calls.patience import Late, Note, patiently
from surestep.traces.record import Tracer
from surestep.values import Verdict
from surestep.verifiers import Verifier, judge_output

Opinion = Literal["pass", "fail", "inconclusive", "starved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the verifiers said of one output.

    Attributes:
        verdicts: one per verifier, in the verifiers' order.
        starved: the budget that kept a verifier from judging, if one did.
        ruling: all verdicts as one, where another rule than that all must accept decides.
        waived: why a planner let the output go on unheard; `""` if it did not.
    """

    verdicts: tuple[Verdict, ...] = ()
    starved: BudgetExceeded | None = None
    ruling: Opinion | None = None
    waived: str = ""

    @property
    def opinion(self) -> Opinion:
        """All verdicts as one: any `fail` fails, then want of budget, then of a judgement."""
        if self.ruling is not None:
            return self.ruling
        statuses = {verdict.status for verdict in self.verdicts}
        if "fail" in statuses:
            return "fail"
        if self.starved is not None:
            return "starved"
        return "inconclusive" if "inconclusive" in statuses else "pass"

    @property
    def feedback(self) -> str:
        """What a worker that tries again should know."""
        said = (one for one in self.verdicts if one.status == "fail")
        return "\n".join(f"{one.verifier}: {one.feedback or 'rejected'}" for one in said)


def by_quorum(checked: Checked, quorum: int, asked: int) -> Checked:
    """What verifiers say of whom `quorum` have to accept.

    Args:
        checked: their verdicts.
        quorum: how many have to accept; all, if that is fewer.
        asked: how many there are.
    """
    statuses = [verdict.status for verdict in checked.verdicts]
    needed = min(quorum, asked)
    ruling = checked.opinion
    if statuses.count("pass") >= needed:
        ruling = "pass"
    elif asked - statuses.count("fail") >= needed:
        # Those who did not judge might have decided it.
        ruling = "starved" if checked.starved else "inconclusive"
    return replace(checked, ruling=ruling)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One output to be judged.

    Attributes:
        state: what the worker saw.
        update: what it made.
        config: the node's config.
        tracer: where verdicts are traced.
        account: says who pays for a verifier's calls, by its name.
        deadline_s: when the verdicts must be in, on the loop's clock; `None` if never.
        late: makes the error that says whose deadline it is.
    """

    state: object
    update: object
    config: RunnableConfig
    tracer: Tracer
    account: Callable[[str], Account]
    deadline_s: float | None
    late: Late


async def check(verifiers: Sequence[Verifier], inspection: Inspection) -> Checked:
    """The verdicts of all verifiers, which run side by side until the deadline."""
    if len(verifiers) == 1 and inspection.deadline_s is None:
        found: Verdict | BudgetExceeded = await _one(verifiers[0], inspection)
        return _gathered([found])
    tasks = [asyncio.create_task(_one(verifier, inspection)) for verifier in verifiers]
    try:
        left_s = None if inspection.deadline_s is None else inspection.deadline_s - now_s()
        await asyncio.wait(tasks, timeout=left_s)
    finally:
        await _cancelled(tasks)
    return _gathered([inspection.late(0.0) if one.cancelled() else one.result() for one in tasks])


def _gathered(found: Sequence[Verdict | BudgetExceeded]) -> Checked:
    starved = next((one for one in found if isinstance(one, BudgetExceeded)), None)
    verdicts = tuple(one for one in found if isinstance(one, Verdict))
    return Checked(verdicts=verdicts, starved=starved)


async def _cancelled(tasks: Sequence[asyncio.Task[Verdict | BudgetExceeded]]) -> None:
    pending = [task for task in tasks if not task.done()]
    for task in pending:
        task.cancel()
    for task in pending:
        with suppress(asyncio.CancelledError):
            await task


async def _one(verifier: Verifier, inspection: Inspection) -> Verdict | BudgetExceeded:
    meter = Meter(partial(inspection.account, verifier.name))
    meter.take_charge()
    # A judge's tokens are not the user's answer: keep them out of `messages` streams.
    config = inspection.config
    quiet: RunnableConfig = {**config, "tags": [*config.get("tags", ()), "nostream"]}
    token = var_child_runnable_config.set(quiet)
    try:
        patient = _Patient(verifier, inspection, meter.waited)
        verdict = await judge_output(patient, inspection.state, inspection.update)
    except BudgetExceeded as error:
        return error
    finally:
        var_child_runnable_config.reset(token)
        meter.close()
    if meter.usage.calls:
        verdict = replace(verdict, usage=meter.usage)
    if inspection.tracer:
        _trace(meter.account, verdict)
    return verdict


class _Patient:
    """A verifier that tries again what the network lost, within its own time-out."""

    def __init__(self, verifier: Verifier, inspection: Inspection, note: Note) -> None:
        self.name = verifier.name
        self.timeout_s: float | None = getattr(verifier, "timeout_s", None)
        self._verifier, self._inspection, self._note = verifier, inspection, note

    async def check(self, state: object, update: object) -> bool | Verdict:
        async def once() -> bool | Verdict:
            return await self._verifier.check(state, update)

        return await patiently(
            once,
            seed=self.name,
            deadline_s=self._inspection.deadline_s,
            late=self._inspection.late,
            note=self._note,
        )


def _trace(account: Account, verdict: Verdict) -> None:
    account.tracer.emit(
        "verdict",
        step=account.step,
        visit=account.visit,
        attempt=account.attempt,
        latency_s=verdict.latency_s,
        call=account.call,
        verifier=verdict.verifier,
        status=verdict.status,
        score=verdict.score,
        feedback=verdict.feedback,
        evidence=dict(verdict.evidence),
        usage=verdict.usage,
    )
