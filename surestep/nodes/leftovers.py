"""What is left of a bet that is taken back, for its step to find when it starts again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from surestep.errors import BudgetExceeded
from surestep.nodes.bet import Bet
from surestep.nodes.bets import Bets
from surestep.nodes.candidate import Candidate
from surestep.nodes.check import Checked
from surestep.nodes.ends import Entry, Ticket, entry_of, packed, record_of, unpacked
from surestep.values import Output, StepRecord, Verdict

FIGURES = ("kind", "limit", "spent", "needed", "scope")


def again_entry(bet: Bet) -> Entry:
    """What the planner's node leaves of a bet whose step starts again, to go on with its draw."""
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
    """What the planner's node leaves of a bet that a person has decided otherwise."""
    known = {name: getattr(ticket, name) for name in Ticket.__slots__}
    return {"state": "answered", "superstep": bet.superstep, "ticket": known}


def refused_entry(bet: Bet) -> Entry:
    """What the planner's node leaves of a lost bet for its step to find.

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
    """The output as it stands once a crash has forgotten the sample that leads instead."""
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
    """What is kept of lost bets by whoever gives up its work because of them.

    Those lost by a person's word are not: that is kept with the question.

    Args:
        bets: the graph's bets.
        entries: what is kept of them with the thread.
    """
    found: dict[str, object] = {}
    for bet in bets.lost.values():
        if bet.overruled is None and bet.trial.failure is None:
            # Whoever gave up its work first may have told of it when it was still to be seen.
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
    """The open bets of a thread, each with its token and, if it is lost already, for what.

    A bet may be closed and lost at once: by a node that has seen its verdict before a crash, and
    by one that has given up its work for what the check said after it. It is lost then.
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
    """Where it stands that a bet is lost."""
    return f"{token} lost"
