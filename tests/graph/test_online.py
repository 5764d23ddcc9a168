"""Planners that decide on each output while a run goes, and deadlines that change meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START

from surestep import SLO, Assurance, Output, Plan, Profile, VerifiedGraph, session
from surestep.budgets import CheckProfile, StepProfile
from surestep.budgets.planner import Choice, Finding, Moment, Next
from surestep.budgets.planner.online.policy import Policy
from surestep.budgets.planner.online.threshold import Threshold
from surestep.budgets.profiled import Confidence
from surestep.errors import PlanError, RunFailed
from surestep.graph import Session, VerifiedApp
from surestep.storage import Event
from surestep.testing import run
from surestep.verifiers import Rule
from tests.graph.graphs import Log, thread


def worker(name: str, *, sure: float | None = None, takes_s: float = 0.0):
    """A worker that is so sure of its output, and takes so long."""

    async def work(state: Log) -> Output:
        await asyncio.sleep(takes_s)
        return Output({"log": [name]}, confidence=sure)

    return work


def verifier(name: str, heard: list[str], *, accepts: bool = True, takes_s: float = 0.0) -> Rule:
    """A verifier that notes that it was asked."""

    async def check(state: object, update: object) -> bool:
        heard.append(name)
        await asyncio.sleep(takes_s)
        return accepts

    return Rule(check, name=name)


class Script:
    """A planner that does as told, one answer after another, and keeps what it was asked."""

    def __init__(self, *answers: Next | None) -> None:
        self.answers = list(answers)
        self.findings: list[Finding] = []

    def __call__(self, moment: Moment) -> None:
        """Nothing."""

    def after(self, finding: Finding) -> Next | None:
        """The next line."""
        self.findings.append(finding)
        return self.answers.pop(0)


def one_step(heard: list[str], *, sure: float | None = None, **accepts: bool) -> VerifiedGraph:
    """A graph of one step with these verifiers."""
    graph = VerifiedGraph(Log)
    verifiers = [verifier(name, heard, accepts=yes) for name, yes in accepts.items()]
    graph.add_step("a", worker("a", sure=sure), verifiers=verifiers, retries=1)
    graph.add_edge(START, "a")
    return graph


def ended(app: VerifiedApp, planner: object, **options: object) -> tuple[Session, list[Event]]:
    """The session of a run under a planner, and its events."""
    s, events = session(planner=planner, **options), list[Event]()
    s.listen(events.append)
    run(app.ainvoke({"log": []}, thread(), context=s))
    return s, events


CHECK_X = Next(action="check", verifiers=("x",))


def test_an_output_may_go_on_unchecked() -> None:
    """It is recorded as unverified, with the planner's reason, and traced with the alternative."""
    heard: list[str] = []
    accept = Next(action="accept", why="98% sure", instead="rather than ask x")
    s, events = ended(one_step(heard, x=True).compile(InMemorySaver()), Script(accept))

    assert heard == []
    assert s.record.steps["a"].outcome == "unverified"
    assert s.record.steps["a"].reason == "98% sure"
    [decision] = [event for event in events if event.kind == "decision"]
    assert decision.data == {
        "action": "accept",
        "verifiers": [],
        "why": "98% sure",
        "instead": "rather than ask x",
    }


def test_a_planner_sees_the_confidence_and_the_verdicts_so_far() -> None:
    """It is asked again after each verdict."""
    script = Script(CHECK_X, Next(action="accept"))
    s, _ = ended(one_step([], sure=0.7, x=True, y=True).compile(InMemorySaver()), script)

    first, second = script.findings
    assert (first.confidence, first.verdicts, first.unasked) == (0.7, (), ("x", "y"))
    assert [verdict.verifier for verdict in second.verdicts] == ["x"]
    assert second.unasked == ("y",)
    assert s.record.steps["a"].outcome == "verified"


def test_nothing_said_leaves_it_to_all_verifiers() -> None:
    """Those that have been asked are not asked again."""
    heard: list[str] = []
    ended(one_step(heard, x=True, y=True).compile(InMemorySaver()), Script(CHECK_X, None))

    assert heard == ["x", "y"]


def test_a_refusal_stands() -> None:
    """The planner is not asked about it, and the step is tried again."""
    script = Script(CHECK_X, CHECK_X)
    app = one_step([], x=False).compile(InMemorySaver())

    with pytest.raises(RunFailed):
        ended(app, script)
    assert [(one.attempt, one.last) for one in script.findings] == [(1, False), (2, True)]


def test_an_output_may_be_redone_without_asking_anybody() -> None:
    """The worker gets the reason as feedback."""
    heard: list[str] = []
    redo = Next(action="redo", why="30% sure, and time to spare")
    s, events = ended(
        one_step(heard, x=True).compile(InMemorySaver()), Script(redo, Next(action="accept"))
    )

    assert heard == []
    assert s.record.steps["a"].attempts == 2
    [retry] = [event for event in events if event.kind == "retry"]
    assert "30% sure" in str(retry.data["why"])


