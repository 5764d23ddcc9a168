"""The algebra against everything that can happen, one case at a time."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surestep.budgets import Assurance, CheckProfile, PersonProfile, StepProfile
from surestep.budgets.algebra import Class, treated
from surestep.budgets.algebra.ballots import Vote as Numbers
from surestep.budgets.algebra.ballots import ballot
from surestep.verifiers import Vote, VoteTally

rates = st.floats(0.0, 1.0)
checks = st.builds(CheckProfile, accept_ok=rates, accept_bad=rates, latency_s=st.just(1.0))
persons = st.builds(
    PersonProfile, minutes=st.just(1.0), fix=rates, accept_ok=rates, accept_bad=rates
)
steps = st.builds(
    StepProfile,
    success=rates,
    latency_s=st.just(2.0),
    retry_success=st.none() | rates,
    checks=st.fixed_dictionaries({"a": checks, "b": checks}),
)
numbers = st.builds(
    Numbers,
    ahead_by=st.integers(1, 3),
    first=st.integers(1, 4),
    wave=st.integers(1, 3),
    cap=st.integers(4, 6),
)

Ending = tuple[str, int]


def _attempts(
    step: StepProfile, quorum: int, tries: int, rate: float
) -> Iterator[tuple[float, bool, int]]:
    """Each course of up to `tries` attempts: its probability, its last output, and its number.

    The number is negative if that output was refused.
    """
    for right in (True, False):
        made = rate if right else 1.0 - rate
        for verdicts in itertools.product((True, False), repeat=2):
            chance = made
            for check, yes in zip(step.checks.values(), verdicts, strict=True):
                accept = check.accept_ok if right else check.accept_bad
                chance *= accept if yes else 1.0 - accept
            if sum(verdicts) >= quorum:
                yield chance, right, 1
            elif tries == 1:
                yield chance, right, -1
            else:
                again = step.success if right or step.retry_success is None else step.retry_success
                for later, last, number in _attempts(step, quorum, tries - 1, again):
                    yield chance * later, last, number + int(math.copysign(1, number))


@settings(deadline=None)
@given(steps, st.integers(1, 2), st.integers(0, 2))
def test_retries_come_to_what_all_verdicts_say(
    step: StepProfile, quorum: int, retries: int
) -> None:
    """Reliability, and the whole law of the time: three seconds an attempt."""
    ends: Counter[Ending] = Counter()
    times: Counter[int] = Counter()
    for chance, right, number in _attempts(step, quorum, retries + 1, step.success):
        ends["stopped" if number < 0 else "right" if right else "wrong", 0] += chance
        times[abs(number)] += chance
    found = treated(step, Assurance(quorum=quorum, retries=retries), tick_s=1.0)
    expected = [ends[name, 0] for name in ("right", "wrong", "stopped")]
    assert [found.right, found.wrong, found.stopped] == pytest.approx(expected, abs=1e-12)
    assert found.right + found.wrong + found.stopped == pytest.approx(1.0, abs=1e-12)
    for number in range(1, retries + 2):
        share = found.advance.pmf[3 * number] if 3 * number <= found.advance.longest else 0.0
        assert share == pytest.approx(times[number], abs=1e-12)


@settings(deadline=None)
@given(steps, persons, st.integers(0, 1))
def test_a_person_who_approves_comes_to_what_all_decisions_say(
    step: StepProfile, person: PersonProfile, retries: int
) -> None:
    """Accepted, rejected and redone, rejected and fixed."""
    good = bad = questions = 0.0

    def decided(rate: float, weight: float, *, again: bool) -> None:
        nonlocal good, bad, questions
        for chance, right, number in _attempts(step, 2, retries + 1, rate):
            mass = weight * chance
            questions += mass
            if number < 0:
                good, bad = good + mass * person.fix, bad + mass * (1.0 - person.fix)
                continue
            accept = person.accept_ok if right else person.accept_bad
            good, bad = good + mass * accept * right, bad + mass * accept * (not right)
            mass *= 1.0 - accept
            if again:
                other = step.success if right or step.retry_success is None else step.retry_success
                decided(other, mass, again=False)
            else:
                questions += mass
                good, bad = good + mass * person.fix, bad + mass * (1.0 - person.fix)

    decided(step.success, 1.0, again=True)
    # The retry's success has a meaning without retries here: a person's rejection is one.
    found = treated(step, Assurance(human="always", retries=retries), person=person, tick_s=1.0)
    assert [found.right, found.wrong, found.human_minutes] == pytest.approx(
        [good, bad, questions], abs=1e-10
    )


@settings(deadline=None)
@given(steps, rates, rates, rates)
def test_classes_come_to_the_mixture_of_what_each_comes_to(
    step: StepProfile, share: float, hard: float, easy: float
) -> None:
    """Each task keeps its class through all attempts."""
    step = StepProfile(success=0.5, latency_s=2.0, checks=step.checks)
    alone = [
        treated(
            StepProfile(success=rate, latency_s=2.0, checks=step.checks), Assurance(), tick_s=1.0
        )
        for rate in (hard, easy)
    ]
    kinds = [Class(share, hard), Class(1.0 - share, easy)]
    found = treated(step, Assurance(), tick_s=1.0, classes=kinds)
    for name in ("right", "wrong", "stopped", "worker_calls"):
        one, two = (getattr(each, name) for each in alone)
        assert getattr(found, name) == pytest.approx(share * one + (1.0 - share) * two, abs=1e-12)


def _orders(vote: Numbers) -> Iterator[tuple[tuple[str, ...], VoteTally, int, int]]:
    """Each order in which samples can come, as the engine's own tally counts it.

    With it: from which sample on its leader was bet on, and how often the bet changed.
    """
    rules = Vote(ahead_by=vote.ahead_by, first=vote.first, wave=vote.wave, cap=vote.cap)
    seen: set[tuple[str, ...]] = set()
    for order in itertools.product("rws", repeat=vote.cap):
        tally, counts = VoteTally(rules), Counter[str]()
        bet, since, switched, drawn = "", 0, 0, 0
        while wave := tally.next_wave():
            for _ in range(wave):
                answer = order[drawn] if order[drawn] != "s" else f"s{drawn}"
                tally.add(answer)
                counts[answer] += 1
                if not bet or counts.most_common(1)[0][1] > counts[bet]:
                    switched += bool(bet)
                    bet, since = counts.most_common(1)[0][0], drawn
                drawn += 1
        if order[:drawn] not in seen:
            seen.add(order[:drawn])
            yield order[:drawn], tally, since, switched


@settings(max_examples=25, deadline=None)
@given(numbers)
def test_votes_end_as_the_tally_of_the_engine_ends_them_in_every_order(vote: Numbers) -> None:
    """By the samples of each kind, whose numbers the algebra only counts."""
    if vote.cap < max(vote.first, vote.ahead_by):
        return
    expected: Counter[tuple[object, ...]] = Counter()
    switches: Counter[tuple[int, int, int]] = Counter()
    for order, tally, since, switched in _orders(vote):
        right, agreed = order.count("r"), order.count("w")
        end = ("stuck", 0)
        if tally.decided:
            end = ("right" if tally.winner == "r" else "wrong", since)
        expected[len(order), right, agreed, *end] += 1
        switches[len(order), right, agreed] += switched
    found: Counter[tuple[object, ...]] = Counter()
    for wave in ballot(vote, tuple(range(1, vote.cap + 1))):
        for right, agreed in np.ndindex(wave.stuck.shape):
            place = wave.samples, right, agreed
            for name, kinds in (("right", wave.right), ("wrong", wave.wrong)):
                for since, counts in zip(wave.since, kinds, strict=True):
                    found[*place, name, since] += counts[right, agreed]
            found[*place, "stuck", 0] += wave.stuck[right, agreed]
            assert wave.switched[right, agreed] == switches[place]
    assert +found == +expected


@settings(max_examples=25, deadline=None)
@given(numbers, rates, rates)
def test_votes_come_to_what_every_order_of_samples_says(
    vote: Numbers, success: float, alike: float
) -> None:
    """Wrong samples agree with the square root of `alike`, two of them thus with `alike`."""
    if vote.cap < max(vote.first, vote.ahead_by):
        return
    agree = math.sqrt(alike)
    chances = {
        "r": success,
        "w": (1.0 - success) * agree,
        "s": (1.0 - success) * (1.0 - agree),
    }
    ends: Counter[str] = Counter()
    calls = 0.0
    for order, tally, _, _ in _orders(vote):
        chance = math.prod(chances[sample] for sample in order)
        calls += chance * len(order)
        won = tally.decided and tally.winner == "r"
        ends["right" if won else "wrong" if tally.decided else "stopped"] += chance
    how = {"ahead_by": vote.ahead_by, "first": vote.first, "wave": vote.wave, "cap": vote.cap}
    step = StepProfile(success=success, latency_s=1.0, alike=alike)
    found = treated(step, Assurance(vote=how), tick_s=1.0)
    assert [found.right, found.wrong, found.stopped, found.worker_calls] == pytest.approx(
        [ends["right"], ends["wrong"], ends["stopped"], calls], abs=1e-10
    )


@settings(max_examples=25, deadline=None)
@given(steps, st.integers(1, 3))
def test_samples_come_to_what_all_times_and_verdicts_say(step: StepProfile, count: int) -> None:
    """The first accepted of several, with workers of two speeds and checks of two."""
    check = CheckProfile(
        accept_ok=step.checks["a"].accept_ok,
        accept_bad=step.checks["a"].accept_bad,
        latencies_s=(1.0, 3.0),
    )
    step = StepProfile(success=step.success, latencies_s=(1.0, 2.0), checks={"a": check})
    one = []
    for work, judge, right, yes in itertools.product((1, 2), (1, 3), (True, False), (True, False)):
        accept = check.accept_ok if right else check.accept_bad
        chance = (step.success if right else 1.0 - step.success) * (accept if yes else 1.0 - accept)
        one.append((chance / 4.0, work + judge, right, yes))
    good = bad = 0.0
    times: Counter[int] = Counter()
    for drawn in itertools.product(one, repeat=count):
        chance = math.prod(sample[0] for sample in drawn)
        accepted = [sample for sample in drawn if sample[3]]
        first = min((sample[1] for sample in accepted), default=max(one[1] for one in drawn))
        times[first] += chance
        # Which of several accepted at once goes on is left to chance.
        ties = [sample[2] for sample in accepted if sample[1] == first]
        good += chance * sum(ties) / max(1, len(ties))
        bad += chance * (len(ties) - sum(ties)) / max(1, len(ties))
    found = treated(step, Assurance(samples=count, retries=0), tick_s=1.0)
    assert [found.right, found.wrong] == pytest.approx([good, bad], abs=1e-12)
    law = [found.advance.pmf[t] if t <= found.advance.longest else 0.0 for t in range(6)]
    assert law == pytest.approx([times[t] for t in range(6)], abs=1e-12)
