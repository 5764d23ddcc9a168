"""The small parts: limits, sessions, runs in the background, waterfalls, words."""

import asyncio

import pytest

from surestep.errors import StoreError
from surestep.storage import Event
from surestep.testing import run
from surestep.web import words
from surestep.web.limits import Limiter
from surestep.web.reviewers import Reviewers
from surestep.web.runs import Background
from surestep.web.sessions import LASTS_S, Sessions
from surestep.web.waterfall import COLUMNS, waterfall
from tests.web.desk import asked


def test_a_limit_lets_requests_in_again_as_time_goes_by():
    """Six a minute are one every ten seconds, once all six are used."""

    async def body():
        limiter = Limiter(6)
        first = [limiter.wait_s("ann") for _ in range(7)]
        await asyncio.sleep(10.0)
        return first, limiter.wait_s("ann"), limiter.wait_s("ann"), limiter.wait_s("bob")

    first, later, again, other = run(body())
    assert (first[:6], later, other) == ([0.0] * 6, 0.0, 0.0)
    assert first[6] == pytest.approx(10.0)
    assert again == pytest.approx(10.0)


def test_many_names_do_not_fill_the_memory_of_a_limit():
    """Those that could not be told from newcomers are forgotten."""
    limiter = Limiter(1)
    for number in range(25_000):
        limiter.wait_s(str(number))
    assert len(limiter._left) <= 10_000


def test_a_session_that_is_not_used_ends(tmp_path):
    """One that is used goes on."""
    people = Reviewers(tmp_path / "reviewers.json")
    people.add("ann", "reviewer")

    async def body():
        sessions = Sessions()
        name = sessions.start(people.all()[0])
        await asyncio.sleep(LASTS_S - 1.0)
        used = sessions.find(name, people)
        await asyncio.sleep(LASTS_S - 1.0)
        still = sessions.find(name, people)
        await asyncio.sleep(LASTS_S + 1.0)
        return used, still, sessions.find(name, people)

    used, still, later = run(body())
    assert used[1].name == still[1].name == "ann"
    assert later is None


class Slow:
    """Runs that take a second each, and note how many go on at once."""

    def __init__(self, error=None):
        self.error, self.now, self.most = error, {}, {}

    async def go_on(self, question, *, actor):
        """Take a second."""
        name = question.thread_id
        self.now[name] = self.now.get(name, 0) + 1
        self.most[name] = max(self.most.get(name, 0), self.now[name])
        await asyncio.sleep(1.0)
        self.now[name] -= 1
        if self.error:
            raise self.error
        return "succeeded"


def test_one_run_of_a_thread_goes_on_at_a_time():
    """Those of other threads beside it."""

    async def body():
        slow = Slow()
        background = Background(slow)
        for number in (1, 1, 1, 2, 3):
            background.start(asked(number), actor="ann")
        during = background.standing("T1")
        start = asyncio.get_running_loop().time()
        await background.wait()
        took = asyncio.get_running_loop().time() - start
        return slow.most, during, background.standing("T1"), took

    most, during, after, took = run(body())
    assert most == {"T1": 1, "T2": 1, "T3": 1}
    assert (during, after, took) == ("going on", "succeeded", pytest.approx(3.0))


@pytest.mark.parametrize(
    ("error", "said"),
    [(StoreError("It is full.", remedy="Mend it."), "It is full."), (KeyError("x"), "KeyError")],
)
def test_a_run_that_cannot_go_on_says_why(error, said):
    """And others are not harmed."""

    async def body():
        background = Background(Slow(error))
        background.start(asked(1), actor="ann")
        await background.wait()
        return background.standing("T1")

    assert run(body()) == f"stopped: {said}{' Mend it.' if said.endswith('.') else ''}"


def test_closing_stops_what_goes_on():
    """At once."""

    async def body():
        background = Background(Slow())
        background.start(asked(1), actor="ann")
        await asyncio.sleep(0.1)
        await background.aclose()
        return asyncio.get_running_loop().time()

    assert run(body()) < 1.0


def test_the_bars_of_a_waterfall_stay_inside():
    """However short what they stand for."""
    kinds = ("step_started", "attempt", "verdict", "settled")
    events = [
        Event(thread_id="t", kind=kind, at=float(at), step="s", visit=1, latency_s=0.001)
        for at, kind in enumerate(kinds)
    ]
    drawn = waterfall(events)

    assert [bar.depth for bar in drawn.bars] == [0, 1, 1]
    assert all(bar.x >= 0.0 and bar.x + bar.width <= COLUMNS + 0.1 for bar in drawn.bars)


def test_a_run_without_events_has_no_waterfall():
    """Nor any cost."""
    assert waterfall(()).bars == ()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (4320, "1 h 12 min"),
        (93600, "1 d 2 h"),
    ],
)
def test_a_length_of_time_is_said_in_its_largest_units(seconds, said):
    """Two at most."""
    assert words.span(seconds) == said
