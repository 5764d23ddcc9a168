"""Several questions at once: asked side by side, answered in any order, from anywhere."""

import asyncio

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START
from langgraph.types import Command, interrupt

from surestep import Ask, VerifiedGraph, session
from surestep.clock import now_s
from surestep.errors import AnswerRefused
from surestep.graph.records import record
from surestep.graph.stores import store_at
from surestep.testing import ScriptedWorker, run
from surestep.values import Decision
from tests.engine.helpers import (
    THREAD,
    State,
    answer,
    arms,
    chain,
    decision,
    questions,
    says,
    start,
    step,
)

APPROVE = Decision("approve", actor="ann")


def three(database=None, **options):
    """An app whose three arms all ask."""
    common = {"human": "always", "database": database, **options}
    return arms("abc", lambda name: says(log=[name]), **common)


def ids_of(result, *, by="question"):
    """The ids to answer by, in the order of the arms."""
    found = sorted(result["__interrupt__"], key=lambda one: one.value["question"]["step"])
    return [one.value["question_id"] if by == "question" else one.id for one in found]


@pytest.mark.parametrize("stored", [False, True])
def test_all_open_questions_are_shown(stored, tmp_path):
    """Three arms ask at once."""
    app = three(str(tmp_path / "db") if stored else None)

    assert sorted(questions(run(start(app)))) == ["a", "b", "c"]


@pytest.mark.parametrize("by", ["question", "interrupt"])
@pytest.mark.parametrize("stored", [False, True])
def test_all_are_answered_at_once(by, stored, tmp_path):
    """By either kind of id; each arm gets its own answer."""

    async def main():
        app, s = three(str(tmp_path / "db") if stored else None), session()
        a, b, c = ids_of(await start(app), by=by)
        given = {a: decision("approve"), b: decision("edit", update={"log": ["B"]})}
        result = await answer(app, given | {c: decision("approve")}, context=s)
        return result["log"], [s.record.steps[name].outcome for name in "abc"]

    log, outcomes = run(main())
    assert sorted(log) == ["B", "a", "c"]
    assert outcomes == ["approved", "edited", "approved"]


@pytest.mark.parametrize("by", ["question", "interrupt"])
@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_they_are_answered_one_by_one(by, stored, order, tmp_path):
    """In any order; what is not answered is asked again, under the same question id."""

    async def main():
        app = three(str(tmp_path / "db") if stored else None)
        result = await start(app)
        names = dict(zip(ids_of(result), "abc", strict=True))
        logs = []
        for place in order:
            open_now = {names[one.value["question_id"]]: one for one in result["__interrupt__"]}
            chosen = open_now["abc"[place]]
            key = chosen.value["question_id"] if by == "question" else chosen.id
            result = await answer(app, {key: decision("approve")})
            logs.append(sorted(result["log"]))
        return logs

    wanted = [sorted("abc"[place] for place in order[: n + 1]) for n in range(3)]
    assert run(main()) == wanted


def test_one_answer_without_an_id_is_refused_while_several_are_open():
    """It could be meant for any of them; the remedy lists their ids."""

    async def main():
        app = three()
        first = ids_of(await start(app))[0]
        with pytest.raises(AnswerRefused, match="3 questions are open") as caught:
            await answer(app, decision("approve"))
        assert first in caught.value.remedy

    run(main())


def test_one_bad_answer_among_several_refuses_all(database):
    """Nothing is taken in, so all can be sent again."""

    async def main():
        app = three(database)
        a, b, c = ids_of(await start(app))
        with pytest.raises(AnswerRefused):
            await answer(app, {a: decision("approve"), b: decision("shrug")})
        assert len(await store_at(database).questions("t")) == 3
        return await answer(app, dict.fromkeys((a, b, c), decision("approve")))

    assert sorted(run(main())["log"]) == ["a", "b", "c"]


