"""A node that is not a step: it runs as LangGraph runs it, and its model calls are metered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_CHECKPOINT_NS
from langgraph.errors import GraphInterrupt

from surestep.clock import now_s
from surestep.errors import BudgetExceeded
from surestep.nodes.bets.book import Dismissed
from surestep.nodes.calls.gate import pace
from surestep.nodes.calls.metering import Meter
from surestep.nodes.channels import LIVE
from surestep.nodes.ends import Gone
from surestep.nodes.lineage import descend
from surestep.nodes.live import Live, live_of
from surestep.nodes.speculation.adopting import StageOf, adopt


class PlainNode(Runnable[Any, Any]):
    """Runs a plain node under the run's meter and deadline.

    Args:
        node: the node's name in its graph.
        bound: what LangGraph made of it.
    """

    def __init__(self, node: str, bound: Runnable[Any, Any]) -> None:
        self.name = self.node = node
        self.bound = bound
        self.siblings: Mapping[str, StageOf] = {}

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """What the node itself returns."""
        return self.bound.invoke(input, config, **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """What the node itself returns.

        Raises:
            BudgetExceeded: the run's money or time gave out.
        """
        assert config is not None
        if LIVE not in config["configurable"]:
            return await self.bound.ainvoke(input, config, **kwargs)
        live = live_of(config)
        path = live.path(self.node, config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
        if live.deadline_s is not None and live.deadline_s <= now_s():
            raise late(live)
        limit = asyncio.timeout_at(live.deadline_s)
        # Its model calls are not made again by us: the node may have done more than call.
        payer = Meter.payer(live.till.ledger)
        bets = live.bets(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
        if live.speculative:
            live.begins(config)
            if self.siblings:
                await adopt(config, bets, self.siblings)
            payer = payer.child(path, None)
            bets.pays(payer, config["metadata"]["langgraph_step"])
        meter = Meter(partial(live.account, path, payer), patient=False)
        meter.take_charge()
        pace(live.gate)
        descend(config)
        work = self.bound.ainvoke(input, config, **kwargs)
        if live.speculative:
            work = bets.guarded(work)
        try:
            async with limit:
                return await work
        except Dismissed:
            return Gone()
        except GraphInterrupt:
            live.waiting = live.waiting or f"{path}: it interrupts"
            raise
        except TimeoutError:
            if limit.expired():
                raise late(live) from None
            raise
        finally:
            meter.close()


def late(live: Live) -> BudgetExceeded:
    """The error that says the run is out of time."""
    limit_s = live.options.slo.latency_s or 0.0
    spent_s = live.till.spent.machine_s
    return BudgetExceeded("latency_s", limit=limit_s, spent=spent_s, needed=0.0, scope="run")
