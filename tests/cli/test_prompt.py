"""Prompts at a real pseudo-terminal."""

import json
import sqlite3
import sys

import pytest

from tests.cli.command import target

if sys.platform == "win32":
    pytest.skip("there is no pseudo-terminal", allow_module_level=True)

from tests.cli.terminal import Terminal

MENU = "[?] help"


@pytest.fixture
def run(tmp_path):
    """A function that starts a run of thread `t` at a terminal."""

    def at_terminal(name, *words, **env):
        words = ("run", target(name), "topic=tides", "--thread", "t", *words)
        return Terminal(*words, folder=tmp_path, **env)

    return at_terminal


@pytest.fixture
def answers(tmp_path):
    """A function that returns the decisions stored so far, and the traced switches."""

    def stored(kind="answer"):
        with sqlite3.connect(tmp_path / ".surestep/surestep.db") as connection:
            rows = connection.execute("SELECT data FROM events WHERE kind = ?", [kind]).fetchall()
        connection.close()
        return [json.loads(row[0]) for row in rows]

    return stored


def test_a_person_sees_what_is_proposed_and_approves(run):
    """What the checkers said, why it is asked, what approving does."""
    with run("asks") as terminal:
        for part in ("the step always asks", "✓ second", "70% confident", "tides 2", "approve "):
            terminal.see(part)
        terminal.answer(MENU, "a")
        terminal.see("succeeded")
        assert terminal.end() == 0


def test_keys_typed_before_the_prompt_never_answer_it(run, answers):
    """Neither while steps run, nor in the moment the prompt appears."""
    with run("asks", PAUSE_S="0.3") as terminal:
        terminal.see("draft")
        terminal.keys("aaaa")
        terminal.see("why ")
        terminal.keys("a")
        terminal.see(MENU)
        terminal.rest(1.5)
        assert "succeeded" not in terminal.shown
        assert answers() == []
        terminal.keys("a")
        terminal.see("succeeded")


def test_a_second_press_does_not_answer_the_next_question(run, answers):
    """One key, one answer."""
    with run("two") as terminal:
        terminal.answer("Which one?", "\r")
        terminal.answer(MENU, "aa")
        terminal.see(MENU)
        terminal.rest(1.0)
        assert "succeeded" not in terminal.shown
        terminal.keys("l")
        assert terminal.end() == 0


def test_typed_keys_are_not_echoed_into_the_live_view(run):
    """They are read by nobody and shown nowhere."""
    with run("graph", PAUSE_S="0.3") as terminal:
        terminal.see("draft")
        terminal.keys("xyzzy")
        assert terminal.end() == 0
    assert "xyzzy" not in terminal.shown


def test_feedback_sends_the_step_back(run):
    """And its next proposal is asked about anew."""
    with run("asks") as terminal:
        terminal.answer(MENU, "r")
        terminal.answer("be different?", "shorter, please\r")
        terminal.see("tides 3 shorter, please")
        terminal.answer(MENU, "a")
        assert terminal.end() == 0


def test_an_edit_is_refused_until_it_fits(run, tmp_path):
    """First no JSON, then of the wrong type, then good; the draft is kept between."""
    editor = tmp_path / "editor.sh"
    editor.write_text(
        "#!/bin/sh\n"
        'case $(cat "$1") in\n'
        '  *tides*) echo \'{"draft": \' > "$1";;\n'
        '  *3*) echo \'{"draft": "mine"}\' > "$1";;\n'
        '  *) echo \'{"draft": 3}\' > "$1";;\n'
        "esac\n"
    )
    editor.chmod(0o755)
    with run("asks", EDITOR=str(editor)) as terminal:
        terminal.answer(MENU, "e")
        terminal.see("The edit is no JSON")
        terminal.answer(MENU, "e")
        terminal.see("valid string")
        terminal.answer(MENU, "e")
        terminal.see('"title": "MINE"')
        assert terminal.end() == 0


