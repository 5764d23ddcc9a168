"""The rehearsal suite of the refund desk."""

from __future__ import annotations

import pytest

from examples.refunds import rehearsing
from examples.refunds.policy import usd
from examples.refunds.scenario import reply_to
from examples.refunds.tickets import tickets
from surestep import Plan, VerifiedGraph
from surestep.rehearsal import rehearse_suite
from surestep.testing import run
from surestep.traces.labels import steps_in
from surestep.values import Question

TICKET = tickets(1)[0]
RULING = TICKET.ruling
WRONG = {"category": "?", "order_id": "R-0", "claimed_cents": -1, "reply": "No.", "decision": "?"}


@pytest.mark.parametrize(
    ("step", "right"),
    [
        ("classify", {"category": TICKET.claim.category}),
        ("extract", {"order_id": TICKET.order_id, "claimed_cents": TICKET.claim.claimed_cents}),
        ("decide", {"decision": RULING.kind, "amount_cents": RULING.cents}),
        ("draft", {"reply": reply_to(RULING.kind, usd(RULING.cents))}),
    ],
)
def test_a_person_mends_what_a_step_got_wrong(step: str, right: dict[str, object]) -> None:
    """With what is right for the ticket."""
    given = rehearsing.inputs(0, 1)[0]
    asked = Question(
        question_id="q", thread_id="t", step=step, visit=1, reason="refused", proposal=WRONG
    )
    said = rehearsing.answer(given, asked)
    edited = said["edited_action"]

    assert isinstance(edited, dict)
    assert right.items() <= edited["args"].items()


def test_no_ticket_comes_in_two_seeds() -> None:
    """So that a plan is not measured on what it was made from."""
    first, second = ({one["ticket"] for one in rehearsing.inputs(seed, 300)} for seed in (0, 1))
    assert len(first) == len(second) == 300
    assert not first & second


def test_the_suite_rehearses_the_graph() -> None:
    """Every ticket ends, of each output it is known whether it was right, and checks help."""

    async def made() -> VerifiedGraph:
        return rehearsing.graph()

    suite = rehearsing.suite()
    checked, unchecked = (
        run(rehearse_suite(suite, made, 15, plan=plan), waits_for_threads=False)
        for plan in (Plan.everything(), Plan.nothing())
    )
    assert sum(one.right for one in checked) > sum(one.right for one in unchecked)
    for trial in checked:
        assert trial.record["outcome"] in ("succeeded", "failed")
        assert all(step["ok"] is not None for step in steps_in(trial.record))
