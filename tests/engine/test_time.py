"""Time: deadlines cancel what is under way, and each policy says what becomes of the step."""

import asyncio
import threading

import pytest

from surestep import SLO, Budget, Verdict, session
from surestep.clock import now_s
from surestep.errors import RunFailed
from surestep.testing import ScriptedVerifier, ScriptedWorker, run
from tests.engine.helpers import (
    THREAD,
    answer,
    arms,
    asks,
    chain,
    chat,
    decision,
    priced,
    questions,
    says,
    start,
    step,
)

TWO_S = Budget(latency_s=2.0)


def slow(seconds, **update):
    """A worker that takes its time, and a list of the moments at which it was cancelled."""
    cancelled = []

    async def worker(state):
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            cancelled.append(now_s())
            raise
        return update

    return worker, cancelled


def timed(app, context, given=None):
    """How a run ended, and the seconds it took."""

    async def main():
        started_s = now_s()
        try:
            ended = await start(app, given, context=context)
        except RunFailed as error:
            ended = error
        return ended, now_s() - started_s

    return run(main())


def test_a_step_out_of_time_has_its_worker_cancelled():
    """At the limit, not later, and the error names the step, the limit and the time."""
    worker, cancelled = slow(60.0)
    error, took_s = timed(step(worker, budget=TWO_S), session())

    assert (cancelled, took_s) == ([2.0], 2.0)
    assert "s: latency_s limit 2 reached: 2 spent" in error.reason


def test_a_step_out_of_time_has_its_check_cancelled():
    """The worker took one second, the check is cut short at the limit."""
    check = ScriptedVerifier([True], latency_s=60.0)
    worker, _ = slow(1.0, n=1)
    error, took_s = timed(step(worker, verifiers=[check], budget=TWO_S), session())

    assert took_s == 2.0
    assert "s: latency_s limit 2 reached: 2 spent" in error.reason


def test_attempts_share_the_time_of_their_step():
    """Three attempts of 0.8 s do not fit into two seconds."""
    worker = ScriptedWorker([{"n": 1}] * 9, latency_s=0.8)
    _, took_s = timed(step(worker, verifiers=[lambda s, u: False], budget=TWO_S), session())

    assert (took_s, len(worker.calls)) == (2.0, 3)


def test_the_deadline_of_a_run_cancels_a_step():
    """The step has no limit of its own; the record says the run is out of time."""
    worker, cancelled = slow(60.0)
    s = session(slo=SLO(latency_s=3.0))
    error, took_s = timed(step(worker), s)

    assert (cancelled, took_s) == ([3.0], 3.0)
    assert "run: latency_s limit 3" in error.reason
    assert s.record.outcome == "failed"


def test_the_deadline_of_a_run_cancels_a_plain_node():
    """Steps and plain nodes share one deadline."""
    worker, cancelled = slow(60.0)
    error, took_s = timed(
        chain(("s", slow(1.0, n=1)[0], {}), ("plain", worker)), session(slo=SLO(latency_s=3.0))
    )

    assert (cancelled, took_s) == ([3.0], 3.0)
    assert "run: latency_s limit 3" in error.reason


def test_the_smaller_of_two_limits_counts():
    """The run has less left than the step is allowed."""
    app = chain(("a", slow(2.0)[0], {}), ("b", slow(60.0)[0], {"budget": Budget(latency_s=50.0)}))
    _, took_s = timed(app, session(slo=SLO(latency_s=5.0)))

    assert took_s == 5.0


@pytest.mark.parametrize("plain", [False, True])
def test_nothing_starts_after_the_deadline(plain):
    """What blocked the loop past the deadline is not followed by one more call."""
    model = chat()

    async def blocking(state):
        asyncio.get_running_loop()._idle.now_s += 10.0
        return {"n": 1}

    rest = () if plain else ({},)
    app = chain(("a", blocking, {}), ("b", asks(model), *rest))
    error, _ = timed(app, session(slo=SLO(latency_s=5.0)))

    assert isinstance(error, RunFailed)
    assert model.prompts == []


