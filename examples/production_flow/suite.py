"""The rehearsal suite: requests with known truth, and who answers the questions they raise."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from examples.production_flow.cases import case_of, request_name
from examples.production_flow.policy import difference_cents
from examples.production_flow.scenario import PARTS, agrees, final_message, scenario
from examples.production_flow.world import EXPIRED
from surestep.budgets import PersonProfile
from surestep.rehearsal import Suite
from surestep.values import Question

MINUTES, FIX = 4.0, 0.98
PERSON = PersonProfile(minutes=MINUTES, fix=FIX, accept_ok=0.98, accept_bad=0.05)
"""What the simulated person is like; an assumption."""


def inputs(seed: int, n: int) -> Sequence[Mapping[str, str]]:
    """The first requests of a seed."""
    return [_input(request_name(seed, place)) for place in range(n)]


def right(given: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    """Whether the right thing was done, and the customer told of it in the right words."""
    case = case_of(given["request"])
    wanted = {
        "booking": case.booking.number,
        "kind": case.ruling.kind,
        "cents": case.ruling.cents,
        "notices": case.notices,
        "message": final_message(case.request),
    }
    return bool(state["receipt"] == wanted)


def right_step(given: Mapping[str, Any], step: str, update: Any) -> bool | None:
    """Whether a step did its own work right, given what it worked from."""
    case = case_of(given["request"])
    if not update:
        return False
    key, made = next(iter(update.items()))
    if key in PARTS:
        return agrees(key, json.dumps(update))
    if step == "look_up":
        return bool(made["departs_in"] == case.booking.departs_in)
    if step == "reconcile":
        # Without a quote there is no difference; with one, its number and day are the case's.
        return bool(made["difference_cents"] in (0, *_differences(made["number"], case.day)))
    return True


def answer(given: Mapping[str, Any], question: Question) -> dict[str, object]:
    """What the simulated person says: mends what is wrong, with a slip now and then."""
    if not question.proposal:
        return {"type": "respond", "message": "Please try again.", "actor": "simulated"}
    if random.Random(f"{given['request']}/{question.question_id}").random() >= FIX:
        return {"type": "approve", "actor": "simulated"}
    proposal = {**question.proposal}
    for kind in PARTS.keys() & proposal.keys():
        proposal[kind] = mended(kind, proposal[kind])
    edit = {"name": question.step, "args": proposal}
    return {"type": "edit", "edited_action": edit, "actor": "simulated"}


def mended(kind: str, made: Any) -> dict[str, Any]:
    """What a step should have made of what it worked from."""
    truth = PARTS[kind].truth(made["basis"])
    said = PARTS[kind].said
    if not said:
        assert isinstance(truth, dict)
        return {"basis": made["basis"], **truth}
    plain = truth["notices"] if isinstance(truth, dict) else truth
    return {"basis": made["basis"], said: plain}


def _differences(number: str, day: int) -> tuple[int, ...]:
    """The right fare differences for the day that was asked for, and for days misread."""
    return tuple(difference_cents(number, day + more) for more in (0, 1, 7))


def _input(request: str) -> Mapping[str, str]:
    case = case_of(request)
    session = EXPIRED if case.twist == "expired" else f"session-{request}"
    return {"request": request, "text": case.text, "session": session}


suite = Suite(
    inputs=inputs,
    right=right,
    scenario=scenario(),
    right_step=right_step,
    answer=answer,
    person=PERSON,
)
