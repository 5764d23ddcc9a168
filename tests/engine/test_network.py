"""What a network loses: retried by us, counted by us, for as long as the time affords it."""

import asyncio

import pytest

from surestep import SLO, Budget, Effect, session
from surestep.budgets.pricing import Price
from surestep.budgets.throttle import Rate
from surestep.clock import now_s
from surestep.errors import RunFailed
from surestep.graph.stores import store_at
from surestep.testing import run
from surestep.verifiers import Judge
from tests.engine.helpers import arms, asks, chain, says, start, step
from tests.engine.http_stub import DROP, endpoint, refused

PRICES = {"stub": Price(0.0, 100_000.0)}


def worked(*script, app=None, latency_s=0.0, model=None, slo=None, **options):
    """What came of a run whose step asks a scripted endpoint once.

    Args:
        script: what the endpoint does, request by request.
        app: makes the app of the model; by default one step with the options.
        latency_s: how long the endpoint takes.
        model: options of the model.
        slo: what the run must meet.
        options: options of the step.
    """

    async def main():
        async with endpoint(*script, latency_s=latency_s, **(model or {})) as (stub, chat):
            s = session(slo=slo, prices=PRICES)
            made = app(chat) if app else step(asks(chat), **options)
            try:
                result = await start(made, context=s)
            except RunFailed as error:
                result = error
            return result, s.record, stub.at_s, now_s()

    return run(main())


def test_a_rate_limit_is_waited_out_as_long_as_the_server_says():
    """Seven seconds, and a little for chance; both calls are counted."""
    result, record, (first_s, second_s), _ = worked(refused(429, retry_after=7))

    assert result["log"] == ["asked"]
    assert 7.0 <= second_s - first_s < 8.0
    assert record.spent.calls == 2


@pytest.mark.parametrize("lost", [refused(500), refused(503), refused(408), DROP], ids=str)
def test_what_was_lost_is_asked_again(lost):
    """Once more, after a back-off, within one attempt of the step."""
    _, record, asked_s, _ = worked(lost)

    assert len(asked_s) == 2
    assert record.steps["s"].attempts == 1
    assert asked_s[1] > asked_s[0]


def test_a_refused_call_costs_nothing_and_a_dropped_first_one_its_reserve():
    """Whoever drops the connection may have charged for the call, nobody knows how much."""
    limit = {"slo": SLO(cost_usd=9.0), "model": {"max_tokens": 10}}
    _, refused_record, _, _ = worked(refused(500), **limit)
    _, dropped_record, _, _ = worked(DROP, **limit)

    assert refused_record.spent.cost_usd == pytest.approx(0.5)
    assert (dropped_record.spent.cost_usd, dropped_record.spent.estimated) == (
        pytest.approx(1.5),
        True,
    )


@pytest.mark.parametrize("lost", [refused(400), refused(429, "insufficient_quota")], ids=str)
def test_what_will_not_get_better_is_not_asked_again(lost):
    """By the network's patience; the step's own retries are another matter."""
    _, record, asked_s, _ = worked(lost, retries=0)

    assert len(asked_s) == 1
    assert record.outcome == "failed"


def test_a_server_that_stays_down_is_asked_six_times():
    """The client would retry five times each, and the step twice more; neither does."""
    error, record, asked_s, took_s = worked(*[refused(500)] * 99)

    assert (len(asked_s), record.spent.calls) == (6, 6)
    assert took_s > 7.0
    assert isinstance(error, RunFailed)


def test_a_wait_the_step_cannot_afford_is_given_up_at_once():
    """The server asks for a minute, the step has five seconds: its budget policy decides."""
    result, record, asked_s, took_s = worked(
        refused(429, retry_after=60),
        budget=Budget(latency_s=5.0),
        fallback=says(log=["cheap"]),
        on_budget="fallback",
    )

    assert (result["log"], len(asked_s)) == (["cheap"], 1)
    assert took_s < 1.0
    assert "s: latency_s limit 5" in record.steps["s"].reason


def test_a_wait_the_run_cannot_afford_is_given_up_at_once():
    """The error says how long the wait would have been."""
    error, _, asked_s, took_s = worked(refused(429, retry_after=60), slo=SLO(latency_s=5.0))

    assert (len(asked_s), took_s < 1.0) == (1, True)
    assert "run: latency_s limit 5" in error.reason
    assert "more needed" in error.reason


def test_judges_are_as_patient():
    """A check that lost its connection is made again, and both calls are the checker's."""

    def app(chat):
        return step(says(n=1), verifiers=[Judge(chat, rubric="ok?")], on_inconclusive="drop_check")

    _, record, asked_s, _ = worked(refused(503), app=app)

    assert (len(asked_s), record.spent.calls) == (2, 2)