def two_arms(database):
    """Two arms: `a` asks at once, `b` goes on for five steps of ten seconds each."""

    async def slow(state):
        await asyncio.sleep(10.0)
        return {"log": ["b"]}

    graph = VerifiedGraph(State)
    graph.add_step("a", says(log=["a"]), human="always").add_edge(START, "a").add_edge("a", END)
    for before, name in ((START, "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "f")):
        graph.add_step(name, slow).add_edge(before, name)
    return graph.compile(InMemorySaver(), database=database)


def test_with_a_database_other_arms_go_on_first(database):
    """The run interrupts only when nothing else can run."""
    result = run(start(two_arms(database)))

    assert (result["log"], list(questions(result))) == (["b"] * 5, ["a"])


def test_without_a_database_a_question_interrupts_at_once():
    """The other arm stops where it is, and goes on with the answer."""

    async def main():
        app = two_arms(None)
        result = await start(app)
        assert list(questions(result)) == ["a"]
        return len(result["log"]), sorted((await answer(app, decision("approve")))["log"])

    before, after = run(main())
    assert before < 5
    assert after == ["a", *["b"] * 5]


async def answered_at(database, at_s, decision=APPROVE):
    """Answer the one open question of the thread in the database, some time from now."""
    await asyncio.sleep(at_s)
    [question] = await store_at(database).questions("t")
    await store_at(database).answer(question.question_id, decision)


def test_an_answer_in_the_database_is_taken_while_the_run_goes_on(database):
    """Nobody resumes anything: the other arm was still at work when it came."""

    async def main():
        s = session()
        app = two_arms(database)
        result, _ = await asyncio.gather(start(app, context=s), answered_at(database, 15.0))
        return result, s.record

    result, found = run(main())
    assert sorted(result["log"]) == ["a", *["b"] * 5]
    assert (found.outcome, found.steps["a"].outcome) == ("succeeded", "approved")


@pytest.mark.parametrize("later", [None, Command(resume={})])
def test_an_answer_in_the_database_is_taken_by_the_next_pass(later, database):
    """The thread had stopped; whoever goes on with it finds the answer."""

    async def main():
        app = step(says(n=1), human="always", database=database)
        await start(app)
        await answered_at(database, 10.0)
        return await app.ainvoke(None, THREAD)

    assert run(main())["n"] == 1


@pytest.mark.parametrize("kind", ["reject", "respond"])
def test_feedback_in_the_database_redoes_the_step(kind, database):
    """As it does when it comes with a resume."""
    worker = ScriptedWorker([{"n": 1}, {"n": 2}])

    async def main():
        app = step(worker, human="always", database=database)
        await start(app)
        await answered_at(database, 10.0, Decision(kind, message="too dear", actor="ann"))
        return await app.ainvoke(None, THREAD)

    assert questions(run(main()))["s"]["action_requests"][0]["args"] == {"n": 2}
    assert worker.calls[1].attempt.feedback == "too dear"


def test_a_question_answered_in_the_database_takes_no_second_answer(database):
    """It is not open any more."""

    async def main():
        app = step(says(n=1), human="always", database=database)
        await start(app)
        await answered_at(database, 10.0)
        with pytest.raises(AnswerRefused, match="answered, not open"):
            await answer(app, decision("reject"))
        return await app.ainvoke(None, THREAD)

    assert run(main())["n"] == 1


def test_a_closed_question_takes_no_answer(database):
    """New input has closed it."""

    async def main():
        app = step(ScriptedWorker([{"n": 1}, {"n": 2}]), human="always", database=database)
        [first] = ids_of(await start(app))
        await start(app)
        with pytest.raises(AnswerRefused, match="closed, not open"):
            await store_at(database).answer(first, APPROVE)

    run(main())


def two_eyes(database):
    """A step that two people must approve."""
    return step(says(n=1), human=Ask("dear", approvers=2), database=database)


def signed(name, kind="approve"):
    """A named person's answer."""
    return decision(kind, actor=name)


def test_two_approvers_must_both_approve(database):
    """The first approval leaves the question open."""

    async def main():
        app = two_eyes(database)
        await start(app)
        result = await answer(app, signed("ann"))
        assert list(questions(result)) == ["s"]
        return await answer(app, signed("bob"))

    assert run(main())["n"] == 1


def test_one_person_cannot_approve_twice(database):
    """Nor without a name."""

    async def main():
        app = two_eyes(database)
        await start(app)
        await answer(app, signed("ann"))
        for name in ("ann", ""):
            with pytest.raises(AnswerRefused, match="2 different people"):
                await answer(app, signed(name))

    run(main())


def test_one_rejection_decides(database):
    """The step is redone at once."""
    worker = ScriptedWorker([{"n": 1}, {"n": 2}])

    async def main():
        app = step(worker, human=Ask("dear", approvers=2), database=database)
        await start(app)
        await answer(app, signed("ann"))
        await answer(app, signed("bob", "reject"))

    run(main())
    assert len(worker.calls) == 2


def test_two_approvers_need_a_database():
    """Without one, people cannot be told apart."""

    async def main():
        app = two_eyes(None)
        await start(app)
        with pytest.raises(AnswerRefused, match="2 approvers"):
            await answer(app, signed("ann"))

    run(main())


@pytest.mark.parametrize("as_step", [False, True])
@pytest.mark.parametrize("stored", [False, True])
def test_a_question_in_a_nested_graph_is_asked_and_answered(as_step, stored, tmp_path):
    """It has its path; what ran before it in the nested graph does not run again."""
    before = ScriptedWorker([{"log": ["before"]}])

    async def main():
        inner = chain(
            ("before", before, {}),
            ("deep", says(log=["deep"]), {"human": "always"}),
            checkpointer=None,
        )
        database = str(tmp_path / "db") if stored else None
        app, s = chain(("sub", inner, *([{}] if as_step else [])), database=database), session()
        assert list(questions(await start(app))) == ["sub/deep"]
        result = await answer(app, decision("approve"), context=s)
        return result["log"], s.record.steps["sub/deep"].outcome

    log, outcome = run(main())
    assert log[-2:] == ["before", "deep"]
    assert outcome == "approved"
    assert len(before.calls) == 1


def own_question(state):
    """A node that asks in the user's own way."""
    return {"text": interrupt("your own?")}


def beside_own(database=None):
    """An arm that asks in our way, beside one that asks in the user's."""
    graph = VerifiedGraph(State)
    graph.add_step("s", says(log=["s"]), human="always")
    graph.add_node("own", own_question)
    graph.add_edge(START, "s").add_edge(START, "own").add_edge("s", END).add_edge("own", END)
    return graph.compile(InMemorySaver(), database=database)


@pytest.mark.parametrize("stored", [False, True])
def test_a_user_s_own_interrupt_stands_beside_our_question(stored, tmp_path):
    """Both are open, and both are answered, each by its id."""

    async def main():
        app = beside_own(str(tmp_path / "db") if stored else None)
        result = await start(app)
        for _ in range(3):
            by_id = {
                one.id: "mine" if one.value == "your own?" else decision("approve")
                for one in result.get("__interrupt__", ())
            }
            if not by_id:
                break
            result = await answer(app, by_id)
        return result

    result = run(main())
    assert (result["text"], result["log"]) == ("mine", ["s"])


def test_a_user_s_own_interrupt_is_answered_as_ever():
    """With a plain value, as in LangGraph."""

    async def main():
        app, s = chain(("own", own_question, {})), session()
        await start(app, context=s)
        assert (s.record.outcome, s.record.reason) == (
            "escalated",
            "waits for a person: own: it interrupts",
        )
        return await answer(app, {"any": ["value"]})

    assert run(main())["text"] == {"any": ["value"]}


def test_a_question_is_told_to_whoever_streams(database):
    """As a custom event, before the run stops."""

    async def main():
        app = step(says(n=1), human=Ask("dear"), database=database)
        return [one async for one in app.astream({"log": []}, THREAD, stream_mode="custom")]

    [event] = run(main())
    assert (event["type"], event["step"], event["reason"]) == ("surestep.question", "s", "dear")
    assert event["question_id"].startswith("t/")


def test_a_question_is_a_row_before_it_is_an_interrupt(database):
    """With everything an inbox needs; closed with the answer that came, and by whom."""

    async def main():
        app = step(
            says(n=1),
            verifiers=[lambda s, u: True],
            human=Ask("dear", queue="finance", priority=2),
            database=database,
        )
        await start(app)
        [row] = await store_at(database).questions(queue="finance")
        await answer(app, signed("ann"))
        return row, await store_at(database).question(row.question_id)

    row, after = run(main())
    assert (row.thread_id, row.step, row.visit, row.proposal) == ("t", "s", 1, {"n": 1})
    assert (row.reason, row.priority, row.verdicts[0]["status"]) == ("dear", 2, "pass")
    assert (after.decision.kind, after.decision.actor) == ("approve", "ann")


def test_the_waiting_thread_is_listed_with_its_reason(database):
    """The row of the thread says `escalated`, and later `succeeded`."""

    async def main():
        app, rows = step(says(n=1), human=Ask("dear"), database=database), []
        await start(app)
        rows.append(await store_at(database).thread("t"))
        await answer(app, decision("approve"))
        rows.append(await store_at(database).thread("t"))
        return [(row.status, row.reason) for row in rows]

    assert run(main()) == [("escalated", "waits for a person: s: dear"), ("succeeded", "")]


def test_an_arm_that_waits_does_not_hold_the_stored_outcome_back(database):
    """Two of three are answered: the record names the one still open."""

    async def main():
        app = three(database)
        a, b, _ = ids_of(await start(app))
        await answer(app, dict.fromkeys((a, b), decision("approve")))
        found = await record(app, THREAD)
        return found.outcome, found.reason, now_s()

    outcome, reason, _ = run(main())
    assert (outcome, reason) == ("escalated", "waits for a person: c: the step always asks")
