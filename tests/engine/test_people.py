"""People: when they are asked, what they see, and what becomes of their answers."""

from typing import TypedDict

import pytest
from pydantic import BaseModel

from surestep import Ask, session
from surestep.errors import AnswerRefused, GraphError, RunFailed
from surestep.graph.records import record
from surestep.testing import ScriptedVerifier, ScriptedWorker, run
from surestep.verifiers import Schema
from tests.engine.helpers import (
    THREAD,
    answer,
    chain,
    decision,
    edit,
    questions,
    says,
    start,
    step,
)


def asked(app, given=None):
    """The reason the step's question gives; `None` if nobody was asked."""
    found = questions(run(start(app, given)))
    return found["s"]["question"]["reason"] if found else None


def answered(app, *answers):
    """The state, and the session's record, after these answers."""

    async def main():
        s = session()
        result = await start(app, context=s)
        for one in answers:
            result = await answer(app, one, context=s)
        return result, s.record

    return run(main())


def test_never_asks_nobody():
    """The null case."""
    assert asked(step(says(n=1))) is None


def test_always_asks():
    """Even of an output nobody objects to."""
    assert asked(step(says(n=1), human="always")) == "the step always asks"


def test_a_person_is_told_what_the_worker_raised() -> None:
    """There is no output to look at, so the reason has to say why."""

    async def broken(state: object) -> None:
        raise ValueError("no such order")

    app = step(broken, human="always", retries=0)

    assert asked(app) == "The worker raised ValueError: no such order"


def test_on_failure_asks_once_no_retry_is_left():
    """Three refusals first."""
    worker = ScriptedWorker([{"n": 1}] * 3)
    app = step(worker, verifiers=[lambda s, u: False], human="on_failure")

    assert asked(app) == "its checks failed and no retry is left"
    assert len(worker.calls) == 3


def test_on_failure_leaves_good_outputs_alone():
    """Nothing failed, so nobody is asked."""
    assert asked(step(says(n=1), verifiers=[lambda s, u: True], human="on_failure")) is None


def test_on_failure_asks_about_a_worker_that_raises():
    """There is nothing to approve, so only an edit, a redo or words can answer."""
    app = step(ScriptedWorker([ValueError("x")] * 3), human="on_failure")
    found = questions(run(start(app)))["s"]

    assert found["review_configs"][0]["allowed_decisions"] == ["edit", "reject", "respond"]


def test_an_ask_sets_reason_queue_and_priority():
    """As given."""
    app = step(says(n=1), human=Ask("dear", queue="finance", priority=3))
    found = questions(run(start(app)))["s"]["question"]

    assert (found["reason"], found["queue"], found["priority"]) == ("dear", "finance", 3)


@pytest.mark.parametrize("amount", [1, 100])
def test_a_rule_decides_by_state_output_and_verdicts(amount):
    """It sees all three."""

    def dear(state, output, verdicts):
        return state["n"] + output.update["n"] > 50 and verdicts[0].passed

    app = step(says(n=amount), verifiers=[lambda s, u: True], human=dear)
    assert (asked(app, {"n": 1}) is not None) == (amount > 50)


def test_a_rule_may_say_how_to_ask():
    """By returning an `Ask`."""
    assert asked(step(says(n=1), human=lambda *_: Ask("my reason"))) == "my reason"


def test_a_rule_that_raises_asks():
    """It was there to protect something."""

    def broken(state, output, verdicts):
        raise KeyError("amount")

    assert "KeyError" in asked(step(says(n=1), human=broken))


def test_the_payload_is_a_hitl_request_of_one_action():
    """Snake case, one action, our facts beside it."""
    app = step(says(n=1), verifiers=[ScriptedVerifier([True], name="rule")], human="always")
    [interrupt] = run(start(app))["__interrupt__"]
    value = interrupt.value

    assert [(one["name"], one["args"]) for one in value["action_requests"]] == [("s", {"n": 1})]
    assert "rule: pass" in value["action_requests"][0]["description"]
    assert value["review_configs"] == [
        {"action_name": "s", "allowed_decisions": ["approve", "edit", "reject", "respond"]}
    ]
    assert value["question_id"] == value["question"]["question_id"]