def hanging(policy, **options):
    """A step whose check hangs past its time, under a policy."""
    check = ScriptedVerifier([True], latency_s=60.0)
    return step(says(text="own"), verifiers=[check], budget=TWO_S, on_budget=policy, **options)


@pytest.mark.parametrize("policy", ["drop_check", "accept_unverified"])
def test_a_step_out_of_time_may_go_on_unverified(policy):
    """The output no verdict has refused goes on, and the record says why."""
    s = session()
    result, took_s = timed(hanging(policy), s)

    assert (result["text"], took_s) == ("own", 2.0)
    assert s.record.steps["s"].outcome == "unverified"
    assert s.record.steps["s"].reason.startswith(f"{policy}: s: latency_s limit 2")


def test_a_step_out_of_time_may_fall_back():
    """The fallback has the time of the run, the step's own being over."""
    s = session()
    result, took_s = timed(hanging("fallback", fallback=slow(1.0, text="cheap")[0]), s)

    assert (result["text"], took_s) == ("cheap", 3.0)
    assert s.record.steps["s"].outcome == "unverified"
    assert s.record.steps["s"].reason.startswith("fallback: ")


def test_a_fallback_is_bound_by_the_run():
    """And fails closed when the run is over too."""
    s = session(slo=SLO(latency_s=2.5))
    error, took_s = timed(hanging("fallback", fallback=slow(60.0)[0]), s)

    assert took_s == 2.5
    assert "run: latency_s" in error.reason


def test_a_fallback_that_raises_fails_the_step():
    """As a worker that raises does: closed, and with its reason."""

    async def broken(state):
        raise ValueError("no luck")

    s = session()
    error, _ = timed(hanging("fallback", fallback=broken), s)

    assert "no luck" in error.reason
    assert s.record.steps["s"].outcome == "failed"


def test_a_step_out_of_time_may_ask_a_person():
    """The question says what ran out and shows what there is."""

    async def main():
        app = hanging("escalate")
        asked = questions(await start(app, context=session()))["s"]
        assert "latency_s limit 2" in asked["action_requests"][0]["description"]
        return await answer(app, decision("approve"))

    assert run(main())["text"] == "own"


def test_without_a_policy_a_step_out_of_time_fails_closed():
    """Nothing unverified goes on by default."""
    error, _ = timed(hanging("fail"), session())

    assert error.step == "s"


def test_a_refused_output_never_goes_on_for_want_of_time():
    """The first output was refused, the second never came."""
    worker = ScriptedWorker([{"text": "bad"}, {"text": "late"}], latency_s=1.5)
    app = step(worker, verifiers=[lambda s, u: False], budget=TWO_S, on_budget="drop_check")
    error, _ = timed(app, session())

    assert isinstance(error, RunFailed)


def inconclusive(policy, **options):
    """A step whose verifier breaks, under a policy."""

    def broken(state, update):
        raise OSError("unplugged")

    return step(says(text="own"), verifiers=[broken], on_inconclusive=policy, **options)


@pytest.mark.parametrize("policy", ["drop_check", "accept_unverified"])
def test_an_output_nobody_could_judge_may_go_on(policy):
    """As unverified, with the verifier's trouble for a reason."""
    s = session()
    result, _ = timed(inconclusive(policy), s)

    assert result["text"] == "own"
    assert s.record.steps["s"].outcome == "unverified"
    assert "unplugged" in s.record.steps["s"].reason


def test_an_output_nobody_could_judge_may_be_replaced():
    """By the fallback's."""
    result, _ = timed(inconclusive("fallback", fallback=says(text="cheap")), session())

    assert result["text"] == "cheap"


def test_an_output_nobody_could_judge_may_be_shown_to_a_person():
    """Who sees what the verifier said."""
    s = session()
    result, _ = timed(inconclusive("escalate"), s)

    assert "unplugged" in questions(result)["s"]["action_requests"][0]["description"]
    assert s.record.outcome == "escalated"


def test_an_output_nobody_could_judge_fails_closed():
    """By default."""
    error, _ = timed(inconclusive("fail"), session())

    assert "unplugged" in error.reason