def test_a_judge_whose_wait_does_not_fit_starves():
    """The step degrades by its budget policy, as when time runs out in the call."""

    def app(chat):
        judge = Judge(chat, rubric="ok?")
        limits = {"budget": Budget(latency_s=5.0), "on_budget": "accept_unverified"}
        return step(says(n=1), verifiers=[judge], **limits)

    _, record, asked_s, took_s = worked(refused(429, retry_after=60), app=app)

    assert (len(asked_s), took_s < 1.0) == (1, True)
    assert record.steps["s"].reason.startswith("accept_unverified: s: latency_s")


def test_plain_nodes_keep_the_patience_of_their_client():
    """We cannot run them again: they may have done more than call a model."""
    result, record, asked_s, _ = worked(
        refused(500), app=lambda chat: chain(("s", says(n=1), {}), ("plain", asks(chat)))
    )

    assert (result["log"], len(asked_s)) == (["asked"], 2)
    assert record.spent.calls == 1


def test_irreversible_steps_keep_the_patience_of_their_client(database):
    """Their worker runs once, but a call it makes may be repeated."""
    options = {"effect": Effect.IRREVERSIBLE, "database": database}
    result, _, asked_s, _ = worked(refused(500), **options)

    assert (result["log"], len(asked_s)) == (["asked"], 2)


def test_a_blocking_worker_is_as_patient():
    """Its call is made in a thread, its back-off on the loop."""

    def app(chat):
        return step(lambda state: {"log": [chat.invoke("question").content]})

    result, record, asked_s, _ = worked(refused(500), app=app)

    assert (result["log"], len(asked_s), record.spent.calls) == (["ok"], 2, 2)


def test_each_lost_call_is_traced(database):
    """With the error, and with the wait that follows it."""

    async def main():
        async with endpoint(refused(429, retry_after=7)) as (_, chat):
            await start(step(asks(chat), database=database))
        events = await store_at(database).events("t", kinds=["retry", "model_call"])
        return [(event.kind, event.data) for event in events]

    (_, lost), (_, retry), (_, answered) = run(main())
    assert "429" in lost["error"]
    assert retry["wait_s"] >= 7.0
    assert answered["error"] is None


def test_the_deadline_cancels_a_call_in_flight():
    """The server would take an hour; the run ends with its limit and pays the reserve."""
    error, record, asked_s, took_s = worked(
        latency_s=3600.0, slo=SLO(latency_s=3.0, cost_usd=9.0), model={"max_tokens": 10}
    )

    assert (len(asked_s), took_s) == (1, pytest.approx(3.0))
    assert (record.spent.cost_usd, record.spent.estimated) == (pytest.approx(1.0), True)
    assert "latency_s" in error.reason


@pytest.mark.parametrize("blocking", [False, True])
def test_an_unaffordable_call_never_reaches_the_server(blocking):
    """Counted at the server's door."""

    def app(chat):
        return step((lambda state: chat.invoke("q") and None) if blocking else asks(chat))

    error, _, asked_s, _ = worked(app=app, slo=SLO(cost_usd=0.9), model={"max_tokens": 10})
    assert asked_s == []
    assert "cost_usd" in error.reason


def test_an_output_cap_on_the_model_bounds_the_reserve():
    """Two tokens at most cost 0.20, which fits where ten would not."""
    _, record, asked_s, _ = worked(slo=SLO(cost_usd=0.6), model={"max_tokens": 2})

    assert len(asked_s) == 1
    assert record.outcome == "succeeded"


def five_calls(chat):
    """A graph whose five steps ask at the same time."""
    return arms("abcde", lambda name: asks(chat, name))


def test_calls_are_paced_to_the_provider_s_rate():
    """Two a minute: the fifth of five starts in the third minute."""

    async def main():
        async with endpoint() as (stub, chat):
            s = session(rates={"openai": Rate(requests=2, per_s=60.0)})
            await start(five_calls(chat), context=s)
            return stub.at_s

    asked_s = run(main())
    assert [int(at_s // 60.0) for at_s in asked_s] == [0, 0, 1, 1, 2]


def test_blocking_workers_keep_the_same_rate():
    """They wait in threads of their own, so this one test goes by the machine's clock."""

    async def main():
        async with endpoint() as (stub, chat):
            s = session(rates={"openai": Rate(requests=1, per_s=0.2)})
            names = [(n, lambda state: chat.invoke("q") and None, {}) for n in "abc"]
            started_s = now_s()
            await start(chain(*names), context=s)
            return stub.at_s[2] - started_s

    assert asyncio.run(main()) >= 0.4
