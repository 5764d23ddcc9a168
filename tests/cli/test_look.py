"""Looking without running: threads, traces, plans, drawings, help."""

import json
import subprocess
import sys

import pytest

from surestep.cli.inputs import read_change
from surestep.cli.threads import age
from tests.cli.command import target

COMMANDS = ("init", "run", "resume", "threads", "rehearse", "certify", "probe", "graph")
GROUPED = (
    "trace show",
    "trace export",
    "trace records",
    "plan show",
    "profile fit",
    "profile show",
    "profile diff",
    "profile merge",
    "inbox list",
    "inbox claim",
    "inbox decide",
    "inbox release",
    "inbox handoff",
    "inbox queue",
    "review",
    "review calibrate",
    "review thresholds",
    "autonomy",
    "autonomy promote",
    "autonomy demote",
    "autonomy incident",
)


@pytest.fixture
def ran(surestep):
    """The commands, with an ended thread `done` and a waiting thread `open`."""
    surestep("run", target("graph"), "topic=tides", "--thread", "done")
    surestep("run", target("asks"), "topic=tides", "--thread", "open", "--on-question", "queue")
    return surestep


def test_threads_are_listed_with_their_open_questions(ran):
    """Newest first, and what is asked below."""
    lines = ran("threads").out.splitlines()

    assert [line.split()[:2] for line in lines[1:3]] == [
        ["open", "escalated"],
        ["done", "succeeded"],
    ]
    assert "open/1/draft/1/1" in lines[5]


def test_threads_can_be_chosen_by_status(ran):
    """Only those."""
    rows = ran("threads", "--status", "succeeded", "--json").result

    assert [row["thread_id"] for row in rows] == ["done"]


def test_looking_leaves_no_database_behind(surestep, tmp_path):
    """There is nothing to look at, and nothing is made."""
    assert "surestep run" in surestep("threads").out
    assert list(tmp_path.iterdir()) == []


def test_a_trace_is_shown_as_a_waterfall(ran):
    """Steps, attempts and decisions."""
    out = ran("trace", "show", "done").out

    assert "Thread done: succeeded" in out
    assert "retry" in out


def test_a_trace_is_shown_as_json(ran):
    """The same timeline, for programs."""
    assert ran("trace", "show", "done", "--json").result["outcome"] == "succeeded"


def test_a_trace_is_exported_to_a_file(ran, tmp_path):
    """One event a line."""
    said = ran("trace", "export", "done", "--jsonl", "-o", "trace.jsonl")
    lines = (tmp_path / "trace.jsonl").read_text().splitlines()

    assert said.out == f"{len(lines)} events written to trace.jsonl.\n"
    assert json.loads(lines[0])["kind"] == "run_started"


def test_a_trace_is_exported_to_standard_output(ran):
    """By default."""
    assert ran("trace", "export", "done").lines[-1]["kind"] == "run_ended"


def test_a_plan_is_resolved_against_a_graph(surestep):
    """What is not said is what the graph declares."""
    rows = surestep("plan", "show", target("asks"), "--json").result["steps"]

    assert rows["draft"]["verifiers"] == ["second", "shape"]
    assert rows["draft"]["human"] == "always"
    assert rows["draft"]["retries"] == 2


def test_a_plan_file_is_shown_as_it_is(surestep, tmp_path):
    """A dash is what the graph declares."""
    (tmp_path / "plan.toml").write_text('[steps.draft]\nmode = "off"\n')
    lines = surestep("plan", "show", "plan.toml").out.splitlines()

    assert lines[2].split() == ["draft", "off", "-", "-", "-", "-", "-"]


def test_a_plan_that_does_not_fit_the_graph_is_refused(surestep, tmp_path):
    """With the closest step."""
    (tmp_path / "plan.toml").write_text('[steps.drafd]\nmode = "off"\n')
    said = surestep("plan", "show", target("graph"), "--plan", "plan.toml")

    assert said.code == 2
    assert "draft" in said.err


def test_setting_a_plan_shows_the_difference_and_writes(surestep, tmp_path):
    """A new file is made."""
    said = surestep("plan", "set", "plan.toml", "draft", "mode=off", "retries=1")

    assert '+mode = "off"' in said.out.splitlines()
    assert "retries = 1" in (tmp_path / "plan.toml").read_text()


def test_setting_what_is_set_changes_nothing(surestep):
    """And says so."""
    surestep("plan", "set", "plan.toml", "draft", "mode=off")

    assert "already" in surestep("plan", "set", "plan.toml", "draft", "mode=off").out


def test_the_default_of_a_plan_can_be_set(surestep, tmp_path):
    """For every step the plan does not name."""
    surestep("plan", "set", "plan.toml", "default", "mode=off")

    assert '[default]\nmode = "off"' in (tmp_path / "plan.toml").read_text()


@pytest.mark.parametrize("words", [("mode=of",), ("modus=off",), ("verifiers=nobody",)])
def test_a_change_that_does_not_fit_is_not_written(surestep, tmp_path, words):
    """The file stays away."""
    said = surestep("plan", "set", "plan.toml", "draft", *words, "--target", target("graph"))

    assert said.code == 2
    assert not (tmp_path / "plan.toml").exists()


@pytest.mark.parametrize(
    ("word", "change"),
    [
        ("verifiers=a,b", ("verifiers", ("a", "b"))),
        ('verifiers=["a"]', ("verifiers", ["a"])),
        ("verifiers=", ("verifiers", None)),
        ("vote=false", ("vote", False)),
        ('vote={"cap": 5}', ("vote", {"cap": 5})),
        ("retries=", ("retries", None)),
    ],
)
def test_changes_are_read(word, change):
    """Lists with commas or as JSON; nothing takes a key out."""
    assert read_change(word) == change


def test_a_graph_is_drawn_as_mermaid(surestep):
    """Steps and edges."""
    out = surestep("graph", target("graph")).out

    assert "draft" in out
    assert "graph TD" in out


def test_the_physical_graph_is_drawn_on_request(surestep):
    """With our own nodes, as JSON too."""
    nodes = surestep("graph", target("graph"), "--physical", "--json").result["nodes"]

    assert "surestep.human" in [node["id"] for node in nodes]


@pytest.mark.parametrize("command", [*COMMANDS, *GROUPED])
def test_every_command_teaches_with_an_example(surestep, command):
    """And has --json."""
    said = surestep(*command.split(), "--help")

    assert said.code == 0
    assert "--json" in said.out
    assert f"surestep {command}" in said.out.split("Usage", 1)[1].split("\n", 2)[2]


def test_a_missing_extra_is_named_with_its_remedy(tmp_path):
    """Instead of a traceback."""
    hidden = "import sys; sys.modules['typer'] = None; from surestep.cli import main; main(['run'])"
    done = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert done.returncode == 2
    assert 'pip install "surestep[cli]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_where_an_error_comes_from(surestep, caplog):
    """Wherever it stands in the command."""
    surestep("resume", "nobody", "--debug")

    assert caplog.records[-1].exc_info


@pytest.mark.parametrize(
    ("time_s", "shown"), [(-1, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (200_000, "2 d")]
)
def test_an_age_is_in_the_largest_unit_that_fits(time_s, shown):
    """Rounded."""
    assert age(time_s) == shown
