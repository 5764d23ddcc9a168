"""A day rehearsed: the graph set up with its people, and worked through."""

from __future__ import annotations

import tempfile
from pathlib import Path

from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr

from examples.refund_desk.agent import MODEL, STEP, build, scenario
from examples.refund_desk.audit import looks
from examples.refund_desk.desk import Desk
from examples.refund_desk.gate import pressure_for
from examples.refund_desk.learning import World
from examples.refund_desk.summary import Rehearsed, summed_up
from examples.refund_desk.tickets import REVIEWED
from examples.refund_desk.tiers import LAST, QUEUE, by_score
from surestep.graph.stores import close_stores
from surestep.rehearsal.process import rehearse_here
from surestep.review import Reviewed, Team
from surestep.review.estimate import Estimate
from surestep.review.outcomes import review_of
from surestep.review.terms import terms_of
from surestep.storage import Store


async def rehearsed(world: World) -> Rehearsed:
    """A day through the graph; run it on the virtual clock of `surestep.testing.run`."""
    learnt = world.learnt
    team = Team(name="desk", pressure=pressure_for(learnt.must), queues=(QUEUE,))
    human = by_score(learnt.price_usd, learnt.calibrator, team=team)
    review = Reviewed(
        share=REVIEWED,
        queue=QUEUE,
        priority=LAST,
        calibrate=learnt.calibrator,
        seed=world.seed,
        team=team,
    )
    with tempfile.TemporaryDirectory(prefix="refund-desk-") as folder:
        database = Path(folder) / "desk.db"
        models = scenario(world.day, seed=world.seed)
        async with rehearse_here(models) as server:
            key = SecretStr("rehearsal")
            model = ChatOpenAI(model=MODEL, base_url=server.base_url, api_key=key)
            store = Store.open(database)
            async with model.root_async_client:
                graph = build(model, human=human, review=review)
                app = graph.compile(InMemorySaver(), database=database)
                desk = Desk(world, app, store)
                await desk.work()
            errors = await _errors(store)
            found = summed_up(desk, await looks(store), errors=errors, calls=server.requests.total)
            await store.aclose()
        close_stores()
    return found


async def _errors(store: Store) -> Estimate | None:
    """What the looks of a day say of all that went on without people."""
    taken, terms = await store.reviews.taken(STEP), await terms_of(store)
    return review_of(STEP, taken, terms[STEP]).errors
