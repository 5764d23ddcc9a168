"""The production flow: its requests, its faults, its suite and its plans."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest

from examples.production_flow.__main__ import UNCHECKED, main
from examples.production_flow.cases import TWISTS, case_of, request_name
from examples.production_flow.checks import is_fresh, is_plausible
from examples.production_flow.figures import figures
from examples.production_flow.graph import ORDER, graph, suite
from examples.production_flow.policy import rule, usd
from examples.production_flow.scenario import PARTS, agrees, final_message
from examples.production_flow.steps import QUERY_LIMIT_S, Desk
from examples.production_flow.suite import PERSON, answer, inputs, mended
from examples.production_flow.tuning import learnt, tuned
from examples.production_flow.uses import USES
from examples.production_flow.world import EXPIRED, SessionExpired, TooManyRequests, World
from surestep import Profile, VerifiedGraph
from surestep.budgets import CheckProfile, StepProfile
from surestep.nodes.calls.attempt import Attempt, current
from surestep.rehearsal import Trial, rehearse_suite
from surestep.rehearsal.staging import named_by_environment
from surestep.testing import FakeChat, run
from surestep.traces.labels import steps_in
from surestep.values import Question

REQUESTS = [request_name(1, place) for place in range(200)]


def desk(world: World | None = None) -> Desk:
    """The workers, with a model that is not asked."""
    return Desk(FakeChat([]), world or World())


def called(work: Coroutine[Any, Any, Any], number: int = 1) -> Any:
    """What a worker returns in its so-many-th attempt."""

    async def block() -> Any:
        current.set(lambda: Attempt(number=number))
        return await work

    return run(block())


def rehearsed(n: int, **options: Any) -> tuple[Trial, ...]:
    """The first trials of the suite."""

    async def made() -> VerifiedGraph:
        return graph()

    return run(rehearse_suite(suite, made, n, **options))


def state(request: str, **more: Any) -> Any:
    """The state of a request before its booking is looked up."""
    case = case_of(request)
    reading = {"intents": [*case.intents], "booking": case.booking.number, "day": case.day}
    access = {"customer": case.booking.customer}
    choice = {"intent": case.intents[0]}
    return {"request": request, "access": access, "reading": reading, "choice": choice, **more}


def record_of(request: str) -> dict[str, Any]:
    """What the database holds of a request's booking."""
    (found,) = run(World().bookings(request, case_of(request).booking.customer, primary=True))
    return found


def test_a_request_is_always_the_same() -> None:
    """And every twist is among two hundred."""
    assert [case_of(name) for name in REQUESTS[:5]] == [
        case_of.__wrapped__(name) for name in REQUESTS[:5]
    ]
    assert {case_of(name).twist for name in REQUESTS} == {*TWISTS, "plain"}


@pytest.mark.parametrize("name", REQUESTS[:40])
def test_the_words_hold_what_is_to_be_read(name: str) -> None:
    """The booking and the day, unless the twist is that they do not."""
    case = case_of(name)
    assert (case.booking.number in case.text) == (case.twist != "no_booking")
    says_day = f"day {case.day}" in case.text.lower() or f"{case.day} days" in case.text
    assert says_day == ("change" in case.intents)


@pytest.mark.parametrize(
    ("intent", "fare", "departs_in", "kind", "cents"),
    [
        ("question", "basic", 5, "answer", 0),
        ("cancel", "flex", 5, "refund", -10_000),
        ("cancel", "basic", 8, "refund", -5_000),
        ("cancel", "basic", 7, "deny", 0),
        ("change", "flex", 5, "charge", 2_000),
        ("change", "basic", 3, "charge", 6_000),
        ("change", "basic", 2, "deny", 0),
    ],
)
def test_the_terms_say_what_it_costs(
    intent: str, fare: str, departs_in: int, kind: str, cents: int
) -> None:
    """Of 100 USD paid, where the other day costs 20 USD more."""
    found = rule(intent, fare, price_cents=10_000, departs_in=departs_in, difference_cents=2_000)
    assert (found.kind, found.cents) == (kind, cents)
    assert usd(-1205) == "12.05"


