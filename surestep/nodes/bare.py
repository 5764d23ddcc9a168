"""A step of which only the worker is to run, in a run nobody times or traces: the short way.

It settles exactly as the long way (`visit.py`) would, and costs as little over a plain
LangGraph node as can be.
"""

from __future__ import annotations

from functools import partial

from surestep.clock import now_s
from surestep.nodes.calls.attempt import current
from surestep.nodes.calls.metering import Meter
from surestep.nodes.calls.patience import patiently
from surestep.nodes.calls.worker import as_output, called
from surestep.nodes.candidate import PASSED_ON, Candidate
from surestep.nodes.ends import Settled
from surestep.nodes.stage import Stage
from surestep.values import StepRecord


async def bare(stage: Stage) -> Settled | Candidate:
    """The step, settled; or the candidate of its first attempt, if the worker raised."""
    spec, live = stage.spec, stage.live
    meter = Meter(partial(live.account, stage.path, stage.payer))
    meter.take_charge()
    current.set(stage.attempt)
    try:
        options = {"key": stage.key} if spec.takes_key else {}
        try:
            returned = await spec.worker.ainvoke(stage.state, stage.config, **options)
        except PASSED_ON:
            raise
        except Exception as error:  # noqa: BLE001 - raised again unless the network lost the call
            returned = await patiently(
                partial(called, spec.worker, stage.state, stage.config, options, again=True),
                seed=stage.path,
                note=meter.waited,
                failed=error,
            )
        output = as_output(stage.path, returned)
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
        latency_s=now_s() - stage.started_s,
        cost_usd=meter.usage.cost_usd,
        confidence=output.confidence,
    )
    return Settled(value=output.update, path=stage.path, record=record)
