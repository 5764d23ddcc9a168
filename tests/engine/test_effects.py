"""Irreversible steps: at most once each, whatever fails, with a person or `confirm` in doubt."""

import asyncio
from contextlib import suppress

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START
from langgraph.types import Command, Send

from surestep import Ask, Effect, VerifiedGraph, attempt, session
from surestep.errors import GraphError, RunFailed
from surestep.graph.stores import store_at
from surestep.testing import ScriptedVerifier, ScriptedWorker, run
from tests.engine.helpers import (
    THREAD,
    State,
    answer,
    arms,
    chain,
    decision,
    edit,
    questions,
    says,
    start,
)


class World:
    """What irreversible steps have done, and the keys they did it under."""

    def __init__(self, fails=()):
        self.keys = []
        self._fails = list(fails)

    async def pay(self, state, key):
        """Pay once more; raises what the list of failures says, after the money is gone."""
        self.keys.append(key)
        error = self._fails.pop(0) if self._fails else None
        if error is not None:
            raise error
        return {"log": [f"paid {len(self.keys)}"]}

    async def confirm(self, key):
        """What became of a payment."""
        return {"log": ["found paid"]} if key in self.keys else None


def payment(world, database, **options):
    """An app whose one step is irreversible."""
    return chain(("s", world.pay, {"effect": Effect.IRREVERSIBLE, **options}), database=database)


def effect_row(database, key):
    """The journal's row."""
    return store_at(database).effect(key)


def test_an_effect_is_journaled_before_and_after(database):
    """Begun when the worker starts, done with its result when the run ends."""
    seen = []

    async def pay(state, key):
        seen.append((await effect_row(database, key)).status)
        return {"text": "paid"}

    async def main():
        await start(chain(("s", pay, {"effect": Effect.IRREVERSIBLE}), database=database))
        store = store_at(database)
        key = (await store.events("t", kinds=["effect"]))[0].data["key"]
        return await store.effect(key)

    row = run(main())
    assert (seen, row.status, row.step, row.visit) == (["begun"], "done", "s", 1)
    assert row.result["packed"] == {"value": {"text": "paid"}}
    assert row.intent["state"] == {"log": []}


def test_the_key_is_what_attempt_says(database):
    """A worker without a parameter `key` finds it there."""
    keys = []

    async def pay(state):
        keys.append(attempt().key)

    run(start(chain(("s", pay, {"effect": Effect.IRREVERSIBLE}), database=database)))
    assert keys[0].startswith("t/")


@pytest.mark.parametrize("missing", ["database", "checkpointer"])
def test_without_journal_or_thread_nothing_starts(missing, database):
    """Both are needed for at most once."""
    world = World()
    options = {"database": database} | {missing: None}
    app = chain(("s", world.pay, {"effect": Effect.IRREVERSIBLE}), **options)

    with pytest.raises(GraphError, match="'s' is irreversible"):
        run(start(app))
    assert world.keys == []


def test_an_effect_is_never_retried_by_itself(database):
    """Its worker raised, but the money may be gone: the step fails closed, in doubt."""
    world = World([OSError("line dropped")])
    with pytest.raises(RunFailed, match="its effect is in doubt"):
        run(start(payment(world, database, retries=5)))

    assert len(world.keys) == 1


def test_an_effect_in_doubt_is_confirmed_under_its_own_key(database):
    """The next pass asks `confirm` first, and takes its word."""
    world = World([OSError("line dropped")])

    async def main():
        app = payment(world, database, confirm=world.confirm)
        with pytest.raises(RunFailed):
            await start(app)
        return await app.ainvoke(None, THREAD)

    assert run(main())["log"] == ["found paid"]
    assert len(world.keys) == 1


def test_an_effect_that_did_not_happen_is_done_under_the_same_key(database):
    """`confirm` found nothing."""
    world = World([OSError("refused")])

    async def confirm(key):
        return None

    async def main():
        app = payment(world, database, confirm=confirm)
        with pytest.raises(RunFailed):
            await start(app)
        return await app.ainvoke(None, THREAD)

    assert run(main())["log"] == ["paid 2"]
    assert len(set(world.keys)) == 1


