"""Staff for a limit on waiting, on the command line."""

import asyncio
import json

import pytest

from surestep.cli.capacity import service_times
from surestep.clock import wall_s
from surestep.storage import Store, Touch
from surestep.testing import run as virtual
from surestep.values import Decision, Question

HOURLY = [3600.0 * hour + second for hour in range(20) for second in range(10)]


@pytest.fixture
def run(surestep):
    """Runs the command in an empty folder."""
    return lambda *words: surestep("inbox", "capacity", *words)


@pytest.fixture
def arrivals(tmp_path):
    """A file of ten arrivals at once, every hour."""
    path = tmp_path / "arrivals.json"
    path.write_text(json.dumps(HOURLY))
    return str(path)


def test_staff_for_a_limit_is_said_beside_the_formula(run, arrivals):
    """Ten at once need more reviewers than ten an hour spread out."""
    said = run("--arrivals", arrivals, "--service-min", "3", "--sla-min", "5").out

    assert "200 arrivals, 10.5 an hour. Limit: 95% wait at most 5.0 min." in said
    assert "needed" in said
    assert "blind to bursts, asks for 2." in said


def test_present_staff_is_judged_in_json(run, arrivals):
    """One reviewer does not hold the bursts, and the document says what they hold."""
    words = ("--arrivals", arrivals, "--service-min", "3", "--sla-min", "5", "--reviewers", "1")
    said = run(*words, "--json").result

    assert said["needed"]["reviewers"] == 5
    assert said["present"]["holds"] is False
    assert 0.0 < said["present"]["most_per_h"] < said["present"]["arrivals_per_h"]


def test_arrivals_and_times_come_from_the_database(run, tmp_path):
    """Questions are arrivals; from claim to decision is how long one takes."""

    async def filled():
        store = Store.open(tmp_path / "inbox.db")
        for place in range(20):
            asked = Question(
                question_id=str(place),
                thread_id="t",
                step="s",
                visit=1,
                reason="r",
                proposal={},
                asked_at=wall_s() + 600.0 * place,
            )
            await store.ask(asked)
        await store.claim("0", "ann")
        await asyncio.sleep(120.0)
        await store.answer("0", Decision("approve", actor="ann"))
        await store.aclose()

    virtual(filled())
    said = run("--db", str(tmp_path / "inbox.db"), "--sla-min", "1").out

    assert "20 arrivals, 6.0 an hour" in said
    assert said.splitlines()[3].split() == ["needed", "1", "0.0", "s", "0.0", "s", "21%", "yes"]


def touch(what, at, who="ann"):
    """One entry of an audit."""
    return Touch(question_id="q", what=what, at=at, who=who)


def test_time_counts_from_claim_to_the_same_persons_decision():
    """A renewal belongs to the claim; of what was given back or taken over, no time is known."""
    kept = [touch("asked", 0.0, ""), touch("claimed", 5.0), touch("renewed", 50.0)]
    assert service_times([*kept, touch("approve", 65.0)]) == (60.0,)
    assert service_times([*kept, touch("released", 60.0), touch("approve", 65.0)]) == ()
    assert service_times([*kept, touch("approve", 65.0, "bob")]) == ()


def test_nothing_known_names_what_to_give(run, arrivals):
    """Without a database there are no arrivals, without claims no times."""
    nothing = run("--service-min", "3")
    assert (nothing.code, nothing.out) == (2, "")
    assert "0 arrivals are known" in nothing.err
    assert "--service-min" in run("--arrivals", arrivals).err


def test_a_file_that_is_no_list_of_times_is_refused(run, tmp_path):
    """The remedy shows one."""
    path = tmp_path / "bad.json"
    path.write_text('{"a": 1}')
    said = run("--arrivals", str(path), "--service-min", "3")
    assert said.code == 2
    assert "holds no list of numbers" in said.err


@pytest.mark.parametrize(
    "words", [("--sla-min", "0"), ("--quantile", "1"), ("--service-min", "-3")]
)
def test_numbers_out_of_range_are_refused(run, arrivals, words):
    """Limits, shares and times that make no sense end with words, not with a trace."""
    said = run("--arrivals", arrivals, "--service-min", "3", *words)
    assert said.code == 2
    assert "Traceback" not in said.err
