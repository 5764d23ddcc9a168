"""Money: reserved before a call, settled after it, refused where it does not suffice."""

import asyncio
import contextlib
import logging
import threading

import pytest
from langgraph.graph import END, START
from langgraph.types import Send

from surestep import SLO, Budget, VerifiedGraph, session
from surestep.budgets.pricing import Price
from surestep.errors import OutputUncapped, PriceUnknown, RunFailed
from surestep.graph.records import record
from surestep.testing import ScriptedWorker, run
from surestep.verifiers import Judge, Vote
from tests.engine.helpers import (
    PRICES,
    THREAD,
    State,
    answer,
    asks,
    chain,
    chat,
    decision,
    priced,
    says,
    start,
    step,
)

PASS = '{"verdict": "pass", "score": 1.0, "feedback": ""}'


def test_a_call_is_settled_at_its_true_price():
    """Reserved at 1 USD, it took half of that."""
    s = priced(cost_usd=1.0)
    run(start(step(asks(chat())), context=s))

    assert s.record.spent.cost_usd == pytest.approx(0.5)
    assert not s.record.spent.estimated


def test_what_is_settled_can_be_spent_again():
    """Three calls of 0.50 fit under 2 USD, although their reserves do not."""
    s, model = priced(cost_usd=2.0), chat()
    run(start(chain(*[(name, asks(model), {}) for name in "abc"]), context=s))

    assert (len(model.prompts), s.record.spent.cost_usd) == (3, pytest.approx(1.5))


@pytest.mark.parametrize("options", [{}, {"retries": 0}])
def test_an_unaffordable_call_is_never_sent(options):
    """The run's limit is below the worst case of the call."""
    model, s = chat(), priced(cost_usd=0.9)
    with pytest.raises(RunFailed, match=r"cost_usd limit 0\.9 reached"):
        run(start(step(asks(model), **options), context=s))

    assert model.prompts == []
    assert (s.record.outcome, s.record.spent.cost_usd) == ("failed", 0.0)


def test_an_unaffordable_call_is_refused_inside_a_blocking_worker():
    """A worker in a thread of its own has no other rules."""
    model = chat()

    def worker(state):
        model.invoke("question")
        return {"log": ["s"]}

    with pytest.raises(RunFailed, match="cost_usd"):
        run(start(step(worker), context=priced(cost_usd=0.9)))
    assert model.prompts == []


def test_a_blocking_worker_pays_as_well():
    """What its call cost is counted."""
    model, s = chat(), priced(cost_usd=1.0)
    run(start(step(lambda state: {"log": [model.invoke("question").content]}), context=s))

    assert s.record.spent.cost_usd == pytest.approx(0.5)


@pytest.mark.parametrize("blocking", [False, True])
def test_plain_nodes_draw_on_the_run(blocking):
    """A node that is no step is refused like one."""
    model = chat()
    worker = (lambda state: {"text": model.invoke("?").content}) if blocking else asks(model)

    with pytest.raises(RunFailed, match="run: cost_usd"):
        run(start(chain(("s", says(n=1), {}), ("plain", worker)), context=priced(cost_usd=0.9)))
    assert model.prompts == []


def test_calls_of_plain_nodes_count():
    """And they count as a worker's."""
    s = priced(cost_usd=5.0)
    run(start(chain(("s", asks(chat()), {}), ("plain", asks(chat()))), context=s))

    assert s.record.spent.worker_usd == pytest.approx(1.0)


def test_a_step_is_bound_by_its_own_budget():
    """The run has plenty, the step has not; a second call of it is refused."""
    model = chat()

    async def worker(state):
        for _ in range(5):
            await model.ainvoke("question")

    s = priced(cost_usd=50.0)
    with pytest.raises(RunFailed, match=r"s: cost_usd limit 1\.6"):
        run(start(step(worker, budget=Budget(cost_usd=1.6)), context=s))
    assert (len(model.prompts), s.record.spent.cost_usd) == (2, pytest.approx(1.0))


