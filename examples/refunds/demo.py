"""The main job: the same tickets with no checks, every check, and a plan written by hand."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from examples.refunds.figures import Figures, figures
from examples.refunds.graph import build
from examples.refunds.models import Endpoint
from examples.refunds.orders import OrderBook
from examples.refunds.reviewer import Reviewer
from examples.refunds.scenario import scenario
from examples.refunds.tickets import Ticket
from examples.refunds.working import Shift
from surestep import SLO, Assurance, Plan
from surestep.budgets.pricing import Prices
from surestep.errors import PriceUnknown
from surestep.graph.stores import close_stores
from surestep.rehearsal import rehearse
from surestep.storage import Store
from surestep.storage.checkpoints import checkpointer

PLAN_FILE = Path(__file__).with_name("plan.toml")


def plans(plan_file: Path = PLAN_FILE) -> dict[str, Plan]:
    """The plan of each arm.

    Raises:
        PlanError: the file holds no plan.
    """
    return {
        "none": Plan(default=Assurance(mode="off", human="never")),
        "every": Plan.everything(),
        "plan": Plan.read(plan_file),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to work on, and how.

    Attributes:
        tickets: the tickets.
        arms: the plan of each arm, by its name.
        seed: of the rehearsal and the simulated reviewer.
        endpoint: the real API; `None` rehearses.
        model: the model's name in a rehearsal, for its price.
        time_scale: of a rehearsal: factor on its latencies; 1 with a real API.
        at_once: tickets worked on at the same time.
        limit_usd: what one ticket may cost.
    """

    tickets: Sequence[Ticket]
    arms: dict[str, Plan] = field(default_factory=plans)
    seed: int
    endpoint: Endpoint | None = None
    model: str = "gpt-4o-mini"
    time_scale: float = 1.0
    at_once: int = 10
    limit_usd: float = 0.05

    def check(self) -> None:
        """Nothing, if the job can start.

        Raises:
            PlanError: a plan does not fit the graph, or the limit is no amount of money.
            PriceUnknown: the limit cannot be kept.
        """
        SLO(cost_usd=self.limit_usd)
        endpoint = self.endpoint or Endpoint(model=self.model)
        if Prices().of(endpoint.model) is None:
            raise PriceUnknown(endpoint.model, limit_usd=self.limit_usd)
        with tempfile.TemporaryDirectory() as folder:
            graph = build(endpoint.chat(), OrderBook(Path(folder) / "orders.db"))
            for plan in self.arms.values():
                graph.compile(plan=plan)

    async def arm(self, name: str, done: Callable[[str], object]) -> Figures:
        """The figures of one arm, in a world and a folder of its own.

        Args:
            name: which arm.
            done: called with its name whenever a ticket is through.
        """
        plan = self.arms[name]
        with tempfile.TemporaryDirectory(prefix="refunds-") as folder:
            book = OrderBook(Path(folder) / "orders.db")
            book.fill(ticket.order for ticket in self.tickets if ticket.order)
            database = Path(folder) / "surestep.db"
            reviewer = Reviewer({t.ticket_id: t.ruling for t in self.tickets}, self.seed)
            async with self._endpoint() as endpoint, checkpointer(database) as saver:
                graph = build(endpoint.chat(), book)
                app = graph.compile(saver, plan=plan, database=database)
                store = Store.open(database)
                shift = Shift(
                    app=app,
                    store=store,
                    plan=plan,
                    reviewer=reviewer,
                    limit_usd=self.limit_usd,
                    name=name,
                )
                endings = await shift.work(
                    self.tickets, at_once=self.at_once, done=lambda: done(name)
                )
                await store.aclose()
            close_stores()
            return figures(endings, book.paid(), time_scale=self.time_scale)

    @asynccontextmanager
    async def _endpoint(self) -> AsyncIterator[Endpoint]:
        if self.endpoint is not None:
            yield self.endpoint
            return
        world = scenario(self.tickets, seed=self.seed, model=self.model)
        async with rehearse(world, time_scale=self.time_scale) as server:
            yield Endpoint(model=self.model, base_url=server.base_url)
