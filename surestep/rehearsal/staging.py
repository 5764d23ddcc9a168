"""A graph set up for rehearsal: a model server that clients find, and a database of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from surestep.graph import VerifiedGraph
from surestep.graph.app import VerifiedApp
from surestep.graph.stores import store_at
from surestep.rehearsal.process import Rehearsal, rehearse_here
from surestep.rehearsal.scenario import Scenario
from surestep.storage import checkpointer

Make = Callable[[], Awaitable[VerifiedGraph | VerifiedApp]]
VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_KEY")


@contextmanager
def named_by_environment(base_url: str) -> Iterator[None]:
    """A block in which clients that nobody tells otherwise speak to this address."""
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(OPENAI_BASE_URL=base_url, OPENAI_API_KEY="rehearsal")
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@asynccontextmanager
async def staged(
    scenario: Scenario, make: Make, *, seed: int, time_scale: float | None
) -> AsyncIterator[tuple[VerifiedApp, Rehearsal]]:
    """The graph over a database of its own, and the world it runs in.

    Args:
        scenario: the world.
        make: gives the graph; called once the model server is up and the environment names it.
        seed: of the world, instead of its own.
        time_scale: factor on its latencies, instead of its own.
    """
    async with rehearse_here(scenario, seed=seed, time_scale=time_scale) as server:
        with (
            named_by_environment(server.base_url),
            tempfile.TemporaryDirectory(prefix="rehearsal-") as folder,
        ):
            database = str(Path(folder) / "runs.db")
            found = await make()
            async with checkpointer(database) as saver:
                try:
                    yield _bound(found, saver, database), server
                finally:
                    store = store_at(database)
                    assert store is not None
                    await store.aclose()


def _bound(found: VerifiedGraph | VerifiedApp, saver: Any, database: str) -> VerifiedApp:
    if isinstance(found, VerifiedApp):
        return found.bound(checkpointer=saver, database=database)
    return found.compile(checkpointer=saver, database=database)
