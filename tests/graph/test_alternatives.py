"""Several samples of a step: the run goes on with the one that leads, and swaps if it has to."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START

from surestep import Assurance, Plan, Verdict, VerifiedGraph, session
from surestep.budgets.tally import Difficulty, Strength, Tally
from surestep.errors import RunFailed
from surestep.graph.session import Session
from surestep.testing import run
from surestep.verifiers import Vote
from tests.graph.graphs import Log, thread

QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)
TALLY = Tally(
    risk=0.001,
    classes=(Difficulty(share=1.0, success=0.9),),
    checks={"check": Strength(accept_ok=0.95, accept_bad=0.1)},
    first=2,
)
HOW: dict[str, dict[str, Any]] = {
    "one": {},
    "samples": {"samples": 3},
    "vote": {"vote": True},
    "tally": {"tally": TALLY},
}


class Chain:
    """A chain of steps whose samples differ in what they say and in how long they take.

    Args:
        answers: what the samples of each visit of the first step say; other steps say their name.
        seconds: how long each of those samples takes.
        refused: answers the check refuses.
        length: how many steps there are.
    """

    def __init__(
        self, answers: str, seconds: list[float], *, refused: str = "", length: int = 3
    ) -> None:
        self.answers, self.seconds, self.refused, self.length = answers, seconds, refused, length
        self.calls: Counter[str] = Counter()

    def worker(self, name: str) -> Any:
        """A worker that takes a second, unless it is the first step's."""

        async def work(state: Log) -> dict[str, object]:
            place = self.calls[name]
            self.calls[name] += 1
            if name != "s0":
                await asyncio.sleep(1.0)
                return {"log": [name]}
            await asyncio.sleep(self.seconds[place % len(self.seconds)])
            return {"log": [self.answers[place % len(self.answers)]]}

        return work

    async def check(self, state: object, update: Any) -> bool:
        """A check of a second."""
        await asyncio.sleep(1.0)
        return update["log"][0] not in self.refused

    def graph(self) -> VerifiedGraph:
        """The chain."""
        graph, before = VerifiedGraph(Log), START
        for place in range(self.length):
            name, first = f"s{place}", place == 0
            checks: list[Any] = [self.check]
            graph.add_step(name, self.worker(name), verifiers=[*checks, Vote()][: 1 + first])
            graph.add_edge(before, name)
            before = name
        return graph


def treated(**how: Any) -> Plan:
    """Everything speculative; the first step has this many samples, or this vote."""
    others = Assurance(mode="speculative")
    first = Assurance(mode="speculative", **({"vote": False} | how if "tally" not in how else how))
    return Plan({"s0": first}, default=others)


async def finished(chain: Chain, plan: Plan) -> tuple[list[str], float, Session]:
    """The log of a run, how many seconds it took, and its session."""
    loop, s = asyncio.get_running_loop(), session()
    began = loop.time()
    app = chain.graph().compile(checkpointer=InMemorySaver(), plan=plan)
    state = await app.ainvoke({"log": []}, thread(), context=s)
    return state["log"], loop.time() - began, s


def test_a_rejection_costs_only_the_swap() -> None:
    """The second sample has been accepted by the time the first is refused."""
    chain = Chain("xa", [1.0, 1.0], refused="x")
    log, seconds, s = run(finished(chain, treated(samples=2)))

    # The first step's draw, its checks, two more steps, and the last one's check.
    assert (log, seconds) == (["a", "s1", "s2"], pytest.approx(5.0))
    assert (s.record.steps["s0"].outcome, s.record.steps["s0"].attempts) == ("verified", 2)


def test_without_an_alternative_it_costs_a_redo() -> None:
    """One worker call more than the swap."""
    log, seconds, _ = run(finished(Chain("xa", [1.0], refused="x"), treated()))
    assert (log, seconds) == (["a", "s1", "s2"], pytest.approx(6.0))


def test_nothing_waits_for_the_samples_that_stand_by() -> None:
    """The run goes on with the first one that comes in."""
    chain = Chain("ab", [1.0, 9.0])
    log, seconds, _ = run(finished(chain, treated(samples=2)))
    assert (log, seconds) == (["a", "s1", "s2"], pytest.approx(4.0))


def test_a_swap_waits_for_a_sample_that_is_still_under_way() -> None:
    """Nothing is drawn anew while one may yet be right."""
    chain = Chain("xa", [1.0, 2.5], refused="x")
    log, seconds, _ = run(finished(chain, treated(samples=2)))

    assert (log, chain.calls["s0"]) == (["a", "s1", "s2"], 2)
    assert seconds == pytest.approx(2.5 + 2.0 + 1.0)


