"""What a bet that is taken back leaves in the graph's channels, for its step to go on from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from surestep.errors import BudgetExceeded
from surestep.nodes.bets.bet import Bet
from surestep.nodes.bets.book import Bets
from surestep.nodes.candidate import Candidate
from surestep.nodes.check import Checked
from surestep.nodes.ends import Entry, Ticket, entry_of, packed, record_of, unpacked
from surestep.values import Output, StepRecord, Verdict

FIGURES = ("kind", "limit", "spent", "needed", "scope")


def again_entry(bet: Bet) -> Entry:
    """The entry of a bet whose step starts again and goes on with its draw."""
    leading = bet.trial.leading
    known: Entry = {}
    if leading is not None:
        known = {"value": packed(leading.update), "confidence": leading.confidence}
    return {
        "state": "again",
        "number": bet.number,
        "calls": bet.calls,
        "superstep": bet.superstep,
        "cost_usd": bet.cost_usd,
        **known,
    }


def answered_entry(bet: Bet, ticket: Ticket) -> Entry:
    """The entry of a bet that a person has decided against, or edited."""
    known = {name: getattr(ticket, name) for name in Ticket.__slots__}
    return {"state": "answered", "superstep": bet.superstep, "ticket": known}


def refused_entry(bet: Bet) -> Entry:
    """The entry of a lost bet: its step makes the next attempt, knowing what was wrong.

    Raises:
        Exception: what a check raised that is no verdict, such as a price nobody knows.
    """
    found = bet.trial.task.result() if not bet.has_alternative else _outdone(bet)
    output = found.output or bet.output
    checked = found.checked
    record = StepRecord(verdicts=checked.verdicts, confidence=output.confidence)
    starved = checked.starved
    return {
        "state": "refused",
        "number": bet.number,
        "calls": bet.calls + found.calls,
        "superstep": bet.superstep,
        "value": packed(output.update),
        "record": entry_of(record),
        "ruling": checked.ruling,
        "starved": None if starved is None else {name: getattr(starved, name) for name in FIGURES},
    }


def _outdone(bet: Bet) -> Candidate:
    """The refusal of an output that another sample has overtaken, should a crash lose that one."""
    verdict = Verdict("fail", verifier="samples", feedback="another sample was better")
    return Candidate(output=bet.output, checked=Checked(verdicts=(verdict,)))


def refused_of(entry: Mapping[str, Any]) -> Candidate:
    """The candidate `refused_entry` was left for."""
    known = record_of(entry["record"])
    starved = entry["starved"]
    checked = Checked(
        verdicts=known.verdicts,
        starved=None if starved is None else BudgetExceeded(**starved),
        ruling=entry["ruling"],
    )
    output = Output(unpacked(entry["value"]), confidence=known.confidence)
    return Candidate(output=output, checked=checked)


def lost_entries(bets: Bets, entries: Mapping[str, Any]) -> dict[str, object]:
    """The entries that a node writes which gives up its work because bets are lost.

    A bet lost by a person's decision has none: that is kept with the question.

    Args:
        bets: the graph's bets.
        entries: what is kept of them with the thread.
    """
    found: dict[str, object] = {}
    for bet in bets.lost.values():
        if bet.overruled is None and bet.trial.failure is None:
            # The bet's own entry may be gone by now; the node that gave up first kept a copy.
            told = entries.get(lost_name(bet.token), {})
            found[lost_name(bet.token)] = {
                "state": "lost",
                "superstep": bet.superstep,
                "token": bet.token,
                "entry": entries.get(bet.token) or told.get("entry"),
                "as": refused_entry(bet),
            }
    return found


def unsettled_of(
    entries: Mapping[str, Any],
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any] | None]]:
    """The open bets of a thread: token, entry, and, if it is lost already, what it left.

    A bet may have been closed before a crash and lost after it. Then it is lost.
    """
    for token, entry in entries.items():
        lost = entries.get(lost_name(token))
        if entry["state"] == "open" and (lost is None or lost["superstep"] != entry["superstep"]):
            yield token, entry, None
        if entry["state"] == "lost":
            known = entries.get(entry["token"]) or entry["entry"]
            if known is not None and known["superstep"] == entry["superstep"]:
                yield entry["token"], known, entry["as"]


def lost_name(token: str) -> str:
    """The name of the entry that says that a bet is lost."""
    return f"{token} lost"