def in_doubt(world, database, *answers):
    """The state after a failed payment, a second pass, and these answers to its question."""

    async def main():
        app, s = payment(world, database), session()
        with pytest.raises(RunFailed):
            await start(app)
        result = await app.ainvoke(None, THREAD, context=s)
        assert "may have happened" in questions(result)["s"]["question"]["reason"]
        for one in answers:
            result = await answer(app, one, context=s)
        return result, s.record.steps["s"].outcome

    return run(main())


def test_without_confirm_a_person_says_that_it_happened(database):
    """It is not done again."""
    world = World([OSError("line dropped")])
    _, outcome = in_doubt(world, database, decision("approve"))

    assert (len(world.keys), outcome) == (1, "approved")


def test_a_person_may_say_with_what_result_it_happened(database):
    """The edit is the step's update."""
    world = World([OSError("line dropped")])
    result, outcome = in_doubt(world, database, edit(text="receipt 7"))

    assert (len(world.keys), result["text"], outcome) == (1, "receipt 7", "edited")


def test_a_person_may_say_that_it_did_not_happen(database):
    """Then it is done, under the same key."""
    world = World([OSError("refused")])
    result, _ = in_doubt(world, database, decision("reject"))

    assert (result["log"], len(set(world.keys))) == (["paid 2"], 1)


def test_each_doubt_is_a_question_of_its_own(database):
    """The word given on the first failure does not stand for the second."""
    world = World([OSError("refused"), OSError("line dropped")])

    async def main():
        app = payment(world, database)
        with pytest.raises(RunFailed):
            await start(app)
        await app.ainvoke(None, THREAD)
        with pytest.raises(RunFailed):
            await answer(app, decision("reject"))
        result = await app.ainvoke(None, THREAD)
        assert questions(result)
        return await answer(app, decision("approve"))

    run(main())
    assert len(world.keys) == 2


@pytest.mark.parametrize("policy", ["always", Ask("dear"), lambda s, o, v: o is None])
def test_people_are_asked_before_the_effect(policy, database):
    """What they see is what the step would act on; approval lets it happen, once."""
    world, s = World(), session()

    async def main():
        app = payment(world, database, human=policy)
        asked = questions(await start(app, {"n": 7}))["s"]
        assert asked["action_requests"][0]["args"] == {"log": [], "n": 7}
        assert asked["review_configs"][0]["allowed_decisions"] == ["approve", "reject"]
        assert world.keys == []
        await answer(app, decision("approve"), context=s)

    run(main())
    assert (len(world.keys), s.record.steps["s"].outcome) == (1, "approved")


def test_a_forbidden_effect_never_happens(database):
    """The run fails with the person's words."""
    world, s = World(), session()

    async def main():
        app = payment(world, database, human="always")
        await start(app)
        await answer(app, decision("reject", message="too dear"), context=s)

    with pytest.raises(RunFailed, match="too dear"):
        run(main())
    assert (world.keys, s.record.steps["s"].outcome) == ([], "rejected")


def test_a_forbidden_effect_is_asked_about_anew(database):
    """Going on with the thread asks again rather than take the old answer."""
    world = World()

    async def main():
        app = payment(world, database, human="always")
        await start(app)
        with pytest.raises(RunFailed):
            await answer(app, decision("reject"))
        assert questions(await app.ainvoke(None, THREAD))
        return await answer(app, decision("approve"))

    assert run(main())["log"] == ["paid 1"]


def test_an_approved_effect_in_doubt_is_not_done_again(database):
    """The approval was for one payment."""
    world = World([OSError("line dropped")])

    async def main():
        app = payment(world, database, human="always")
        await start(app)
        with pytest.raises(RunFailed):
            await answer(app, decision("approve"))
        result = await app.ainvoke(None, THREAD)
        assert "may have happened" in questions(result)["s"]["question"]["reason"]

    run(main())
    assert len(world.keys) == 1


def refused_after(database, policy, *answers):
    """The outcome of a payment whose check fails once the money is gone."""
    world = World()

    async def main():
        app = payment(world, database, verifiers=[lambda s, u: False], human=policy)
        s = session()
        result = await start(app, context=s)
        for one in answers:
            assert questions(result)["s"]["review_configs"][0]["allowed_decisions"] == [
                "approve",
                "edit",
            ]
            result = await answer(app, one, context=s)
        return s.record.steps["s"].outcome, result

    outcome, result = run(main())
    return outcome, result, len(world.keys)


