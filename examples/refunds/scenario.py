"""The world of the rehearsal: what the simulated model knows of each ticket, and gets wrong.

The rates, latencies and faults below are assumptions, chosen to be plausible for a small model;
they are not measured. Tasks differ in difficulty (`correlation`), so a retry on a hard ticket
errs more often than the rate says. Each worker answers from what its prompt says: a decision on a
wrongly classified ticket is right for that category, and so wrong for the ticket.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from examples.refunds.policy import (
    CATEGORIES,
    Category,
    Kind,
    Order,
    Ruling,
    cents,
    rule_on,
    usd,
)
from examples.refunds.tickets import Ticket
from surestep.rehearsal import Confidence, Faults, JudgeRole, Latency, Role, Scenario

Json = dict[str, JsonValue]

TICKET = r"T\d{4,}"
DECIDE = (
    rf"Decide ticket (?P<task>{TICKET}: category \w+, order \S+, claimed -?[\d.]+ USD by \w+)\."
)
DRAFT = rf"Draft the reply to ticket (?P<task>{TICKET}, decided \w+, -?[\d.]+ USD)\."
JUDGED = rf'.*?"ticket": ?"(?P<task>{TICKET})".*<output-\w+>\n(?P<candidate>.*)\n</output-'
DECIDED = re.compile(
    rf"(?P<ticket>{TICKET}): category (?P<category>\w+), order (?P<order>\S+), "
    r"claimed (?P<usd>-?[\d.]+) USD by \w+"
)
DRAFTED = re.compile(rf"(?P<ticket>{TICKET}), decided (?P<kind>\w+), (?P<usd>-?[\d.]+) USD")

FAULTS = Faults(rate_limit=0.01, server_error=0.004, unavailable=0.004, truncated=0.008)
SURE = Confidence(field="confidence", calibrated=True)

REPLIES: dict[str, str] = {
    "refund": "Thank you for writing. We refund {usd} USD, the whole order, within three days.",
    "partial": "Thank you for writing. We refund {usd} USD within three days.",
    "deny": "Thank you for writing. We have looked into it, and no refund is due here.",
    "clarify": "Thank you for writing. We cannot find this order; please check its number.",
}
PROMISES = (
    " You also get a voucher of 20 % for your next order.",
    " Next time we will make an exception for you.",
)


def lognormal(median_s: float, sigma: float) -> Latency:
    """A log-normal latency."""
    return Latency(kind="lognormal", median_s=median_s, sigma=sigma)


def reply_to(kind: str, amount: str) -> str:
    """The right reply to a customer, given the decision and the amount in US dollars."""
    return REPLIES.get(kind, REPLIES["deny"]).format(usd=amount)


@dataclass(frozen=True)
class Knowledge:
    """The truth about each ticket, in the form each role answers in.

    Attributes:
        tickets: by id.
        orders: by number.
        seed: decides which mistake is made on which task.
    """

    tickets: Mapping[str, Ticket]
    orders: Mapping[str, Order]
    seed: int

    def category(self, task: str) -> JsonValue:
        """The right category."""
        return {"category": self.tickets[task].claim.category}

    def other_category(self, task: str, truth: JsonValue) -> JsonValue:
        """A wrong category; now and then one that does not exist."""
        others: list[JsonValue] = [{"category": one} for one in (*CATEGORIES, "complaint")]
        return self._one(task, [one for one in others if one != truth])

    def facts(self, task: str) -> JsonValue:
        """The right facts."""
        ticket = self.tickets[task]
        return {"order_id": ticket.order_id, "claimed_usd": ticket.claim.claimed_cents / 100}

    def other_facts(self, task: str, truth: JsonValue) -> JsonValue:
        """Wrong facts: the other number in the text, an invented one, or a slipped digit."""
        assert isinstance(truth, dict)
        ticket = self.tickets[task]
        options = [
            {**truth, "order_id": ticket.other_id},
            {**truth, "order_id": f"R-{ticket.ticket_id[1:]}"},
            {**truth, "claimed_usd": ticket.claim.claimed_cents / 10},
        ]
        return self._one(task, [one for one in options if one != truth])

    def ruling(self, task: str) -> Ruling:
        """What is right for a ticket, or for a ticket with the facts a prompt gives."""
        given = DECIDED.match(task)
        if given is None:
            return self.tickets[task].ruling
        claim = replace(
            self.tickets[given["ticket"]].claim,
            category=_category(given["category"]),
            claimed_cents=cents(float(given["usd"])),
        )
        return rule_on(claim, self.orders.get(given["order"]))

    def decision(self, task: str) -> JsonValue:
        """The right decision."""
        return _decision(self.ruling(task))

    def other_decision(self, task: str, truth: JsonValue) -> JsonValue:
        """A wrong decision: all that is claimed, all of the order, too little, or nothing."""
        given = DECIDED.match(task)
        claimed = cents(float(given["usd"])) if given else 0
        order = self.orders.get(given["order"]) if given else None
        total = order.total_cents if order else claimed
        half = max(1, claimed // 2)
        options = [_paying(claimed, total), _paying(total, total), _paying(half, total)]
        options += [Ruling("deny"), Ruling("clarify")]
        return self._one(task, [one for one in map(_decision, options) if one != truth])

    def reply(self, task: str) -> JsonValue:
        """The right reply to what was decided."""
        given = DRAFTED.match(task)
        if given is not None:
            return reply_to(given["kind"], given["usd"])
        ruling = self.tickets[task].ruling
        return reply_to(ruling.kind, usd(ruling.cents))

    def other_reply(self, task: str, truth: JsonValue) -> JsonValue:
        """A wrong reply: it promises too much, or tells another amount."""
        other = re.sub(r"\d+\.\d\d", "100.00", str(truth))
        options: list[JsonValue] = [f"{truth}{promise}" for promise in PROMISES]
        return self._one(task, [*options, other] if other != truth else options)

    def _one(self, task: str, options: Sequence[JsonValue]) -> JsonValue:
        return random.Random(f"{self.seed}/{task}").choice(options)


def _category(name: str) -> Category:
    return next((one for one in CATEGORIES if one == name), "question")


def _paying(amount: int, total: int) -> Ruling:
    kind: Kind = "refund" if amount == total else "partial"
    return Ruling(kind, amount)


def _decision(ruling: Ruling) -> Json:
    why = f"The policy says {ruling.kind} on these facts."
    return {"decision": ruling.kind, "amount_usd": ruling.cents / 100, "why": why}


def right_decision(truth: JsonValue, candidate: str) -> bool:
    """Whether the update a judge was shown decides as the truth does."""
    said = json.loads(candidate)
    assert isinstance(truth, dict)
    amount = cents(float(str(truth["amount_usd"])))
    return bool(said["decision"] == truth["decision"] and said["amount_cents"] == amount)


def right_reply(_: JsonValue, candidate: str) -> bool:
    """Whether a reply promises nothing that was not decided; amounts are a rule's business."""
    return not any(promise.strip() in json.loads(candidate)["reply"] for promise in PROMISES)


