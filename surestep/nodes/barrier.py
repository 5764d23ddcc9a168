"""The barrier before an effect: it waits for the verdicts of its own graph and those around it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from langgraph.errors import GraphInterrupt
from langgraph.types import Interrupt

from surestep.nodes.bets.book import Bets
from surestep.nodes.live import Live
from surestep.review import request
from surestep.values import Question


async def nothing_in_doubt(live: Live, namespace: str) -> None:
    """Return once all verdicts are in that a node with this checkpoint namespace rests on.

    If a bet is lost this never returns: the node that waits here is about to be cancelled.
    """
    for place, bets in enumerate(_around(live, namespace)):
        await bets.settled()
        if not bets.lost:
            # The node a nested graph runs in waits for that graph, so not for it in turn.
            await _answered(live, bets, others=place == 0)
        if bets.lost:
            # Cancelling takes its time to get to the nodes of a nested graph.
            await asyncio.get_running_loop().create_future()


@contextmanager
def undisturbed(live: Live, namespace: str) -> Iterator[None]:
    """A context in which lost bets cancel nothing: an effect must not be cut off half-way."""
    with ExitStack() as stack:
        for bets in _around(live, namespace) if live.speculative else ():
            stack.enter_context(bets.undisturbed())
        yield


async def _answered(live: Live, bets: Bets, *, others: bool) -> None:
    """Return once people have answered what is asked, or a bet is lost.

    Args:
        live: the run.
        bets: the bets of a graph.
        others: whether other nodes of that graph may be waited for meanwhile.

    Raises:
        GraphInterrupt: an answer is missing, and nothing else can run.
    """
    me = asyncio.current_task()
    assert me is not None
    bets.barred.add(me)
    try:
        while (asked := bets.asked()) and not bets.lost:
            busy = bets.running - bets.barred if others else set()
            if busy:
                await asyncio.wait(
                    {*busy, *(asking.decided for asking in asked)},
                    return_when=asyncio.FIRST_COMPLETED,
                )
                await asyncio.sleep(0)
            elif (questions := await bets.unanswered()) and not bets.lost:
                live.waiting = f"{questions[0].step}: {questions[0].reason}"
                raise GraphInterrupt(tuple(map(_interrupt, questions)))
    finally:
        bets.barred.discard(me)


def _interrupt(question: Question) -> Interrupt:
    name = hashlib.sha256(question.question_id.encode()).hexdigest()[:32]
    return Interrupt(value=request(question), id=name)


def _around(live: Live, namespace: str) -> Iterator[Bets]:
    """The bets of the graph a node runs in, and of each graph around that one."""
    while namespace:
        yield live.bets(namespace)
        namespace = namespace.rpartition("|")[0]