def test_a_check_that_refuses_a_finished_effect_fails_the_run(database):
    """It cannot be taken back, and it is not done again."""
    with pytest.raises(RunFailed, match="its effect was refused"):
        refused_after(database, "never")


def test_a_person_may_accept_a_finished_effect_its_check_refused(database):
    """What has happened can be approved or put right, not rejected."""
    outcome, _, times = refused_after(database, "on_failure", decision("approve"))

    assert (outcome, times) == ("approved", 1)


def test_a_check_that_passes_verifies_the_effect(database):
    """Checks of an irreversible step run after it."""
    world, s = World(), session()
    check = ScriptedVerifier([True])
    run(start(payment(world, database, verifiers=[check]), context=s))

    assert s.record.steps["s"].outcome == "verified"


def fan_out(world, database, **options):
    """An app that pays three bills at once."""
    graph = VerifiedGraph(State)
    graph.add_step("pay", world.pay, effect=Effect.IRREVERSIBLE, **options)
    graph.add_conditional_edges(START, lambda s: [Send("pay", {"n": n}) for n in (1, 2, 3)])
    graph.add_edge("pay", END)
    return graph.compile(InMemorySaver(), database=database)


def test_each_arm_of_a_fan_out_has_a_key_of_its_own(database):
    """Three bills, three payments."""
    world = World()
    result = run(start(fan_out(world, database)))

    assert (len(result["log"]), len(set(world.keys))) == (3, 3)


def test_one_failed_arm_of_a_fan_out_does_not_repeat_the_others(database):
    """Only the one in doubt is looked at again, under its own key."""
    world = World([None, OSError("line dropped")])

    async def main():
        app = fan_out(world, database, confirm=world.confirm)
        with pytest.raises(RunFailed):
            await start(app)
        return await app.ainvoke(None, THREAD)

    assert sorted(run(main())["log"]) == ["found paid", "paid 1", "paid 3"]
    assert len(world.keys) == 3


def test_every_arm_of_a_fan_out_is_asked_about(database):
    """And each is paid, or not, by its own answer."""
    world = World()

    async def main():
        app = fan_out(world, database, human="always")
        asked = (await start(app))["__interrupt__"]
        assert len(asked) == 3
        for_ids = {one.value["question_id"]: decision("approve") for one in asked}
        return await answer(app, for_ids)

    assert len(run(main())["log"]) == 3
    assert len(set(world.keys)) == 3


def test_each_round_of_a_loop_pays_anew(database):
    """Every visit has a key of its own."""
    world = World()
    graph = VerifiedGraph(State)
    graph.add_step("pay", world.pay, effect=Effect.IRREVERSIBLE)
    graph.add_edge(START, "pay")
    graph.add_conditional_edges("pay", lambda s: "pay" if len(s["log"]) < 3 else END)

    run(start(graph.compile(InMemorySaver(), database=database)))
    assert len(set(world.keys)) == 3


def test_each_run_of_a_thread_pays_anew(database):
    """New input is a new order, even while the last one's payment is in doubt."""
    world = World([OSError("line dropped")])

    async def main():
        app = payment(world, database)
        with pytest.raises(RunFailed):
            await start(app)
        for _ in range(2):
            await start(app)

    run(main())
    assert len(set(world.keys)) == 3


def nested(world, database, *, as_step, **options):
    """An app with a payment in a graph inside one of its nodes."""
    inner = chain(("pay", world.pay, {"effect": Effect.IRREVERSIBLE, **options}), checkpointer=None)
    return chain(("sub", inner, *([{}] if as_step else [])), database=database)


@pytest.mark.parametrize("as_step", [False, True])
def test_a_nested_effect_in_doubt_is_confirmed_under_its_own_key(as_step, database):
    """The graph around it is entered anew, the payment is not."""
    world = World([OSError("line dropped")])

    async def main():
        app = nested(world, database, as_step=as_step, confirm=world.confirm)
        with pytest.raises(RunFailed):
            await start(app)
        return await app.ainvoke(None, THREAD)

    assert run(main())["log"] == ["found paid"]
    assert len(world.keys) == 1