def test_without_an_editor_the_json_is_edited_at_the_prompt(run):
    """Esc and Enter end it."""
    with run("asks") as terminal:
        terminal.answer(MENU, "e")
        terminal.answer("Esc, then Enter", "\x7f" * 60 + '{"draft": "typed"}\x1b\r')
        terminal.see('"title": "TYPED"')
        assert terminal.end() == 0


def test_switching_a_step_takes_effect_and_is_traced(run, answers):
    """With who switched it, and why."""
    with run("asks") as terminal:
        terminal.answer(MENU, "s")
        terminal.answer("Which step?", "title\r")
        terminal.answer("[1] on", "0")
        terminal.answer("Why?", "it is only a title\r")
        terminal.answer(MENU, "a")
        terminal.see("unverified")
        assert terminal.end() == 0
    assert answers("switch")[0]["why"] == "it is only a title"
    assert answers("switch")[0]["by"] == "person at the prompt"


def test_leaving_says_how_to_go_on(run, tmp_path):
    """And the command it names does."""
    with run("asks") as terminal:
        terminal.answer(MENU, "l")
        terminal.see("surestep resume t")
        assert terminal.end() == 0
    with Terminal("resume", "t", folder=tmp_path) as terminal:
        terminal.answer(MENU, "a")
        terminal.see("succeeded")
        assert terminal.end() == 0


def test_ctrl_c_at_the_prompt_leaves_the_session_resumable(run):
    """With the code of an interrupt."""
    with run("asks") as terminal:
        terminal.answer(MENU, "\x03")
        terminal.see("surestep resume t")
        assert terminal.end() == 130


def test_ctrl_c_in_a_step_leaves_the_session_resumable(run):
    """Wherever it comes."""
    with run("asks", PAUSE_S="30") as terminal:
        terminal.see("running")
        terminal.keys("\x03")
        terminal.see("surestep resume t")
        assert terminal.end() == 130


def test_several_questions_are_listed_and_answered_by_id(run):
    """In any order."""
    with run("two") as terminal:
        terminal.see("2 questions are open")
        terminal.answer("Which one?", "t/1/right/1/1\r")
        terminal.see("right  t/1/right/1/1")
        terminal.answer(MENU, "a")
        terminal.see("left  t/1/left/1/1")
        terminal.answer(MENU, "a")
        assert terminal.end() == 0


def test_an_interrupt_of_the_users_own_takes_text(run):
    """It has no proposal to approve."""
    with run("chat") as terminal:
        terminal.see("What next?")
        terminal.answer(MENU, "t")
        terminal.answer("Your text:", "more tides\r")
        terminal.see('"draft": "more tides"')
        assert terminal.end() == 0


def test_help_says_what_each_key_does(run):
    """Without answering anything."""
    with run("asks") as terminal:
        terminal.answer(MENU, "?")
        terminal.see("lets draft go on with exactly this")
        terminal.see("turn a step's checks off or on")
        terminal.answer(MENU, "l")
        assert terminal.end() == 0


def test_the_state_can_be_looked_at(run):
    """All of it, not only what is proposed."""
    with run("asks") as terminal:
        terminal.answer(MENU, "v")
        terminal.see('"topic": "tides"')
        terminal.answer(MENU, "l")
        assert terminal.end() == 0


def test_an_answer_given_elsewhere_meanwhile_is_the_answer(run, surestep):
    """The person at the prompt is told, and the run goes on with it."""
    with run("asks") as terminal:
        terminal.see(MENU)
        surestep("resume", "t", "--answer", 't/1/draft/1/1=edit:{"draft": "theirs"}')
        terminal.rest(0.4)
        terminal.keys("a")
        terminal.see("Somebody else")
        assert terminal.end() == 0


def test_two_approvers_are_two_people(run, surestep):
    """One approval counts, and leaves the question open for the other."""
    with run("pair", "--by", "ann") as terminal:
        terminal.see("2 must approve")
        terminal.answer(MENU, "a")
        terminal.see("more people are needed")
        terminal.answer(MENU, "l")
        assert terminal.end() == 0
    said = surestep("resume", "t", "--answer", "t/1/draft/1/1=approve", "--by", "bob")

    assert said.result["outcome"] == "succeeded"