def test_what_goes_on_before_its_verdicts_is_decided_on_too() -> None:
    """A bet is settled by what the planner wants to hear."""
    heard: list[str] = []
    graph = one_step(heard, x=True, y=True)
    graph.add_step("b", worker("b"))
    graph.add_edge("a", "b")
    script = Script(CHECK_X, Next(action="accept"))
    plan = Plan(default=Assurance(mode="speculative"))
    s, _ = ended(graph.compile(InMemorySaver(), plan=plan), script)

    assert heard == ["x"]
    assert s.record.steps["a"].outcome == "verified"


def test_a_bet_accepted_without_a_verdict_is_unverified() -> None:
    """As it is without speculation."""
    graph = one_step([], x=True)
    graph.add_step("b", worker("b"))
    graph.add_edge("a", "b")
    plan = Plan(default=Assurance(mode="speculative"))
    accept = Next(action="accept", why="sure")
    s, _ = ended(graph.compile(InMemorySaver(), plan=plan), Script(accept))

    assert (s.record.steps["a"].outcome, s.record.steps["a"].reason) == ("unverified", "sure")


def test_a_choice_before_a_step_is_traced_with_its_reason_and_the_alternative() -> None:
    """As a switch by the planner."""

    def planner(moment: Moment) -> Choice:
        off = Assurance(mode="off")
        return Choice(assurance=off, why="2 s left", instead="rather than ask x")

    _, events = ended(one_step([], x=False).compile(InMemorySaver()), planner)

    [switch] = [event for event in events if event.kind == "switch"]
    assert switch.data["why"] == "2 s left, rather than ask x"


SURE = (Confidence(said=0.5, right=0.75, trials=30), Confidence(said=0.95, right=0.99, trials=70))


def timed_chain(
    heard: list[str], sure: Mapping[str, float], *, checks_s: float = 1.0
) -> VerifiedGraph:
    """Steps of 1 s with checks of 1 s, each so sure of its output."""
    graph, before = VerifiedGraph(Log), START
    for name, confidence in sure.items():
        check = verifier("judge", heard, takes_s=checks_s)
        work = worker(name, sure=confidence, takes_s=1.0)
        graph.add_step(name, work, verifiers=[check], retries=1)
        graph.add_edge(before, name)
        before = name
    return graph


def policy_of(names: str, slo: SLO) -> Policy:
    """The policy of a chain of such steps."""
    check = CheckProfile(accept_ok=0.97, accept_bad=0.1, latency_s=1.0)
    step = StepProfile(
        success=0.918,
        latency_s=1.0,
        retry_success=0.6,
        calibration=SURE,
        checks={"judge": check},
    )
    return Policy.of(Profile.of(dict.fromkeys(names, step)), slo, Plan.everything())


def test_a_policy_checks_the_unsure_while_time_is_short() -> None:
    """5.5 s for four steps of 1 s leave time for one check, and it goes to the one in doubt."""
    heard: list[str] = []
    slo = SLO(latency_s=5.5)
    app = timed_chain(heard, {"a": 0.95, "b": 0.95, "c": 0.5, "d": 0.95}).compile(InMemorySaver())
    s, events = ended(app, policy_of("abcd", slo), slo=slo)

    outcomes = [step.outcome for step in s.record.steps.values()]
    assert outcomes == ["unverified", "unverified", "verified", "unverified"]
    said = [event for event in events if event.kind in ("decision", "switch")]
    assert all("s left" in str(event.data["why"]) for event in said)


def test_a_policy_checks_everything_with_time_to_spare() -> None:
    """The same run under a later deadline."""
    heard: list[str] = []
    slo = SLO(latency_s=30.0)
    app = timed_chain(heard, {"a": 0.95, "b": 0.5}).compile(InMemorySaver())
    ended(app, policy_of("ab", slo), slo=slo)

    assert heard == ["judge", "judge"]


def test_a_policy_leaves_alone_what_somebody_has_switched() -> None:
    """A person's switch outranks it."""
    heard: list[str] = []
    slo = SLO(latency_s=30.0)
    app = timed_chain(heard, {"a": 0.95, "b": 0.5}).compile(InMemorySaver())
    s = session(slo=slo, planner=policy_of("ab", slo))
    s.switch("b", mode="off", why="I know this one", by="Ada")
    run(app.ainvoke({"log": []}, thread(), context=s))

    assert heard == ["judge"]


