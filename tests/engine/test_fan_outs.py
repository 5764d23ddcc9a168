"""Fan-outs with people in them: each item is asked about, and all of them land together."""

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START
from langgraph.types import Send

from surestep import VerifiedGraph, session
from surestep.errors import RunFailed
from surestep.graph.stores import store_at
from surestep.testing import run
from tests.engine.helpers import THREAD, State, answer, decision, start


def test_a_question_in_a_fan_out_is_asked_for_each_item():
    """Each item gets its own answer, and is redone with its own argument."""
    seen = []

    async def worker(state):
        seen.append(state["n"])
        return {"log": [f"item {state['n']}"]}

    graph = VerifiedGraph(State)
    graph.add_step("s", worker, human="always")
    graph.add_conditional_edges(START, lambda s: [Send("s", {"n": n}) for n in (1, 2, 3)])
    graph.add_edge("s", END)
    app = graph.compile(InMemorySaver())

    async def main():
        asked = {
            one.value["action_requests"][0]["args"]["log"][0]: one.value["question_id"]
            for one in (await start(app))["__interrupt__"]
        }
        await answer(app, {asked["item 2"]: decision("reject")})
        again = (await app.aget_state(THREAD)).interrupts
        return await answer(app, {one.value["question_id"]: decision("approve") for one in again})

    assert sorted(run(main())["log"]) == ["item 1", "item 2", "item 3"]
    assert sorted(seen) == [1, 2, 2, 3]


def map_reduce(reduced, database=None, *, human):
    """Three items sent out at once, and a node that must see all of them."""

    async def item(state):
        return {"log": [f"item {state['n']}"]}

    async def reduce(state):
        reduced.append(sorted(state["log"]))

    graph = VerifiedGraph(State)
    graph.add_step("s", item, human=human).add_node("reduce", reduce)
    graph.add_conditional_edges(START, lambda s: [Send("s", {"n": n}) for n in (1, 2, 3)])
    graph.add_edge("s", "reduce").add_edge("reduce", END)
    return graph.compile(InMemorySaver(), database=database)


def second(state, output, verdicts):
    """A policy that asks about one item of three."""
    return state["n"] == 2


ALL = ["item 1", "item 2", "item 3"]


@pytest.mark.parametrize("human", ["always", second], ids=["all", "one"])
@pytest.mark.parametrize("answers", [["approve"] * 3, ["reject", *["approve"] * 3]], ids=str)
@pytest.mark.parametrize("stored", [False, True])
def test_what_follows_a_fan_out_sees_all_of_it(human, answers, stored, tmp_path):
    """Once, when the last item is decided, however the answers come in."""
    reduced = []

    async def main():
        app = map_reduce(reduced, str(tmp_path / "db") if stored else None, human=human)
        result = await start(app)
        for kind in answers:
            asked = result.get("__interrupt__", ())
            if asked:
                result = await answer(app, {asked[0].value["question_id"]: decision(kind)})
        return result

    assert sorted(run(main())["log"]) == ALL
    assert reduced == [ALL]


def test_items_that_nobody_asks_about_are_on_record_when_they_land(database):
    """Each with its own outcome, in the order in which they land."""

    async def main():
        s = session()
        app = map_reduce([], database, human=second)
        await start(app, context=s)
        assert s.record.steps["s"].visits == 0
        await answer(app, decision("edit", update={"log": ["mine"]}), context=s)
        settled = await store_at(database).events("t", kinds=["settled"])
        return s.record.steps["s"].visits, sorted(one.data["outcome"] for one in settled)

    assert run(main()) == (3, ["edited", "unverified", "unverified"])


def test_a_failed_item_does_not_let_the_others_go_on_without_it():
    """They wait for it over the failed pass, and what follows sees all three."""
    reduced, failures = [], iter([ValueError("no luck")] * 3)

    async def item(state):
        if state["n"] == 2 and (error := next(failures, None)):
            raise error
        return {"log": [f"item {state['n']}"]}

    async def reduce(state):
        reduced.append(sorted(state["log"]))

    graph = VerifiedGraph(State)
    graph.add_step("s", item, human=lambda state, output, verdicts: False)
    graph.add_node("reduce", reduce).add_edge("s", "reduce")
    graph.add_conditional_edges(START, lambda s: [Send("s", {"n": n}) for n in (1, 2, 3)])
    app = graph.compile(InMemorySaver())

    async def main():
        with pytest.raises(RunFailed, match="no luck"):
            await start(app)
        await app.ainvoke(None, THREAD)

    run(main())
    assert reduced == [ALL]
