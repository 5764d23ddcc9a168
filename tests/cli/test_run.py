"""`surestep run` without a terminal: JSON lines, and what becomes of questions."""

import json

import pytest

from tests.cli.command import target


def kinds(said):
    """The kinds of the events, in order."""
    return [line["kind"] for line in said.lines if line["type"] == "event"]


def test_a_run_ends_with_its_result(surestep):
    """Outcome, spending, steps and values, on the last line."""
    said = surestep("run", target("graph"), "topic=tides", "--thread", "t")

    assert said.code == 0
    assert said.result["outcome"] == "succeeded"
    assert said.result["values"]["title"].startswith("TIDES 2")
    assert said.result["steps"]["draft"]["outcome"] == "repaired"
    assert said.result["spent"]["machine_s"] > 0.0


def test_each_event_is_a_line(surestep):
    """As it happens, from the start to the end."""
    found = kinds(surestep("run", target("graph"), "topic=tides"))

    assert (found[0], found[-1]) == ("run_started", "run_ended")
    assert found.count("verdict") == 3


def test_a_factory_and_a_compiled_app_run_too(surestep):
    """All over the same database."""
    for name in ("compiled", "made"):
        surestep("run", target(name), "topic=tides", "--thread", name, "--on-question", "approve")

    rows = surestep("threads", "--json").result
    assert {row["thread_id"]: row["status"] for row in rows} == {
        "compiled": "succeeded",
        "made": "succeeded",
    }


def test_a_failed_run_is_code_one(surestep):
    """The reason on standard error, the result on standard output."""
    said = surestep("run", target("fails"), "topic=tides")

    assert said.code == 1
    assert said.result["outcome"] == "failed"
    assert "never good enough" in said.err
    assert "Traceback" not in said.err


def test_a_question_fails_a_run_nobody_watches(surestep):
    """The default without a terminal; the question stays open all the same."""
    said = surestep("run", target("asks"), "topic=tides", "--thread", "t")

    assert (said.code, said.result["outcome"]) == (1, "escalated")
    assert "surestep resume t" in said.err


def test_a_queued_question_ends_the_run_well(surestep):
    """Somebody answers later."""
    said = surestep("run", target("asks"), "topic=tides", "--on-question", "queue")

    assert (said.code, said.result["outcome"]) == (0, "escalated")
    assert [question["step"] for question in said.result["questions"]] == ["draft"]


def test_questions_can_be_approved_unseen(surestep):
    """The record says so."""
    said = surestep("run", target("two"), "topic=tides", "--on-question", "approve")

    assert said.code == 0
    assert {step["outcome"] for step in said.result["steps"].values()} == {"approved"}


def test_an_interrupt_of_the_users_own_waits_too(surestep):
    """It cannot be approved, so the run fails without anybody to ask."""
    said = surestep("run", target("chat"), "topic=tides", "--on-question", "approve")

    assert (said.code, said.result["outcome"]) == (1, "escalated")
    assert said.result["questions"][0]["proposal"] == {"question": "What next?"}


def test_a_plan_and_limits_hold(surestep, tmp_path):
    """As the events say."""
    (tmp_path / "plan.toml").write_text('[steps.draft]\nmode = "off"\n')
    said = surestep(
        "run", target("graph"), "topic=tides", "--plan", "plan.toml", "--slo", "latency_s<=9"
    )

    assert said.lines[0]["data"]["slo"]["latency_s"] == 9.0
    assert said.result["steps"]["draft"]["outcome"] == "unverified"


def test_a_switch_is_traced_with_who_and_why(surestep):
    """Checks are off from the start."""
    said = surestep("run", target("graph"), "topic=tides", "--switch", "draft=off")

    switch = next(line for line in said.lines if line.get("kind") == "switch")
    assert switch["data"]["by"] == "the command line"
    assert said.result["steps"]["draft"]["outcome"] == "unverified"


def test_the_database_is_where_it_is_wanted(surestep, tmp_path, monkeypatch):
    """The option before the variable before the default."""
    monkeypatch.setenv("SURESTEP_DB", str(tmp_path / "by_variable.db"))
    surestep("run", target("graph"), "topic=tides")
    surestep("run", target("graph"), "topic=tides", "--db", "by_option.db")

    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["by_option.db", "by_variable.db"]


def test_lines_are_redacted_as_the_trace_is(surestep, tmp_path):
    """What must not be stored must not be printed."""
    (tmp_path / "secret.py").write_text(
        "from tests.cli.agents import chain\n"
        "app = chain().compile(redact=lambda data: {key: 'HIDDEN' for key in data})\n"
    )
    said = surestep("run", "secret.py:app", "topic=hunter2")

    events = [line for line in said.lines if line["type"] == "event"]
    assert "hunter2" not in json.dumps(events)


def test_a_thread_that_has_not_ended_takes_no_new_input(surestep):
    """Its questions would be lost."""
    surestep("run", target("asks"), "topic=tides", "--thread", "t")
    said = surestep("run", target("asks"), "topic=moons", "--thread", "t")

    assert said.code == 2
    assert "surestep resume t" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("run", "nowhere.py:graph", "a=1"),
        ("run", target("number"), "topic=tides"),
        ("run", target("graph")),
        ("run", target("graph"), "--input", "{"),
        ("run", target("graph"), "topc=tides"),
        ("run", target("graph"), "topic=tides", "--slo", "latncy<=1"),
        ("run", target("graph"), "topic=tides", "--slo", "latency_s<=-1"),
        ("run", target("graph"), "topic=tides", "--plan", "nowhere.toml"),
        ("run", target("graph"), "topic=tides", "--switch", "nothing=off"),
        ("run", target("graph"), "topic=tides", "--on-question", "ask"),
        ("run", target("graph"), "topic=tides", "--db", "postgres://x"),
        ("resume", "nobody"),
        ("trace", "show", "nobody"),
        ("threads", "--status", "odd"),
        ("plan", "show", "nowhere.toml"),
        ("rehearse", "nowhere.toml"),
    ],
)
def test_bad_input_is_code_two_before_anything_runs(surestep, tmp_path, words):
    """Problem and remedy on standard error, nothing on standard output, no thread."""
    said = surestep(*words)

    assert (said.code, said.out) == (2, "")
    assert len(said.err.splitlines()) >= 2
    assert surestep("threads", "--json").result == []


def test_what_is_thrown_away_can_be_limited(surestep):
    """A limit is stored with the thread; one that makes no sense is refused."""
    limits = ("--max-waste-usd", "0.5", "--max-unsettled", "2")

    assert surestep("run", target("graph"), "topic=tides", *limits).code == 0
    assert surestep("run", target("graph"), "topic=tides", "--max-unsettled", "-1").code == 2
