"""Recording events."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from surestep.storage import Event, Store
from surestep.testing import run
from surestep.testing.clock import WALL_START_S
from surestep.traces import Tracer, redact_keys


def test_a_tracer_nobody_listens_to_is_falsy() -> None:
    """Callers can spare themselves the work."""
    assert not Tracer()


def test_a_tracer_nobody_listens_to_takes_events_all_the_same() -> None:
    """Forgetting the guard costs time, not correctness."""
    Tracer().emit("attempt", number=1)


def test_a_store_makes_a_tracer_truthy_and_gets_its_events(tmp_path: Path) -> None:
    """Events carry the thread, the time of the loop, and whatever data they were given."""
    store = Store.open(tmp_path / "a.db")

    async def main() -> Event:
        tracer = Tracer(store, "t")
        assert tracer
        tracer.emit("answer", step="a", visit=2, kind="approve", cost_usd=0.5)
        return (await store.events("t"))[0]

    stored = run(main())
    store.close()
    assert (stored.kind, stored.step, stored.visit, stored.cost_usd) == ("answer", "a", 2, 0.5)
    assert stored.data == {"kind": "approve"}
    assert stored.at == WALL_START_S


def test_a_listener_hears_until_it_stops() -> None:
    """No database is needed to watch a run."""
    tracer, heard = Tracer(thread_id="t"), list[Event]()
    stop = tracer.listen(heard.append)
    tracer.emit("retry", why="late")
    stop()
    tracer.emit("retry", why="later")
    assert [event.data["why"] for event in heard] == ["late"]
    assert not tracer


def test_stopping_one_listener_keeps_the_others() -> None:
    """Listeners do not know of each other."""
    tracer, first, second = Tracer(), list[Event](), list[Event]()
    stop = tracer.listen(first.append)
    tracer.listen(second.append)
    stop()
    tracer.emit("resume")
    assert (len(first), len(second)) == (0, 1)


def test_a_listener_that_breaks_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """The run goes on, the others hear, and the log says what happened."""
    tracer, heard = Tracer(), list[Event]()

    def broken(_: Event) -> None:
        raise RuntimeError("screen gone")

    tracer.listen(broken)
    tracer.listen(heard.append)
    with caplog.at_level(logging.ERROR):
        tracer.emit("resume")
    assert len(heard) == 1
    assert "screen gone" in caplog.text


def test_a_listener_sees_what_the_store_redacts(tmp_path: Path) -> None:
    """Redaction is for what is kept, not for the person at the terminal."""
    store = Store.open(tmp_path / "a.db", redact=redact_keys("card"))
    tracer, heard = Tracer(store, "t"), list[Event]()
    tracer.listen(heard.append)
    tracer.emit("model_call", input={"card": "4711"})
    stored = run(store.events("t"))[0]
    store.close()
    assert heard[0].data == {"input": {"card": "4711"}}
    assert stored.data == {"input": {"card": "[redacted]"}}