def test_what_somebody_has_switched_stays_so_after_a_resume() -> None:
    """The thread remembers what is not the planner's to decide on."""
    heard: list[str] = []
    slo = SLO(latency_s=30.0)
    graph = timed_chain(heard, {"a": 0.95, "b": 0.5})
    app = graph.compile(InMemorySaver(), interrupt_before=["b"])

    async def went() -> None:
        s = session(slo=slo, planner=policy_of("ab", slo))
        s.switch("b", mode="off", why="I know this one", by="Ada")
        await app.ainvoke({"log": []}, thread(), context=s)
        again = session(planner=policy_of("ab", slo))
        await app.ainvoke(None, thread(), context=again)

    run(went())
    assert heard == ["judge"]


def test_a_policy_decides_by_a_deadline_that_has_changed() -> None:
    """A deadline brought forward in the middle of a run spares the checks after it."""
    heard: list[str] = []
    slo = SLO(latency_s=30.0)
    graph = timed_chain(heard, {"a": 0.95, "b": 0.95, "c": 0.95})
    s = session(slo=slo, planner=policy_of("abc", slo))

    async def went() -> object:
        asyncio.get_running_loop().call_later(
            1.5, lambda: s.change(slo=SLO(latency_s=4.4), why="the customer is waiting", by="Ada")
        )
        return await graph.compile(InMemorySaver()).ainvoke({"log": []}, thread(), context=s)

    events: list[Event] = []
    s.listen(events.append)
    run(went())
    assert heard == ["judge"]
    [change] = [event for event in events if event.kind == "change"]
    assert change.data["by"] == "Ada"
    assert change.data["slo"] == {"latency_s": 4.4, "confidence": 0.95}


def test_the_threshold_planner_looks_at_the_confidence_alone() -> None:
    """From its threshold on, nothing is checked."""
    heard: list[str] = []
    app = timed_chain(heard, {"a": 0.95, "b": 0.5}).compile(InMemorySaver())
    ended(app, Threshold(0.9))

    assert heard == ["judge"]


def slow(after_s: float, slo: SLO, *, takes_s: float) -> tuple[float, Session]:
    """The machine time of a run of one call under 5 s, whose SLO is changed on the way."""
    s = session(slo=SLO(latency_s=5.0))
    graph = VerifiedGraph(Log)
    graph.add_step("a", worker("a", takes_s=takes_s), retries=0)
    graph.add_edge(START, "a")

    async def went() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(after_s, lambda: s.change(slo=slo, why="as asked"))
        await graph.compile().ainvoke({"log": []}, context=s)

    with contextlib.suppress(RunFailed):
        run(went())
    return s.record.spent.machine_s, s


def test_a_later_deadline_lets_a_call_go_on() -> None:
    """It was under way already."""
    machine_s, s = slow(2.0, SLO(latency_s=20.0), takes_s=8.0)

    assert s.record.outcome == "succeeded"
    assert machine_s == pytest.approx(8.0, abs=0.1)


def test_an_earlier_deadline_cuts_a_call_off() -> None:
    """So does one that has passed already, at once."""
    assert slow(1.0, SLO(latency_s=3.0), takes_s=8.0)[0] == pytest.approx(3.0, abs=0.1)
    assert slow(2.0, SLO(latency_s=1.0), takes_s=8.0)[0] == pytest.approx(2.0, abs=0.1)


def test_a_lifted_deadline_lets_a_call_go_on_for_ever() -> None:
    """An SLO without one."""
    assert slow(2.0, SLO(), takes_s=8.0)[1].record.outcome == "succeeded"


def test_a_limit_on_money_holds_from_its_change_on() -> None:
    """Raised or lowered, the ledger has the new one."""
    _, s = slow(1.0, SLO(latency_s=9.0, cost_usd=0.25), takes_s=2.0)

    assert s._live is not None
    assert s._live.till.ledger.remaining_usd == 0.25


def test_a_changed_slo_is_kept_with_the_thread() -> None:
    """A resume without context goes on under it."""

    async def went() -> SLO:
        graph = timed_chain([], {"a": 0.9, "b": 0.9})
        app = graph.compile(InMemorySaver(), interrupt_before=["b"])
        s = session(slo=SLO(latency_s=20.0))
        asyncio.get_running_loop().call_later(0.5, lambda: s.change(slo=SLO(latency_s=9.0), why=""))
        await app.ainvoke({"log": []}, thread(), context=s)
        again = session()
        await app.ainvoke(None, thread(), context=again)
        assert again._live is not None
        return again._live.options.slo

    assert run(went()) == SLO(latency_s=9.0)


def test_only_an_slo_can_be_changed_to() -> None:
    """Before anything happens."""
    with pytest.raises(PlanError, match="Give an SLO"):
        session().change(slo={"latency_s": 3}, why="wrong type")  # type: ignore[arg-type]