TASKS = {
    "reading": "R1-0007",
    "choice": "R1-0007: intents change+cancel",
    "ruling": "R1-0007: change, fare basic, paid 9000 cents, departs in 9 days, difference 0 cents",
    "notices": "R1-0007: charge of a change, fare basic",
    "message": "R1-0007: charge, 40.00 USD, notices price_breakdown+fare_rules",
}


@pytest.mark.parametrize("kind", PARTS)
def test_a_mistake_is_told_from_the_truth(kind: str) -> None:
    """Of every kind of answer; a person mends the mistake."""
    part, task = PARTS[kind], TASKS[kind]
    wrong = part.wrong(task, part.truth(task))
    answers = [{part.said: one} if part.said else one for one in (part.truth(task), wrong)]
    if kind == "notices":
        answers = [{"names": one["names"]["notices"]} for one in answers]  # type: ignore[call-overload, index]
    right, bad = ({"basis": task, **one} for one in answers)  # type: ignore[dict-item]
    assert agrees(kind, json.dumps({kind: right}))
    assert not agrees(kind, json.dumps({kind: bad}))
    assert mended(kind, bad) == right


def test_an_expired_session_is_renewed() -> None:
    """And stays the customer's."""
    given = {"request": REQUESTS[0], "session": EXPIRED}
    with pytest.raises(SessionExpired):
        run(World().session(REQUESTS[0], EXPIRED))
    found = called(desk().authorise(given))  # type: ignore[arg-type]
    assert found["access"]["customer"] == case_of(REQUESTS[0]).booking.customer


def met(what: str, rate: float) -> str:
    """A request that meets a fault of the world."""
    return next(name for name in REQUESTS if World()._meets(rate, what, name))


def test_a_slow_query_is_cut_off_and_asked_again() -> None:
    """The second time it is quick."""
    slow, workers = met("slow", 0.05), desk()
    with pytest.raises(TimeoutError):
        called(workers.look_up(state(slow)))
    assert called(workers.look_up(state(slow)))["record"]["as_of_days"] in (0, 3)
    assert QUERY_LIMIT_S < 1.0


def test_a_replica_that_lags_behind_is_not_asked_twice() -> None:
    """A refused record is read from the primary."""
    stale = met("stale", 0.04)
    assert called(desk().look_up(state(stale)))["record"]["as_of_days"] == 3
    assert called(desk().look_up(state(stale)), number=2)["record"]["as_of_days"] == 0


@pytest.mark.parametrize(
    ("what", "rate", "error"), [("rate", 0.05, TooManyRequests), ("lost", 0.04, ConnectionError)]
)
def test_the_fare_service_fails_once(what: str, rate: float, error: type[Exception]) -> None:
    """Whoever comes back is answered."""
    world, name = World(), met(what, rate)
    with pytest.raises(error):
        run(world.fare(name, "B-1", 3))
    assert run(world.fare(name, "B-1", 3))["day"] == 3


def test_a_drifted_schema_is_refused_and_then_understood() -> None:
    """Dollars under another key look like cents, until the rule says that they cannot be."""
    drifted = next(
        name
        for name in REQUESTS
        if World()._meets(0.06, "drift", name) and case_of(name).difference_cents
    )
    case, record = case_of(drifted), record_of(drifted)
    quote = {"difference": case.difference_cents / 100}
    first, second = (
        called(desk().reconcile({"quote": quote, "record": record}), number)  # type: ignore[typeddict-item]
        for number in (1, 2)
    )
    assert is_plausible(first) is not True
    assert second["facts"]["difference_cents"] == case.difference_cents


def test_the_rules_taken_for_sure_see_every_fault_of_their_kind() -> None:
    """A record of another day, and a fare difference in dollars, whatever it is."""
    assert not any(is_fresh({"record": {"as_of_days": days}}) for days in range(1, 400))
    for name in REQUESTS:
        case = case_of(name)
        quote = {"difference": case.difference_cents / 100}
        found = called(desk().reconcile({"quote": quote, "record": record_of(name)}))  # type: ignore[typeddict-item]
        assert is_plausible(found) is not True or case.difference_cents == 0