def test_approval_lets_the_output_go_on():
    """As it was shown, without running the worker again."""
    worker = ScriptedWorker([{"n": 1}])
    result, record = answered(step(worker, human="always"), decision("approve"))

    assert result["n"] == 1
    assert (record.outcome, record.steps["s"].outcome) == ("succeeded", "approved")


def test_an_edit_goes_on_instead():
    """In place of what was proposed."""
    result, record = answered(step(says(n=1, text="x"), human="always"), edit(n=2, text="x"))

    assert result["n"] == 2
    assert record.steps["s"].outcome == "edited"


@pytest.mark.parametrize(
    "words", [decision("reject", message="too dear"), decision("respond", message="too dear")]
)
def test_feedback_has_the_step_redone_with_it(words):
    """The worker finds the person's words, and the next output is asked about anew."""
    worker = ScriptedWorker([{"n": 1}, {"n": 2}])
    result, record = answered(step(worker, human="always"), words, decision("approve"))

    assert worker.calls[1].attempt.feedback == "too dear"
    assert (result["n"], record.steps["s"].outcome) == (2, "approved")


def test_each_redo_is_a_question_of_its_own():
    """Otherwise an old answer could settle a new proposal."""

    async def main():
        app = step(ScriptedWorker([{"n": 1}, {"n": 2}]), human="always")
        first = questions(await start(app))["s"]
        second = questions(await answer(app, decision("reject")))["s"]
        return first, second

    first, second = run(main())
    assert first["question_id"] != second["question_id"]


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [
        ([{"type": "accept", "args": None}], "approved"),
        ([{"type": "edit", "args": {"action": "s", "args": {"n": 5}}}], "edited"),
        ({"type": "approve"}, "approved"),
        ("approve", "approved"),
        ({"kind": "edit", "update": {"n": 5}}, "edited"),
        ({"type": "edit", "update": {"n": 5}}, "edited"),
    ],
)
def test_answers_of_other_interfaces_are_understood(sent, outcome):
    """agent-inbox's list of one, a bare decision, a word."""
    _, record = answered(step(says(n=1), human="always"), sent)

    assert record.steps["s"].outcome == outcome


@pytest.mark.parametrize(
    ("sent", "kinds"),
    [
        ([{"type": "ignore", "args": None}], ["reject"]),
        ([{"type": "response", "args": "shorter"}], ["respond"]),
    ],
)
def test_older_refusals_are_understood(sent, kinds, database):
    """They have the step redone."""
    worker = ScriptedWorker([{"n": 1}, {"n": 2}])
    answered(step(worker, human="always", database=database), sent)

    assert len(worker.calls) == 2


class Call(TypedDict):
    """A state with an awkward name in it."""

    args: dict


@pytest.mark.parametrize(
    "sent",
    [
        decision("edit", edited_action={"name": "s", "args": {"args": {"a": 2}}}),
        decision("edit", update={"args": {"a": 2}}),
    ],
)
def test_an_edit_may_have_a_field_named_args(sent):
    """It is a field like any other."""
    app = chain(("s", says(args={"a": 1}), {"human": "always"}), state=Call)

    async def main():
        await start(app, {"args": {}})
        return await answer(app, sent)

    assert run(main())["args"] == {"a": 2}


class Amount(BaseModel):
    """What an update must fit."""

    n: int


BAD_ANSWERS = [
    decision("edit"),
    decision("edit", edited_action={"name": "s", "args": "seven"}),
    decision("shrug"),
    {"decisions": []},
    {"decisions": [{"type": "approve"}, {"type": "approve"}]},
    17,
    True,
    "",
    [],
    {},
    edit(n="many"),
    edit(text="no n"),
]


