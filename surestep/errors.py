"""Every error surestep raises, each with its figures and the remedy.

SurestepError
├── InputError (also a ValueError)   bad input; nothing has run and nothing is lost
│   ├── GraphError                   a graph that cannot be built, compiled or started
│   ├── PlanError                    a plan, assurance, profile, budget or SLO that does not fit
│   │   └── budgets.Infeasible       an SLO that no plan meets; carries the nearest plans
│   ├── TargetError                  a TARGET that names no graph
│   ├── UnknownThread                a thread nobody has started
│   ├── ThreadBusy                   a thread that another run is going on with
│   ├── AnswerRefused                an answer that does not fit; the question stays open
│   ├── ClaimRefused                 a question that cannot be claimed, kept or handed on so
│   ├── TooFewOutcomes               outcomes too few, or too one-sided, to calibrate on
│   ├── PriceUnknown                 a hard cost limit over a model without a price
│   └── OutputUncapped               a hard cost limit over a model without an output cap
├── StoreError                       a database that cannot be used
├── BudgetExceeded                   a call refused, or cut off, by a budget
├── ContextMissing                   a resume that needs the live context it was not given
├── LoopRunning                      a blocking call inside a running event loop
├── WorkerError                      a worker that returned what no graph can take
└── RunFailed                        a run that failed closed; carries step, reason, record
"""

from __future__ import annotations

from datetime import UTC, datetime

from surestep.values import RunRecord


class SurestepError(Exception):
    """What went wrong in `problem`, and what to do about it in `remedy`."""

    def __init__(self, problem: str, *, remedy: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem} {remedy}".strip())


class InputError(SurestepError, ValueError):
    """Bad input, refused before anything runs."""


class GraphError(InputError):
    """A graph that cannot be built, compiled or started as asked."""


class PlanError(InputError):
    """A plan, assurance, profile, budget or SLO with a value that does not fit."""


class TargetError(InputError):
    """A `module:attribute` or `path.py:attribute` that names no graph."""


class UnknownThread(InputError):
    """A thread that nobody has started in this database."""

    def __init__(self, thread_id: str, *, where: str) -> None:
        self.thread_id = thread_id
        super().__init__(
            f"No thread {thread_id!r} in {where}.",
            remedy="List the known ones with `surestep threads`.",
        )


class ThreadBusy(InputError):
    """A thread that another run is going on with; this run has not started, or stops here.

    Attributes:
        thread_id: the thread.
        holder: which process runs it, and where.
        since: when that run started, in seconds since the epoch.
    """

    def __init__(self, thread_id: str, *, holder: str, since: float, lease_s: float) -> None:
        self.thread_id = thread_id
        self.holder = holder
        self.since = since
        started = datetime.fromtimestamp(since, UTC)
        super().__init__(
            f"Thread {thread_id!r} is run by {holder} since {started:%Y-%m-%d %H:%M:%S} UTC.",
            remedy="Wait until that run has ended; if its machine is gone, the thread is free "
            f"{lease_s:g} s after its last sign of life.",
        )


class AnswerRefused(InputError):
    """An answer that does not fit its question; the question stays as it was."""

    def __init__(self, question_id: str, problem: str, *, remedy: str) -> None:
        self.question_id = question_id
        super().__init__(problem, remedy=remedy)


class ClaimRefused(InputError):
    """A claim, a release or a hand-on that does not fit; the question stays where it was."""

    def __init__(self, question_id: str, problem: str, *, remedy: str) -> None:
        self.question_id = question_id
        super().__init__(problem, remedy=remedy)


class TooFewOutcomes(InputError):
    """Outcomes that are too few, or too one-sided, for a calibrator to be fitted on.

    Attributes:
        outcomes: how many there are.
        wrong: how many of them were wrong.
        worth: how many equally weighted ones they are worth.
    """

    def __init__(
        self, outcomes: int, wrong: int, *, worth: float, least: int, least_of_each: int
    ) -> None:
        self.outcomes = outcomes
        self.wrong = wrong
        self.worth = worth
        super().__init__(
            f"{outcomes} outcomes, worth {worth:.0f} equally weighted ones, {wrong} of them wrong "
            f"and {outcomes - wrong} right, are too few to calibrate on.",
            remedy=f"Review until they are worth {least}, with {least_of_each} of each.",
        )


class PriceUnknown(InputError):
    """A call under a hard cost limit to a model whose price nobody knows."""

    def __init__(self, model: str, *, limit_usd: float) -> None:
        self.model = model
        self.limit_usd = limit_usd
        super().__init__(
            f"No price is known for model {model!r}, so the limit of {limit_usd} USD "
            "cannot be kept.",
            remedy="Give one with session(prices={...}), or lift the cost limit.",
        )


class OutputUncapped(InputError):
    """A call whose worst price nobody can tell, because nothing bounds its output."""

    def __init__(self, model: str) -> None:
        self.model = model
        super().__init__(
            f"Nothing bounds the output of model {model!r}, so its worst price is unknown.",
            remedy="Set max_tokens on the model, or max_output_tokens on its price.",
        )


class StoreError(SurestepError):
    """A database that is not ours, is newer than this version, or cannot be written."""


class BudgetExceeded(SurestepError):
    """A budget that does not allow what was about to be spent, or ran out meanwhile.

    Attributes:
        kind: `"cost_usd"` or `"latency_s"`.
        limit: the limit, in the unit of `kind`.
        spent: what was spent or reserved already, in the same unit.
        needed: what the refused call needed, in the same unit; 0.0 if time simply ran out.
        scope: whose limit it is: `"run"`, or a step's name.
    """

    def __init__(self, kind: str, *, limit: float, spent: float, needed: float, scope: str) -> None:
        self.kind = kind
        self.limit = limit
        self.spent = spent
        self.needed = needed
        self.scope = scope
        super().__init__(
            f"{scope}: {kind} limit {limit:g} reached: {spent:g} spent or reserved, "
            f"{needed:g} more needed.",
            remedy="Raise the budget, or choose what to do then with add_step(on_budget=...).",
        )


class ContextMissing(SurestepError):
    """A resume without the user's own context, which a live run needs and no store can keep."""


class LoopRunning(SurestepError):
    """A blocking call (`invoke`, `stream`) from inside a running event loop."""


class WorkerError(SurestepError):
    """A worker that returned something no state update can be made of."""


class RunFailed(SurestepError):
    """A run that failed closed, raised after everything is saved.

    Attributes:
        step: the step that failed, or `""` if the run did as a whole.
        reason: why, in a few words, as it stands in the record.
        record: the record of the run up to here.
    """

    def __init__(self, step: str, reason: str, record: RunRecord) -> None:
        self.step = step
        self.reason = reason
        self.record = record
        place = f"Step {step!r} failed" if step else "The run failed"
        super().__init__(
            f"{place}: {reason.rstrip('.')}.",
            remedy="The record says what was tried; a human policy or on_budget=... "
            "decides what happens instead.",
        )