def test_retries_draw_on_the_step():
    """Each attempt costs 0.50 and needs 1 USD to start: the third is refused."""
    model = chat()
    app = step(asks(model), verifiers=[lambda s, u: False], budget=Budget(cost_usd=1.9), retries=9)

    with pytest.raises(RunFailed, match="cost_usd"):
        run(start(app, context=priced()))
    assert len(model.prompts) == 2


def fan(worker, count, **options):
    """An app that sends a step to `count` items at once."""
    graph = VerifiedGraph(State)
    graph.add_step("s", worker, **options)
    graph.add_conditional_edges(START, lambda s: [Send("s", {"n": n}) for n in range(count)], ["s"])
    graph.add_edge("s", END)
    return graph.compile()


def test_a_fan_out_never_exceeds_the_ceiling():
    """Ten calls at once, money for the reserves of four: six fall back."""
    model, s = chat(latency_s=1.0), priced(cost_usd=4.0)
    app = fan(asks(model), 10, fallback=says(log=["cheap"]), on_budget="fallback")
    result = run(app.ainvoke({"log": []}, context=s))

    assert (len(model.prompts), result["log"].count("cheap")) == (4, 6)
    assert s.record.spent.cost_usd == pytest.approx(2.0)


def test_samples_share_the_budget_of_their_step():
    """Money for three of five samples: those three are drawn, and one of them goes on."""
    model, s = chat(latency_s=1.0), priced()
    result = run(start(step(asks(model), samples=5, budget=Budget(cost_usd=3.0)), context=s))

    assert (len(model.prompts), result["log"]) == (3, ["asked"])
    assert s.record.steps["s"].outcome == "unverified"


def test_a_vote_that_cannot_be_paid_degrades_with_what_it_has():
    """Two of three votes are affordable: undecided for want of money, so `on_budget` decides."""
    model, s = chat(latency_s=1.0), priced()
    app = step(asks(model), verifiers=[Vote()], budget=Budget(cost_usd=2.0), on_budget="drop_check")
    result = run(start(app, context=s))

    assert (len(model.prompts), result["log"]) == (2, ["asked"])
    assert s.record.steps["s"].outcome == "unverified"
    assert "cost_usd" in s.record.steps["s"].reason


def judges(model, count):
    """Judges that share one model."""
    return [Judge(model, rubric="right?", name=f"judge {n}") for n in range(count)]


def test_parallel_verifiers_share_the_budget():
    """Money for two of three judges: the third is not asked, and `on_budget` decides."""
    model, s = chat([PASS] * 9, latency_s=1.0), priced()
    app = step(
        says(n=1),
        verifiers=judges(model, 3),
        budget=Budget(cost_usd=2.0),
        on_budget="accept_unverified",
    )
    run(start(app, context=s))

    assert len(model.prompts) == 2
    assert s.record.steps["s"].outcome == "unverified"


def test_workers_and_checkers_are_counted_apart():
    """One call of the worker, two of judges."""
    s = priced(cost_usd=9.0)
    run(start(step(asks(chat()), verifiers=judges(chat([PASS] * 9), 2)), context=s))

    spent = s.record.spent
    assert (spent.worker_usd, spent.checker_usd) == (pytest.approx(0.5), pytest.approx(1.0))
    assert (spent.cost_usd, spent.calls) == (pytest.approx(1.5), 3)
    assert s.record.steps["s"].cost_usd == pytest.approx(1.5)


def test_a_price_nobody_knows_is_refused_under_a_hard_limit():
    """The call is not sent, and the error names the model and the limit."""
    model = chat(model="acme-7")
    with pytest.raises(PriceUnknown, match="acme-7"):
        run(start(step(asks(model)), context=session(slo=SLO(cost_usd=1.0))))
    assert model.prompts == []


@pytest.mark.parametrize("where", ["run", "step"])
def test_a_judge_without_a_price_is_refused_before_anything_runs(where):
    """Its model is known when the run starts, so the worker is never called."""
    worker = ScriptedWorker([{"n": 1}])
    budget = Budget(cost_usd=1.0 if where == "step" else None)
    app = step(worker, verifiers=judges(chat(model="acme-7"), 1), budget=budget)
    slo = SLO(cost_usd=1.0 if where == "run" else None)

    with pytest.raises(PriceUnknown, match="acme-7"):
        run(start(app, context=session(slo=slo)))
    assert worker.calls == []