def test_effects_happen_once_for_a_key_and_seats_are_given_back() -> None:
    """The same key, the same receipt."""
    world = World()
    asyncio.run(world.hold("k", "B-1", 3))
    first, again = (run(world.commit("k", {"cents": cents})) for cents in (1, 2))
    assert first == again == {"cents": 1}
    called(desk(world).release({}, {}, "k"))
    assert world.held == {}
    assert called(desk(world).committed("k")) == {"receipt": {"cents": 1}}
    assert called(desk(world).committed("other")) is None


def test_a_request_goes_through_all_twelve_steps() -> None:
    """Every prompt finds its role, and unchecked mistakes come through."""
    trials = rehearsed(30, plan=UNCHECKED, seed=1)
    for trial in trials:
        assert [step["step"] for step in steps_in(trial.record)] == [*ORDER]
    found = figures(trials)
    assert found.stopped.count == 0
    assert 0.4 < found.right.value < 0.95


def test_checks_make_more_requests_right() -> None:
    """Under the plan for a regulated use, where people are asked too."""
    trials = rehearsed(15, plan=USES["regulated"].by_hand(), seed=1)
    assert figures(trials).right.count >= 14


def test_a_right_end_is_the_right_booking_money_and_words() -> None:
    """Nothing else is."""
    (given,) = inputs(1, 1)
    case = case_of(given["request"])
    receipt = {
        "booking": case.booking.number,
        "kind": case.ruling.kind,
        "cents": case.ruling.cents,
        "notices": case.notices,
        "message": final_message(case.request),
    }
    assert suite.is_right(given, {"receipt": receipt})
    assert not suite.is_right(given, {"receipt": {**receipt, "cents": 1}})
    assert not suite.is_right(given, {})


@pytest.mark.parametrize("name", USES)
def test_the_plans_fit_the_graph(name: str) -> None:
    """Steps and verifiers are those there are."""
    with named_by_environment("http://127.0.0.1:9/v1"):
        app = graph().compile()
    assert USES[name].by_hand().check(app.definition.verifier_names) is None


def known(success: float) -> Profile:
    """What might be known of two steps."""
    judge = CheckProfile(accept_ok=0.97, accept_bad=0.1, latency_s=0.3, cost_usd=0.0001)
    step = StepProfile(success=success, latency_s=0.5, cost_usd=0.0001, checks={"judge": judge})
    return Profile.of({"decide": step, "compose": step})


def test_a_plan_is_made_for_a_use() -> None:
    """It keeps to what the use asks for."""
    found = tuned(known(0.95), USES["interactive"])
    assert found.short == ""
    assert found.plan.predicted is not None
    assert found.plan.predicted.latency_p95_s.value <= 5.0
    assert found.plan.of("decide").mode != "off"


def test_the_nearest_plan_is_taken_where_none_does() -> None:
    """And it is said what is missing."""
    found = tuned(known(0.5), USES["batch"])
    assert "reliability>=0.98" in found.short
    assert found.plan.predicted is not None


def test_what_is_learnt_has_every_step_and_verifier() -> None:
    """From a few rehearsals."""
    told: list[Trial] = []
    profile = learnt(6, 7, told.append)
    assert len(told) == 6
    assert [*profile.steps] == [*ORDER]
    assert [*profile.steps["decide"].checks] == ["bounds", "judge", "second"]
    assert profile.steps["look_up"].checks["fresh"].trials_bad == 0.0
    assert profile.person == PERSON


def test_the_command_prints_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """As a table for people, as JSON for programs."""
    by_hand = ["--requests", "2", "--learn", "0"]
    assert main([*by_hand, "--uses", "interactive"]) == 0
    assert "2 requests under each plan" in capsys.readouterr().out
    assert main([*by_hand, "--uses", "interactive", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [*found] == ["unchecked", "interactive"]
    assert found["unchecked"]["right"]["of"] == 2


def test_bad_input_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With the exit code of bad input."""
    assert main(["--requests", "0", "--learn", "0"]) == 2
    assert "0 rehearsals" in capsys.readouterr().err


def test_a_person_without_anything_to_look_at_has_it_done_again() -> None:
    """There is nothing to approve or to mend then."""
    asked = Question(
        question_id="q", thread_id="t", step="quote", visit=1, reason="it raised", proposal={}
    )
    assert answer(inputs(1, 1)[0], asked)["type"] == "respond"
