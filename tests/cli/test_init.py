"""`surestep init` and `surestep rehearse`: a project that runs at once."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from surestep.cli.rehearse import guide
from surestep.rehearsal import load_scenario

FILES = ["README.md", "agent.py", "plan.toml", "scenario.toml"]


@contextmanager
def rehearsing(folder):
    """The address of a model server for the scenario in a folder, a command of its own."""
    words = ("rehearse", "scenario.toml", "--port", "0", "--time-scale", "0", "--json")
    server = subprocess.Popen(
        [sys.executable, "-m", "surestep.cli", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        yield json.loads(server.stdout.readline())["base_url"]
        server.terminate()


@pytest.fixture
def project(surestep, tmp_path, monkeypatch):
    """The folder of a new project, which is the current one."""
    assert surestep("init", "my").code == 0
    monkeypatch.chdir(tmp_path / "my")
    return tmp_path / "my"


def test_everything_is_written(project):
    """And nothing else."""
    assert sorted(path.name for path in project.iterdir()) == FILES


def test_what_is_there_is_not_written_over(surestep, project):
    """Unless that is wanted."""
    Path("agent.py").write_text("mine")

    assert surestep("init").code == 2
    assert Path("agent.py").read_text() == "mine"
    assert surestep("init", "--force").code == 0
    assert Path("agent.py").read_text() != "mine"


def test_the_plan_fits_the_graph(surestep, project):
    """Every name in it is known."""
    rows = surestep("plan", "show", "agent.py:graph", "--plan", "plan.toml", "--json")

    assert rows.result["steps"]["explain"]["verifiers"] == ["short", "true"]


@pytest.mark.parametrize(
    ("topic", "outcome"), [("tides", "repaired"), ("rainbows", None), ("yeast", "verified")]
)
def test_the_project_runs_against_its_rehearsal(project, topic, outcome):
    """Once right at first, once repaired, once a matter for a person, as its README says."""
    words = ("run", "agent.py:graph", f"topic={topic}", "--slo", "cost_usd<=0.05,latency_s<=60")
    words = (*words, "--on-question", "queue")
    with rehearsing(project) as base_url:
        done = subprocess.run(
            [sys.executable, "-m", "surestep.cli", *words],
            capture_output=True,
            check=True,
            env={**os.environ, "OPENAI_BASE_URL": base_url},
        )
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["steps"]["explain"]["outcome"] == outcome
    assert result["spent"]["checker_usd"] > 0.0


def test_the_project_is_tuned_with_one_command(surestep, project):
    """Rehearsed, planned and measured, as its README says."""
    words = ("--rehearse", "40", "--slo", "reliability>=0.5, human_minutes<=1", "-o", "best.toml")
    said = surestep("tune", "agent.py:graph", *words, "--json").result

    assert [step["step"] for step in said["steps"]] == ["explain", "title"]
    assert {one["figure"] for one in said["rehearsed"]} >= {"success", "cost_usd"}
    assert Path("best.toml").exists()


def test_a_rehearsal_says_how_to_point_a_client_at_it(project):
    """In the shell and in Python."""
    said = guide(load_scenario("scenario.toml"), "http://here/v1")

    assert "export OPENAI_BASE_URL=http://here/v1" in said
    assert 'base_url="http://here/v1"' in said