def scenario(
    tickets: Sequence[Ticket], *, seed: int, time_scale: float = 1.0, model: str = "gpt-4o-mini"
) -> Scenario:
    """The world in which these tickets are worked on.

    Args:
        tickets: what there is to know.
        seed: every draw follows from it.
        time_scale: factor on all latencies.
        model: the name the simulated model goes by.
    """
    known = Knowledge(
        tickets={ticket.ticket_id: ticket for ticket in tickets},
        orders={ticket.order.order_id: ticket.order for ticket in tickets if ticket.order},
        seed=seed,
    )
    return Scenario(
        seed=seed,
        time_scale=time_scale,
        models=(model,),
        roles=(*judges(), *workers(known)),
    )


def judges() -> list[JudgeRole]:
    """The judges' roles; the rubric tells which is meant."""
    return [
        JudgeRole(
            name="judge-decide",
            pattern=re.compile(rf"(?s)A refund decision passes if{JUDGED}"),
            of="decide",
            accept_ok=0.95,
            accept_bad=0.15,
            correlation=0.2,
            right=right_decision,
            latency=lognormal(0.9, 0.4),
            faults=FAULTS,
        ),
        JudgeRole(
            name="judge-draft",
            pattern=re.compile(rf"(?s)A reply to a customer passes if{JUDGED}"),
            of="draft",
            accept_ok=0.96,
            accept_bad=0.15,
            correlation=0.2,
            right=right_reply,
            latency=lognormal(0.9, 0.4),
            faults=FAULTS,
        ),
    ]


def workers(known: Knowledge) -> list[Role]:
    """The workers' roles, in the order of the graph."""
    return [
        Role(
            name="classify",
            pattern=re.compile(rf"Classify ticket (?P<task>{TICKET})"),
            error_rate=0.05,
            correlation=0.4,
            truth=known.category,
            wrong=known.other_category,
            latency=lognormal(0.5, 0.4),
            faults=FAULTS,
            confidence=SURE,
        ),
        Role(
            name="extract",
            pattern=re.compile(rf"Extract the facts of ticket (?P<task>{TICKET})"),
            error_rate=0.05,
            correlation=0.4,
            truth=known.facts,
            wrong=known.other_facts,
            latency=lognormal(0.7, 0.4),
            faults=FAULTS,
            confidence=SURE,
        ),
        Role(
            name="decide",
            pattern=re.compile(DECIDE),
            error_rate=0.10,
            correlation=0.3,
            truth=known.decision,
            wrong=known.other_decision,
            latency=lognormal(1.4, 0.5),
            faults=FAULTS,
            confidence=SURE,
        ),
        Role(
            name="draft",
            pattern=re.compile(DRAFT),
            error_rate=0.08,
            correlation=0.2,
            truth=known.reply,
            wrong=known.other_reply,
            latency=lognormal(1.6, 0.5),
            faults=FAULTS,
        ),
    ]
