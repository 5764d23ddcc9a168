"""Calling a worker: what it is told, what it may return, what is done about a lost connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langgraph._internal._fields import get_cached_annotated_keys
from langgraph.pregel._retry import _reset_interrupt_counter
from langgraph.types import Command

from surestep.errors import WorkerError
from surestep.nodes.calls.attempt import Attempt, current
from surestep.nodes.calls.metering import Meter
from surestep.nodes.calls.patience import Late, patiently
from surestep.nodes.spec import Worker
from surestep.values import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One worker call: whom to call, with what, and until when.

    Attributes:
        step: path of the step, for errors.
        worker: whom to call.
        state: what it sees.
        config: the node's config.
        again: whether this visit makes, or has made, other calls.
        takes_key: whether it wants the key as an argument.
        deadline_s: when it must be done, on the loop's clock; `None` if never.
        late: makes the error that says whose deadline it is.
        reconnect: whether a lost or refused connection may be tried again.
    """

    step: str
    worker: Worker
    state: object
    config: RunnableConfig
    again: bool = False
    takes_key: bool = False
    deadline_s: float | None = None
    late: Late
    reconnect: bool = True


async def call(errand: Errand, attempt: Attempt, meter: Meter) -> Output:
    """The worker's output, whatever form it returned it in.

    Raises:
        WorkerError: it returned what no state update can be made of.
    """
    options = {"key": attempt.key} if errand.takes_key else {}
    # A node's context is its own, and every call sets these anew, so nothing is put back.
    meter.take_charge()
    current.set(lambda: attempt)
    try:
        if not errand.reconnect:
            returned = await called(
                errand.worker, errand.state, errand.config, options, again=errand.again
            )
        else:
            calls = count()
            returned = await patiently(
                lambda: called(
                    errand.worker,
                    errand.state,
                    errand.config,
                    options,
                    again=errand.again or next(calls) > 0,
                ),
                seed=f"{errand.step}/{attempt.number}",
                deadline_s=errand.deadline_s,
                late=errand.late,
                note=meter.waited,
            )
    finally:
        meter.close()
    return as_output(errand.step, returned)


async def called(
    worker: Worker,
    state: object,
    config: RunnableConfig,
    options: Mapping[str, object],
    *,
    again: bool,
) -> object:
    """What a worker returns.

    Args:
        worker: whom to call.
        state: what it sees.
        config: the node's config.
        options: further arguments.
        again: whether the visit makes, or has made, other calls. As in LangGraph's own
            retries, interrupts then get the answers they have had, rather than ask anew.
    """
    if again:
        config = _reset_interrupt_counter(config)
        var_child_runnable_config.set(config)
    return await worker.ainvoke(state, config, **options)


def as_output(step: str, returned: object) -> Output:
    """What a worker returned, as an output.

    Raises:
        WorkerError: no state update can be made of it.
    """
    output = returned if isinstance(returned, Output) else Output(returned)
    if not _is_update(output.update):
        raise WorkerError(
            f"The worker of step {step!r} returned {type(output.update).__name__} "
            f"{output.update!r:.80}.",
            remedy="Return a state update: a dict, an object of the state's type, a Command, "
            "an Output of one of these, or None.",
        )
    return output


def update_of(output: Output) -> object:
    """The state update inside an output, without the routing a Command adds."""
    return output.update.update if isinstance(output.update, Command) else output.update


def _is_update(value: object) -> bool:
    # The first test is the usual case, and spares it a look-up among abstract classes.
    if type(value) is dict or value is None or isinstance(value, (Mapping, Command)):
        return True
    if isinstance(value, (list, tuple)):
        return any(isinstance(one, Command) for one in value) and all(map(_is_update, value))
    kind: type[Any] = type(value)
    return bool(get_cached_annotated_keys(kind))