def test_without_a_limit_an_unknown_price_is_said_and_counts_as_nothing(caplog):
    """The run goes on."""
    s = session()
    with caplog.at_level(logging.WARNING, logger="surestep"):
        run(start(step(asks(chat(model="acme-7"))), context=s))

    assert "acme-7" in caplog.text
    assert (s.record.spent.cost_usd, s.record.spent.calls) == (0.0, 1)


def test_own_prices_come_before_the_library():
    """Five tokens at 1 USD each, although the library knows the model."""
    s = session(prices={"gpt-4o": Price(0.0, 1e6)})
    run(start(step(asks(chat(model="gpt-4o"))), context=s))

    assert s.record.spent.cost_usd == pytest.approx(5.0)


def test_an_uncapped_output_is_refused_under_a_hard_limit():
    """Neither the request nor the price bounds it."""
    model = chat()
    s = session(slo=SLO(cost_usd=9.0), prices={"fake-chat": Price(0.0, 1.0)})
    with pytest.raises(OutputUncapped, match="fake-chat"):
        run(start(step(asks(model)), context=s))
    assert model.prompts == []


def test_a_cancelled_call_of_a_kind_never_seen_settles_at_its_reserve():
    """Nobody knows what it used, so it counts in full, and the record says so."""
    s = priced(cost_usd=5.0)
    app = step(asks(chat(latency_s=60.0)), budget=Budget(latency_s=1.0))
    with pytest.raises(RunFailed, match="latency_s"):
        run(start(app, context=s))

    assert (s.record.spent.cost_usd, s.record.spent.estimated) == (pytest.approx(1.0), True)


def once_and_again(model, **limits):
    """What a run has spent whose second call, of the two its step makes, is cut off."""

    async def worker(state):
        await model.ainvoke("question")
        model.latency_s = 60.0
        await model.ainvoke("question")

    s = priced(**limits)
    with pytest.raises(RunFailed):
        run(start(chain(("s", worker, {"budget": Budget(latency_s=1.0)})), context=s))
    return s.record.spent


def test_a_cancelled_call_counts_like_those_that_came_back():
    """They cost 0.50 each; that it may have cost its reserve of 1 USD is said apart."""
    spent = once_and_again(chat())

    assert spent.cost_usd == pytest.approx(1.0)
    assert (spent.estimated_usd, spent.withheld_usd) == (pytest.approx(0.5), pytest.approx(0.5))


def test_what_a_cancelled_call_may_have_cost_is_not_spent_again():
    """Of 2 USD, 1.00 is counted and 0.50 withheld, so a call that may cost 1 USD is refused."""
    model, s = chat(), priced(cost_usd=2.0)

    async def worker(state):
        await model.ainvoke("question")
        with contextlib.suppress(TimeoutError):
            model.latency_s = 60.0
            await asyncio.wait_for(model.ainvoke("question"), 1.0)
        model.latency_s = 0.0
        await model.ainvoke("question")

    with pytest.raises(RunFailed, match=r"cost_usd limit 2 reached"):
        run(start(chain(("s", worker, {})), context=s))
    assert s.record.spent.cost_usd == pytest.approx(1.0)


def test_what_is_withheld_stays_so_after_a_wait():
    """The stored record has it, and the limit of the resumed run reckons with it."""
    model = chat()

    async def cut_off(state):
        await model.ainvoke("question")
        with contextlib.suppress(TimeoutError):
            model.latency_s = 60.0
            await asyncio.wait_for(model.ainvoke("question"), 1.0)
        model.latency_s = 0.0

    async def main():
        asked = ("ask", says(n=1), {"human": "always"})
        app = chain(("s", cut_off, {}), asked, ("after", asks(model), {}))
        await start(app, context=priced(cost_usd=2.0))
        with pytest.raises(RunFailed, match="cost_usd limit 2 reached"):
            await answer(app, decision("approve"), context=priced(cost_usd=2.0))
        return (await record(app, THREAD)).spent

    assert run(main()).withheld_usd == pytest.approx(0.5)


