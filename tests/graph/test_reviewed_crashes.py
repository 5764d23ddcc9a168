"""Crashes at any moment around a write: what is reviewed is still what the run settled on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END

from surestep import Plan
from surestep.graph.stores import close_stores
from surestep.storage.reviews import Reviews
from surestep.testing import run
from tests.graph.graphs import thread
from tests.graph.test_reviewed_runs import Kept, reviewed
from tests.graph.test_speculation import SPECULATIVE, Chance

CHANCE = Chance(seed=3, refusing=0.3, slowness=1.0)
BLOCKS: tuple[Callable[[Any], None], ...] = (Kept.chain, Kept.spread)
WRITES = ((Reviews, ("put", "drop", "settle")), (InMemorySaver, ("aput", "aput_writes")))


class Dead(Exception):
    """The process is gone."""


class Fuse:
    """Ends every write from the n-th moment on, as a dead process would.

    Args:
        at: the moment; there are two to a write, before it and after it.
    """

    def __init__(self, at: int) -> None:
        self.at, self.moments = at, 0

    def moment(self) -> None:
        """One more moment has come."""
        self.moments += 1
        if self.moments >= self.at:
            raise Dead

    @contextmanager
    def burning(self) -> Iterator[None]:
        """Around a run."""
        with pytest.MonkeyPatch.context() as patch:
            for owner, names in WRITES:
                for name in names:
                    patch.setattr(owner, name, self._timed(getattr(owner, name)))
            yield

    def _timed(self, write: Callable[..., Any]) -> Callable[..., Any]:
        async def timed(*given: Any, **options: Any) -> Any:
            self.moment()
            found = await write(*given, **options)
            self.moment()
            return found

        return timed


async def crashed(path: Path, plan: Plan, at: int) -> tuple[list[str], list[str], int]:
    """What is reviewed, what the run settled on, and how many moments the first try had."""
    saver, fuse = InMemorySaver(), Fuse(at)

    def app() -> Any:
        graph = Kept(CHANCE)
        for block in BLOCKS:
            block(graph)
        graph.add_edge(graph.last, END)
        return graph.compile(checkpointer=saver, plan=plan, database=path)

    config: Any = {**thread(), "recursion_limit": 500}
    given: Any = {"log": [], "n": 0}
    with fuse.burning(), suppress(Exception):
        await app().ainvoke(given, config)
    close_stores()
    started = bool((await app().aget_state(thread())).created_at)
    state = await app().ainvoke(None if started else given, config)
    close_stores()
    return sorted(await reviewed(path)), sorted(state["log"]), fuse.moments


@pytest.mark.parametrize("plan", [Plan.everything(), SPECULATIVE], ids=["serial", "speculative"])
def test_a_crash_around_any_write_neither_loses_nor_doubles_an_output(
    tmp_path: Path, plan: Plan
) -> None:
    """Of the review's and of LangGraph's."""
    _, _, moments = run(crashed(tmp_path / "whole.db", plan, 10**9))
    assert moments > 50
    for at in range(1, moments, 5):
        kept, settled, _ = run(crashed(tmp_path / f"{at}.db", plan, at))
        assert kept == settled, f"crashed at moment {at} of {moments}"
