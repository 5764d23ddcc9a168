"""Rollback: the planner's node puts a graph back to where a lost bet's superstep began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import (
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_READ,
    CONFIG_KEY_RUNTIME,
    CONFIG_KEY_SEND,
)

from surestep.nodes.bets.bet import Bet
from surestep.nodes.bets.book import Bets
from surestep.nodes.bets.leftovers import again_entry, answered_entry, refused_entry
from surestep.nodes.bets.restoring import RESTORE, restoring
from surestep.nodes.channels import BETS, IDLE, RECORD, SESSION, WAKE, Table, counts, rewound
from surestep.nodes.ends import Entry
from surestep.nodes.holding import ROLLBACK
from surestep.nodes.live import Live

KEPT = frozenset({BETS, IDLE, RECORD, SESSION, WAKE})
"""Channels that say what has happened so far; a rollback does not change them."""


async def take_back(bets: Bets, entries: Table, config: RunnableConfig, live: Live) -> None:
    """Write the channels back to what the earliest lost bet's superstep found.

    LangGraph then starts that superstep's nodes again; the steps whose bets are lost find in
    their entries what was wrong.

    Args:
        bets: the graph's bets.
        entries: what is kept of them with the thread.
        config: of the planner's node.
        live: the run.

    Raises:
        Exception: what a check raised that is no verdict, such as a price nobody knows.
    """
    await _forget(bets, config, live)
    lost = bets.first_lost()
    left = {bet.token: _left(bet) for bet in lost if not bet.has_alternative}
    superstep, before = lost[0].superstep, lost[0].before
    wasted_usd = live.till.spent.wasted_usd
    if live.held is not None:
        namespace = str(config["configurable"][CONFIG_KEY_CHECKPOINT_NS])
        now = config["metadata"]["langgraph_step"]
        live.held.take_back(namespace.rpartition("|")[0], superstep, now=now)
    beside = await bets.take_back(superstep)
    left |= {bet.token: again_entry(bet) for bet in beside}
    kept = {
        token: entry for token, entry in entries.items() if _stays(token, entry, bets, superstep)
    }
    values = config["configurable"][CONFIG_KEY_READ]([RECORD], False)
    visits = counts(before[RECORD].get() if before[RECORD].is_available() else {})
    live.records.rewind(visits)
    # As restoring writes these win over what steps that end in this very superstep say.
    record = rewound(values.get(RECORD, {}), visits, live.till.entry())
    own = {BETS: {**kept, **left}, RECORD: record}
    writes = [(name, write) for name, write in restoring(before) if name not in KEPT]
    writes += [(name, {RESTORE: [table]}) for name, table in own.items()]
    config["configurable"][CONFIG_KEY_SEND]([*writes, (IDLE, None)])
    wasted_usd = live.till.spent.wasted_usd - wasted_usd
    for place, bet in enumerate(lost):
        # Bets lost together share one loss, which is traced once.
        _tell(bet, config, live, wasted_usd if place == 0 else 0.0, [*lost, *beside])


async def _forget(bets: Bets, config: RunnableConfig, live: Live) -> None:
    """Take what was built on lost bets back from those who are to review it."""
    graph = str(config["configurable"][CONFIG_KEY_CHECKPOINT_NS]).rpartition("|")[0]
    # Graphs that have ended are settled, so what is open inside belongs to cancelled nodes.
    await live.abandon_inside(graph)
    done = ""
    # Meanwhile an earlier one may be lost.
    while live.backlog is not None and (since := bets.first_lost()[0].checkpoint_id) != done:
        await live.backlog.take_back(graph, since)
        done = since


def _left(bet: Bet) -> Entry:
    ticket = bet.overruled
    return refused_entry(bet) if ticket is None else answered_entry(bet, ticket)


def _why(bet: Bet) -> str:
    found, ticket = bet.trial.found(), bet.overruled
    if ticket is not None:
        return f"{ticket.actor or 'a person'}: {ticket.feedback or ticket.outcome}"
    return "another sample leads" if found is None or not found.refused else found.feedback


def _stays(token: str, entry: object, bets: Bets, superstep: int) -> bool:
    """Whether an entry survives a rollback: it is of an earlier superstep, and not over."""
    assert isinstance(entry, Mapping)
    return token not in bets.gone and int(entry["superstep"]) < superstep


def _tell(
    bet: Bet, config: RunnableConfig, live: Live, wasted_usd: float, kept: Sequence[Bet]
) -> None:
    why = _why(bet)
    if live.tracer:
        live.tracer.emit(
            "rollback",
            step=bet.path,
            visit=bet.visit,
            attempt=bet.number,
            why=why,
            wasted_usd=wasted_usd,
            kept=[[one.path, one.visit] for one in kept],
        )
    writer = config["configurable"][CONFIG_KEY_RUNTIME].stream_writer
    writer({"type": ROLLBACK, "step": bet.path, "why": why})