@pytest.mark.parametrize("limits", [{"cost_usd": 0.0}, {}])
def test_a_budget_of_zero_allows_free_calls_only(limits):
    """Zero is a limit, not the lack of one; free calls pass under it."""
    free = Price(0.0, 0.0, max_output_tokens=10)
    budget = Budget(cost_usd=None if limits else 0.0)
    run(start(step(asks(chat()), budget=budget), context=session(prices={"fake-chat": free})))

    with pytest.raises(RunFailed, match="cost_usd limit 0 "):
        run(start(step(asks(chat()), budget=budget), context=priced(**limits)))


def nested(model, **inner):
    """A graph with a step, as the worker of a step of another graph."""
    return chain(("deep", asks(model), inner), checkpointer=None)


def test_a_nested_graph_is_charged_once():
    """The same callbacks stand around it twice, the money is spent once."""
    s = priced(cost_usd=5.0)
    run(start(chain(("sub", nested(chat()), {})), context=s))

    assert (s.record.spent.cost_usd, s.record.spent.calls) == (pytest.approx(0.5), 1)


def test_a_step_pays_for_the_graph_nested_in_it():
    """Its budget binds the steps inside."""
    model = chat()
    with pytest.raises(RunFailed, match=r"sub: cost_usd limit 0\.9"):
        run(
            start(chain(("sub", nested(model), {"budget": Budget(cost_usd=0.9)})), context=priced())
        )
    assert model.prompts == []


def test_a_call_made_after_its_step_was_cancelled_is_refused():
    """A thread cannot be cancelled, but its next call can be refused."""
    model, gone, refused = chat(), threading.Event(), []

    def worker(state):
        gone.wait(5.0)
        try:
            model.invoke("question")
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must not be a reply
            refused.append(error)

    async def main():
        task = asyncio.ensure_future(start(step(worker), context=priced()))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        gone.set()
        await asyncio.to_thread(lambda: None)

    asyncio.run(main())
    assert (model.prompts, len(refused)) == ([], 1)


def interrupted_after(*nodes):
    """What the record has once a person is asked behind these nodes, and the run is resumed."""

    async def main():
        app = chain(*nodes, ("ask", says(n=1), {"human": "always"}), ("plain", asks(chat())))
        await start(app, context=priced())
        s = session()
        await answer(app, decision("approve"), context=s)
        return s.record.spent, (await record(app, THREAD)).spent

    return run(main())


@pytest.mark.parametrize("options", [(), ({},)], ids=["plain", "step"])
def test_what_was_spent_before_a_wait_still_counts(options):
    """In the session's handle and in the stored record, whichever kind of node spent it."""
    handle, stored = interrupted_after(("a", asks(chat()), *options))

    assert handle.cost_usd == stored.cost_usd == pytest.approx(0.5)
    assert handle.calls == 2


def test_a_limit_counts_what_was_spent_before_a_wait():
    """One call is paid; the reserve of a second does not fit any more."""
    model = chat()

    async def main():
        app = chain(("a", asks(model), {"human": "always"}), ("b", asks(model), {}))
        await start(app, context=priced(cost_usd=1.4))
        await answer(app, decision("approve"), context=session(prices=PRICES))

    with pytest.raises(RunFailed, match=r"run: cost_usd limit 1\.4"):
        run(main())
    assert len(model.prompts) == 1


def test_a_limit_counts_what_a_cancelled_pass_had_spent(database):
    """The step that was cut off had paid for a call, which only the trace knows of."""
    model = chat()

    async def worker(state):
        await model.ainvoke("question")
        await asyncio.sleep(60.0)

    async def main():
        app = step(worker, database=database)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(start(app, context=priced(cost_usd=1.4)), 5.0)
        await app.ainvoke(None, THREAD, context=session(prices=PRICES))

    with pytest.raises(RunFailed, match=r"run: cost_usd limit 1\.4"):
        run(main())
    assert len(model.prompts) == 1
