"""The barrier before an effect: of the graph it stands in, and of every graph around that."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from surestep.nodes.bets import Bets
from surestep.nodes.live import Live


async def nothing_in_doubt(live: Live, namespace: str) -> None:
    """Return once all verdicts are in that a node with this checkpoint namespace rests on.

    If one of them is lost this never returns: whoever waits here is about to be cancelled.
    """
    for bets in _around(live, namespace):
        await bets.settled()
        if bets.lost:
            # Cancelling takes its time to get to the nodes of a nested graph.
            await asyncio.get_running_loop().create_future()


@contextmanager
def undisturbed(live: Live, namespace: str) -> Iterator[None]:
    """Put off what lost bets cancel, as an effect that is cut off half-way is in doubt."""
    with ExitStack() as stack:
        for bets in _around(live, namespace) if live.speculative else ():
            stack.enter_context(bets.undisturbed())
        yield


def _around(live: Live, namespace: str) -> Iterator[Bets]:
    """The bets of the graph a node runs in, and of each graph around that one."""
    while namespace:
        yield live.bets(namespace)
        namespace = namespace.rpartition("|")[0]