@pytest.mark.parametrize("sent", BAD_ANSWERS, ids=repr)
@pytest.mark.parametrize("stored", [False, True])
def test_a_malformed_answer_is_refused_and_the_question_stays_open(sent, stored, tmp_path):
    """Nothing runs; the right answer is taken after it."""
    worker = ScriptedWorker([{"n": 1}])
    database = str(tmp_path / "db") if stored else None
    app = step(worker, verifiers=[Schema(Amount)], human="always", database=database)

    async def main():
        await start(app)
        with pytest.raises(AnswerRefused):
            await answer(app, sent)
        assert (await record(app, THREAD)).outcome == "escalated"
        return await answer(app, decision("approve"))

    assert run(main())["n"] == 1
    assert len(worker.calls) == 1


def test_a_refused_edit_says_what_does_not_fit():
    """And that the question stays open."""
    app = step(says(n=1), verifiers=[Schema(Amount)], human="always")

    with pytest.raises(AnswerRefused, match=r"n: .*valid integer") as caught:
        answered(app, edit(n="many"))
    assert "stays open" in caught.value.remedy


def test_an_answer_to_a_question_that_is_not_open_is_refused():
    """Answered already, and nobody else is asked."""
    with pytest.raises(AnswerRefused, match="0 questions are open"):
        answered(step(says(n=1), human="always"), decision("approve"), decision("approve"))


def test_an_answer_by_an_unknown_id_is_refused():
    """The error names it and those that are open."""
    with pytest.raises(AnswerRefused, match="'nonsense'") as caught:
        answered(step(says(n=1), human="always"), {"nonsense": decision("approve")})
    assert "t/" in caught.value.remedy


def test_a_resume_needs_no_context():
    """The session's options are kept with the thread."""

    async def main():
        app = chain(("a", says(n=1), {"human": "always"}), ("b", says(text="x"), {}))
        await start(app, context=session())
        return await answer(app, decision("approve"))

    assert run(main())["text"] == "x"


def test_a_run_that_waits_is_escalated_with_its_reason():
    """The same in the handle and in the stored record."""

    async def main():
        app, s = step(says(n=1), human=Ask("dear")), session()
        await start(app, context=s)
        return s.record, await record(app, THREAD)

    for found in run(main()):
        assert (found.outcome, found.reason) == ("escalated", "waits for a person: s: dear")


def test_a_human_policy_without_a_checkpointer_is_refused():
    """When the run starts, before anything has run."""
    worker = ScriptedWorker([{"n": 1}])
    app = chain(("s", worker, {"human": "on_failure"}), checkpointer=None)

    with pytest.raises(GraphError, match="'s' may ask a person"):
        run(start(app))
    assert worker.calls == []


def test_a_rejected_step_keeps_its_retries():
    """A redo is judged like a first attempt."""
    worker = ScriptedWorker([{"n": 1}, {"n": 2}, {"n": 3}])
    checks = ScriptedVerifier([True, False, True])
    result, _ = answered(
        step(worker, verifiers=[checks], human="always"), decision("reject"), decision("approve")
    )

    assert result["n"] == 3


def test_new_input_takes_the_place_of_a_waiting_question(database):
    """The old question is closed; the new run's question is a new one that can be answered."""

    async def main():
        app = step(ScriptedWorker([{"n": 1}, {"n": 2}]), human="always", database=database)
        first = questions(await start(app))["s"]["question_id"]
        second = questions(await start(app, {"log": ["again"]}))["s"]["question_id"]
        assert first != second
        with pytest.raises(AnswerRefused):
            await answer(app, {first: decision("approve")})
        return await answer(app, {second: decision("approve")})

    assert run(main())["n"] == 2


def test_a_failed_step_that_is_tried_again_asks_anew(database):
    """The answer of the pass that failed settles nothing in the next one."""

    async def main():
        worker = ScriptedWorker([{"n": 1}, *[OSError("gone")] * 3, {"n": 5}])
        app = step(worker, human=lambda s, o, v: o is not None, database=database)
        await start(app)
        with pytest.raises(RunFailed):
            await answer(app, decision("reject"))
        again = questions(await app.ainvoke(None, THREAD))
        assert again["s"]["action_requests"][0]["args"] == {"n": 5}
        return await answer(app, decision("approve"))

    assert run(main())["n"] == 5
