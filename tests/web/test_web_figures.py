"""Figures of queues, reviewers and steps."""

from xml.etree import ElementTree

import pytest

from surestep.values import Decision
from surestep.web import figures
from tests.web.desk import asked, run

NOW = 1_700_000_000.0


def item(desk, number, *, at, decided_after=None, by="ann", kind="approve", **options):
    """A question that was asked at a time, and decided some seconds later."""
    name = desk.ask(number, asked_at=at, **options)
    if decided_after is not None:
        given = Decision(kind, message="no", actor=by, decided_at=at + decided_after)
        run(desk.store.answer(name, given))
    return run(desk.store.item(name))


def test_a_queue_says_what_waits_and_how_long_it_took(desk):
    """Open, at stake, oldest; of what was decided the quantiles of the wait."""
    decided = [item(desk, 10 + one, at=NOW - 1000, decided_after=60.0 * one) for one in range(1, 5)]
    open_ones = [item(desk, 1, at=NOW - 500), item(desk, 2, at=NOW - 100)]
    (found,) = figures.queues(open_ones, decided, now=NOW)

    assert (found.open, found.stake_usd, found.oldest_s, found.decided) == (2, 60.0, 500.0, 4)
    assert (found.wait_p50_s, found.wait_p95_s) == (120.0, 240.0)


def test_what_was_decided_more_than_a_day_ago_no_longer_counts(desk):
    """Neither as a wait nor as a load."""
    old = item(desk, 1, at=NOW - 90_000, decided_after=1.0)
    (found,) = figures.queues([], [old], now=NOW)

    assert (found.decided, found.wait_p50_s) == (0, None)
    assert figures.loads([], [old], now=NOW) == []


def test_the_load_of_reviewers_is_counted_by_kind(desk):
    """The busiest first."""
    decided = [
        item(desk, 1, at=NOW - 100, decided_after=1.0, by="bob"),
        item(desk, 2, at=NOW - 100, decided_after=1.0),
        item(desk, 3, at=NOW - 100, decided_after=1.0, kind="reject"),
    ]
    found = figures.loads([], decided, now=NOW)

    assert [(one.name, one.decided) for one in found] == [
        ("ann", {"approve": 1, "reject": 1}),
        ("bob", {"approve": 1}),
    ]


def test_the_depth_of_a_queue_follows_what_comes_and_goes(desk):
    """And ends with what is open now."""
    decided = [item(desk, 1, at=NOW - 100, decided_after=50.0)]
    open_ones = [item(desk, 2, at=NOW - 80)]
    rows = figures.depth_rows(open_ones, decided, now=NOW)

    assert [one["open"] for one in rows] == [1, 2, 1, 1]
    assert rows[-1]["at"] == NOW * 1000.0


def test_the_page_shows_them_and_its_charts_are_drawn(desk):
    """As SVG without any script, in light and dark colours."""
    for number in range(60):
        name = desk.ask(number, confidence=0.5 + number / 200)
        kind = "approve" if number % 3 else "reject"
        run(desk.runs.decide(name, {"type": kind, "message": "no"}, actor="ann"))
    with desk.browser("ann") as browser:
        page = browser.get("/figures").text
        for name in ("depth", "waits", "load", "reliability", "course"):
            assert f"/figures/{name}.svg" in page
            light, dark = (browser.get(f"/figures/{name}.svg{ask}") for ask in ("", "?dark"))
            assert light.headers["content-type"] == "image/svg+xml"
            assert light.text != dark.text
            tree = ElementTree.fromstring(light.text)
            assert not [one for one in tree.iter() if one.tag.endswith("script")]


def test_a_chart_there_is_not_is_not_found(desk):
    """Whatever its name."""
    with desk.browser("ann") as browser:
        assert browser.get("/figures/none.svg").status_code == 404


def test_figures_are_of_the_queues_a_reviewer_sees(desk):
    """Others do not show."""
    desk.ask(1)
    desk.ask(2, queue="finance")
    desk.add("bob", "reviewer", "billing")
    with desk.browser("bob") as browser:
        page = browser.get("/figures").text
    assert "billing" in page
    assert "finance" not in page


def test_alike_outcomes_say_what_a_confidence_is_worth(desk):
    """Calibrated on the outputs people have judged."""
    for number in range(60):
        name = desk.ask(number, confidence=0.9)
        kind = "approve" if number % 2 else "reject"
        run(desk.runs.decide(name, {"type": kind, "message": "no"}, actor="ann"))
    found = run(desk.inbox.judgements.believed(asked(99, confidence=0.9)))

    assert found.outcomes == 60
    assert found.value == pytest.approx(0.5, abs=0.02)
    assert found.low <= 0.5 <= found.high