@pytest.mark.parametrize("as_step", [False, True])
def test_a_nested_effect_is_asked_about(as_step, database):
    """The question has the path of the step, and its answer reaches it."""
    world = World()

    async def main():
        app = nested(world, database, as_step=as_step, human="always")
        assert list(questions(await start(app))) == ["sub/pay"]
        return await answer(app, decision("approve"))

    assert run(main())["log"] == ["paid 1"]


def test_an_effect_may_sit_in_an_arm_beside_a_question(database):
    """The payment of one arm is not repeated when the other arm's question is answered."""
    world = World()
    after = {"pay": {"effect": Effect.IRREVERSIBLE}, "ask": {"human": "always"}}
    workers = {"pay": world.pay, "ask": says(log=["asked"])}

    async def main():
        app = arms(["pay", "ask"], workers.get, after=after, database=database)
        await start(app)
        return await answer(app, decision("approve"))

    assert sorted(run(main())["log"]) == ["asked", "paid 1"]


def test_no_effect_begins_beside_a_step_that_has_failed(database):
    """It would be cancelled half done; a resume starts it, and then it happens once."""
    world, worker = World(), ScriptedWorker([{"log": ["bad"]}, {"log": ["good"]}])
    graph = VerifiedGraph(State)
    graph.add_step("a", worker, verifiers=[lambda s, u: u["log"] == ["good"]], retries=0)
    graph.add_step("b", says(log=["b"]))
    graph.add_step("pay", world.pay, effect=Effect.IRREVERSIBLE)
    for edge in ((START, "a"), (START, "b"), ("b", "pay"), ("pay", END), ("a", END)):
        graph.add_edge(*edge)
    app = graph.compile(InMemorySaver(), database=database)

    async def main():
        with pytest.raises(RunFailed):
            await start(app)
        row = await effect_row(database, "t/1/pay/1")
        return row, (await app.ainvoke(None, THREAD))["log"]

    row, log = run(main())
    assert (row, sorted(log), len(world.keys)) == (None, ["b", "good", "paid 1"], 1)


class Dying(InMemorySaver):
    """Cannot keep the first state after the input: what was written of it stays pending."""

    dead = False

    async def aput(self, config, checkpoint, metadata, new_versions):
        """Fails once."""
        if metadata["step"] == 0 and not self.dead:
            self.dead = True
            raise OSError("killed")
        return await super().aput(config, checkpoint, metadata, new_versions)


def test_a_key_is_the_same_though_the_run_was_killed_before_its_first_step(database):
    """A run that has written that it started, and nothing else, is the run it was."""
    world = World()
    pays = ("s", world.pay, {"effect": Effect.IRREVERSIBLE})
    app = chain(pays, database=database, checkpointer=Dying())

    async def scene():
        with pytest.raises(OSError, match="killed"):
            await app.ainvoke({"log": []}, THREAD)
        await app.ainvoke(None, THREAD)

    run(scene())
    assert world.keys == ["t/1/s/1"]


def nested_payment(world, database):
    """An app whose effect is in a graph that a plain node calls, and is not to be confirmed."""

    async def pay(state, key):
        await asyncio.sleep(1.0)
        return await world.pay(state, key)

    inner = chain(("pay", pay, {"effect": Effect.IRREVERSIBLE}), checkpointer=None)

    async def enter(state):
        return await inner.ainvoke(state)

    return chain(("in", enter), database=database)


def test_a_question_does_not_give_way_for_ever_to_an_answer_of_long_ago(database):
    """A crash has kept the first answer, which the step had acted on, when the second is asked."""
    app = nested_payment(World(), database)

    async def cut_off(given):
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await app.ainvoke(given, THREAD)

    async def scene():
        await cut_off({"log": []})
        first = (await app.ainvoke(None, THREAD))["__interrupt__"]
        await cut_off(Command(resume={first[0].id: decision("reject")}))
        return (await app.ainvoke(None, THREAD))["__interrupt__"]

    assert [one.value["question_id"] for one in run(scene())] == ["t/1/in/pay/1/2"]
