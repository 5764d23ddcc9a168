"""`surestep resume`: answers, failures, kills."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from tests.cli.command import target

ASKED = "t/1/draft/1/1"


@pytest.fixture
def asked(surestep):
    """A thread `t` that waits for a person, and the commands to go on with it."""
    said = surestep("run", target("asks"), "topic=tides", "--thread", "t", "--on-question", "queue")
    assert said.result["questions"][0]["question_id"] == ASKED
    return surestep


def test_an_approved_thread_goes_on_to_its_end(asked):
    """Without naming its target again."""
    said = asked("resume", "t", "--answer", f"{ASKED}=approve", "--by", "ann")

    assert (said.code, said.result["outcome"]) == (0, "succeeded")
    assert said.result["steps"]["draft"]["outcome"] == "approved"


def test_feedback_reaches_the_redone_step(asked):
    """A rejected step is done again, and asks again."""
    said = asked("resume", "t", "--answer", f'{ASKED}=reject:"shorter, please"')

    assert said.result["questions"][0]["proposal"] == {"draft": "tides 3 shorter, please"}


def test_an_edit_goes_on_in_place_of_the_proposal(asked):
    """From JSON on the command line."""
    said = asked("resume", "t", "--answer", f'{ASKED}=edit:{{"draft": "mine"}}')

    assert said.result["values"]["title"] == "MINE"


def test_an_edit_that_does_not_fit_is_refused_and_the_question_stays(asked):
    """With what is wrong with it."""
    said = asked("resume", "t", "--answer", f'{ASKED}=edit:{{"draft": 3}}')

    assert said.code == 2
    assert "valid string" in said.err
    assert asked("threads", "--json").result[0]["questions"][0]["question_id"] == ASKED


def test_an_answer_to_no_open_question_names_those_that_are(asked):
    """None of several answers is taken then."""
    said = asked("resume", "t", "--answer", f"{ASKED}=approve", "--answer", "t/x/1/1=approve")

    assert said.code == 2
    assert ASKED in said.err


def test_a_question_can_be_answered_only_once(asked):
    """The second answer is refused."""
    asked("resume", "t", "--answer", f"{ASKED}=approve")

    assert asked("resume", "t", "--answer", f"{ASKED}=approve").code == 2


def test_limits_and_plan_are_those_of_the_start(surestep):
    """Unless others are given."""
    words = ("--thread", "t", "--slo", "latency_s<=50", "--on-question", "queue")
    surestep("run", target("asks"), "topic=tides", *words)
    said = surestep("resume", "t", "--answer", f"{ASKED}=approve")

    assert said.lines[0]["kind"] == "resume"
    assert said.lines[0]["data"]["slo"]["latency_s"] == 50.0


def test_an_ended_thread_says_how_it_ended(asked):
    """And does nothing again."""
    asked("resume", "t", "--answer", f"{ASKED}=approve")
    said = asked("resume", "t")

    assert (said.code, len(said.lines)) == (0, 1)
    assert said.result["outcome"] == "succeeded"


def test_a_failed_step_is_tried_again(surestep):
    """With another plan it may pass."""
    surestep("run", target("fails"), "topic=tides", "--thread", "t")
    said = surestep("resume", "t", "--switch", "draft=off")

    assert (said.code, said.result["outcome"]) == (0, "succeeded")


def test_one_of_two_answers_leaves_the_other_open(surestep):
    """Each is answered by its id."""
    surestep("run", target("two"), "topic=tides", "--thread", "t", "--on-question", "queue")
    said = surestep("resume", "t", "--answer", "t/1/left/1/1=approve", "--on-question", "queue")

    assert [question["step"] for question in said.result["questions"]] == ["right"]
    assert said.result["steps"]["left"]["outcome"] == "approved"


def test_an_interrupt_of_the_users_own_takes_text(surestep):
    """By the id of the interrupt."""
    said = surestep("run", target("chat"), "topic=x", "--thread", "t", "--on-question", "queue")
    name = said.result["questions"][0]["question_id"]
    said = surestep("resume", "t", "--answer", f"{name}=respond:more tides")

    assert said.result["values"]["draft"] == "more tides"


def test_a_thread_of_other_code_needs_a_target(surestep, tmp_path):
    """The remedy names the option."""
    (tmp_path / "run_it.py").write_text("")
    surestep("run", target("asks"), "topic=x", "--thread", "t")
    said = surestep("resume", "t", "--target", target("number"))

    assert said.code == 2


def started(folder, *words, **env):
    """A command in a process of its own, slow enough to be killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "surestep.cli", *words],
        cwd=folder,
        env={**os.environ, "PAUSE_S": "30", **env},
        stdout=subprocess.PIPE,
        text=True,
    )


def read_until(process, what):
    """Read lines of a process until one holds something."""
    for line in process.stdout:
        if what in line:
            return
    raise AssertionError(f"{what} never came")


def test_a_killed_run_goes_on_where_it_was(surestep, tmp_path):
    """What had settled is not done again, and an effect happens once."""
    run = started(tmp_path, "run", target("effect"), "topic=tides", "--thread", "t", "--json")
    with run:
        read_until(run, '"step_started"')
        run.kill()
    said = surestep("resume", "t")

    assert (said.code, said.result["outcome"]) == (0, "succeeded")
    assert (tmp_path / "sent.txt").read_text().count("\n") == 1


def test_ctrl_c_leaves_the_session_resumable(surestep, tmp_path):
    """The code is 130, and the last line says how to go on."""
    run = started(tmp_path, "run", target("graph"), "topic=tides", "--thread", "t")
    with run:
        read_until(run, '"step_started"')
        run.send_signal(signal.SIGINT)
        last = run.stdout.read().splitlines()[-1]

    assert run.returncode == 130
    assert '"resume":"surestep resume t"' in last
    assert surestep("resume", "t").result["outcome"] == "succeeded"


def test_a_blocked_worker_is_left_at_the_second_ctrl_c(surestep, tmp_path):
    """It has been journaled, so its effect is confirmed and not repeated."""
    run = started(tmp_path, "run", target("effect"), "topic=tides", "--thread", "t", PAUSE_S="3")
    with run:
        read_until(run, '"phase":"begun"')
        run.send_signal(signal.SIGINT)
        read_until(run, '"result"')
        run.send_signal(signal.SIGINT)
    assert run.returncode == 130
    assert surestep("resume", "t").result["outcome"] == "succeeded"
    assert (tmp_path / "sent.txt").read_text() == "t/1/send/1\n"


def test_a_thread_killed_before_its_input_was_saved_starts_again(surestep, tmp_path):
    """From the input in the trace, with its limits."""
    surestep("run", target("graph"), "topic=tides", "--thread", "t", "--slo", "latency_s<=50")
    with sqlite3.connect(tmp_path / ".surestep/surestep.db") as connection:
        connection.execute("DELETE FROM checkpoints")
    connection.close()
    said = surestep("resume", "t")

    assert said.result["values"]["title"].startswith("TIDES")
    assert said.lines[0]["data"]["slo"]["latency_s"] == 50.0