def test_a_fail_outweighs_what_other_verifiers_could_not_say():
    """One verifier refused, another broke: the output is refused."""
    verifiers = [ScriptedVerifier([Verdict("fail", feedback="wrong")] * 3, name="a")]
    app = step(
        says(text="own"),
        verifiers=[*verifiers, ScriptedVerifier([OSError()] * 3, name="b")],
        on_inconclusive="accept_unverified",
    )
    error, _ = timed(app, session())

    assert "wrong" in error.reason


@pytest.mark.parametrize("latency_s", [0.3, 2.0, 7.7])
def test_a_run_overshoots_by_one_cancellation_at_most(latency_s):
    """Whatever it is in when time is up; the cancelled call is settled by then."""
    s = priced(latency_s=latency_s)
    names = [(name, asks(chat(latency_s=0.9)), {}) for name in "abcdefghi"]
    _, took_s = timed(chain(*names), s)

    assert took_s == pytest.approx(latency_s)
    assert s.record.spent.machine_s == pytest.approx(latency_s)


def test_waiting_for_people_is_no_machine_time():
    """Two seconds of work, an hour of waiting, three seconds of work."""
    first, last = slow(2.0, n=1)[0], slow(3.0, text="done")[0]

    async def main():
        app = chain(("a", first, {"human": "always"}), ("b", last, {}))
        limits = SLO(latency_s=6.0)
        await start(app, context=session(slo=limits))
        await asyncio.sleep(3600.0)
        s = session()
        await answer(app, decision("approve"), context=s)
        return s.record

    record = run(main())
    assert record.spent.machine_s == pytest.approx(5.0)
    assert record.spent.human_s == pytest.approx(3600.0)


def test_a_deadline_counts_what_was_spent_before_the_wait():
    """Four of five seconds are gone when the person answers."""

    async def main():
        app = chain(("a", slow(4.0)[0], {"human": "always"}), ("b", slow(60.0)[0], {}))
        await start(app, context=session(slo=SLO(latency_s=5.0)))
        await asyncio.sleep(3600.0)
        resumed_s = now_s()
        with pytest.raises(RunFailed, match="run: latency_s limit 5"):
            await answer(app, decision("approve"))
        return now_s() - resumed_s

    assert run(main()) == pytest.approx(1.0)


def test_people_asked_one_after_the_other_wait_once():
    """Two questions stay open side by side; each hour of it counts once."""

    async def main():
        app = two_questions()
        await start(app)
        for name in ("a", "b"):
            await asyncio.sleep(3600.0)
            s = session()
            asked = questions(await app.ainvoke(None, THREAD))[name]
            await answer(app, {asked["question_id"]: decision("approve")}, context=s)
        return s.record.spent

    assert run(main()).human_s == pytest.approx(7200.0)


def two_questions():
    """Two steps side by side that both ask."""
    return arms("ab", lambda name: says(log=[name]), human="always")


def test_time_in_which_the_machine_works_on_is_not_people_s():
    """One arm asks at once, the other works ten seconds; then the person takes a minute."""
    workers = {"a": says(log=["a"]), "b": slow(10.0, log=["b"])[0]}

    async def main(database):
        app = arms("ab", workers.get, after={"a": {"human": "always"}}, database=database)
        await start(app)
        await asyncio.sleep(60.0)
        s = session()
        await answer(app, decision("approve"), context=s)
        return s.record.spent

    spent = run(main(None))
    assert (spent.machine_s, spent.human_s) == (pytest.approx(10.0), pytest.approx(60.0))


def test_a_hedge_rescues_a_slow_call():
    """The second call starts after its delay and wins; the first is cancelled and paid."""
    calls = iter([60.0, 0.5])

    async def worker(state):
        await asyncio.sleep(next(calls))
        return {"n": 1}

    _, took_s = timed(step(worker, hedge_after_s=1.0), session())
    assert took_s == pytest.approx(1.5)


def test_a_blocking_worker_cannot_hold_a_run_past_its_deadline():
    """Its thread goes on, the run does not wait for it."""
    release = threading.Event()

    async def main():
        app = step(lambda state: release.wait(5.0) and None, budget=Budget(latency_s=0.05))
        try:
            with pytest.raises(RunFailed, match="latency_s"):
                await start(app)
        finally:
            release.set()

    asyncio.run(main())