def test_when_all_samples_are_refused_the_step_draws_again() -> None:
    """As it would had it waited."""
    chain = Chain("xya", [1.0, 1.0, 1.0], refused="xy")
    log, _, s = run(finished(chain, treated(samples=2)))
    assert (log, s.record.steps["s0"].outcome) == (["a", "s1", "s2"], "repaired")


def test_a_vote_goes_on_with_whoever_leads() -> None:
    """The second and third sample outvote the first after half a second."""
    chain = Chain("xaaaa", [1.0, 1.5, 1.5])
    log, seconds, s = run(finished(chain, treated(vote=True)))

    # Two more samples are asked for at 1.5 s and are in at 3.0 s; the winner is checked then,
    # while the steps behind it are done at 3.5 s, and the last one's check at 4.5 s.
    assert (log, seconds) == (["a", "s1", "s2"], pytest.approx(4.5))
    assert (chain.calls["s0"], s.record.steps["s0"].attempts) == (5, 5)


def test_a_tally_commits_as_soon_as_the_evidence_suffices() -> None:
    """Two samples that agree and one accepting check are worth more than 1 in 1000."""
    chain = Chain("aa", [1.0, 1.0])
    log, seconds, s = run(finished(chain, treated(tally=TALLY)))

    verdicts = s.record.steps["s0"].verdicts
    assert (log, seconds) == (["a", "s1", "s2"], pytest.approx(4.0))
    assert [(one.verifier, one.status) for one in verdicts] == [
        ("check", "pass"),
        ("tally", "pass"),
    ]


def test_a_tally_that_cannot_decide_is_inconclusive() -> None:
    """No answer is likely enough after as many samples as are allowed."""
    chain = Chain("abcdefghi", [1.0], length=1)
    s = session()
    app = chain.graph().compile(plan=treated(tally=TALLY))
    with pytest.raises(RunFailed, match="is right at"):
        run(app.ainvoke({"log": []}, context=s))
    assert chain.calls["s0"] == TALLY.cap


def test_losing_samples_are_cancelled_and_paid_for() -> None:
    """They stop when the draw is decided, not when the run ends."""
    chain = Chain("abc", [1.0, 50.0, 50.0])
    _, seconds, _ = run(finished(chain, treated(samples=3)))
    assert seconds == pytest.approx(4.0)


@settings(max_examples=60, deadline=None, phases=QUICKLY)
@given(
    st.sampled_from(sorted(HOW)),
    st.text("abx", min_size=9, max_size=9),
    st.lists(st.integers(1, 60), min_size=9, max_size=9, unique=True),
)
def test_drawing_several_ends_as_waiting_for_them_does(
    how: str, answers: str, tenths: list[int]
) -> None:
    """Whatever the samples say, and in whatever order they come in."""
    ends = []
    for mode in ("serial", "speculative"):
        chain = Chain(answers, [one / 10 for one in tenths], refused="x")
        plan = treated(**HOW[how])
        first = plan.of("s0").changed("s0", {"mode": mode})
        app = chain.graph().compile(plan=Plan({"s0": first}, default=Assurance(mode=mode)))  # type: ignore[arg-type]
        try:
            ends.append(run(app.ainvoke({"log": []}))["log"])
        except RunFailed as error:
            ends.append([type(error).__name__])
    assert ends[0] == ends[1]


def test_a_quorum_of_verifiers_suffices() -> None:
    """Two of three, and the third may object."""
    chance = random.Random(0)
    graph = VerifiedGraph(Log)

    def says(status: str) -> Any:
        async def check(state: object, update: object) -> Verdict:
            await asyncio.sleep(chance.random())
            return Verdict(status, verifier=status)  # type: ignore[arg-type]

        return check

    verdicts = ["pass", "pass", "fail"]
    checks = [_named(says(status), f"c{place}") for place, status in enumerate(verdicts)]
    graph.add_step("s0", lambda state: {"log": ["a"]}, verifiers=checks, retries=0)
    graph.add_edge(START, "s0")
    app = graph.compile(plan=Plan({"s0": Assurance(quorum=2)}))

    assert run(app.ainvoke({"log": []}))["log"] == ["a"]


def _named(check: Any, name: str) -> Any:
    check.__name__ = name
    return check
