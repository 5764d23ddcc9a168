"""A step of which only the worker is to run, in a run nobody times or traces: the short way.

It settles exactly as the long way (`visit.py`) would, and costs as little over a plain
LangGraph node as can be.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from langchain_core.runnables import RunnableConfig

from surestep.clock import now_s
from surestep.nodes.attempt import Attempt, current
from surestep.nodes.draw import PASSED_ON, Candidate
from surestep.nodes.ends import Settled
from surestep.nodes.live import Live
from surestep.nodes.metering import Meter
from surestep.nodes.spec import StepSpec
from surestep.nodes.worker import as_output
from surestep.values import StepRecord


async def bare(
    spec: StepSpec,
    *,
    state: object,
    config: RunnableConfig,
    live: Live,
    path: str,
    name: Callable[[], str],
) -> Settled | Candidate:
    """The step, settled; or the candidate of its first attempt, if the worker raised.

    Args:
        spec: the step.
        state: what the worker sees.
        config: the node's config.
        live: the run.
        path: the step's path.
        name: makes the visit's key.
    """
    started_s = now_s()
    meter = Meter(partial(live.account, path))
    meter.take_charge()
    current.set(Attempt(name=name))
    try:
        if spec.takes_key:
            returned = await spec.worker.ainvoke(state, config, key=name())
        else:
            returned = await spec.worker.ainvoke(state, config)
        output = as_output(path, returned)
    except PASSED_ON:
        raise
    except Exception as error:  # noqa: BLE001 - a worker is foreign code: it may raise anything
        return Candidate(error=error)
    finally:
        meter.close()
    record = StepRecord(
        outcome="unverified",
        attempts=1,
        visits=1,
        latency_s=now_s() - started_s,
        cost_usd=meter.usage.cost_usd,
        confidence=output.confidence,
    )
    return Settled(value=output.update, path=path, record=record)
