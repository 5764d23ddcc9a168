"""The refund desk through the real graph and the real queue, and its command."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from examples.refund_desk.__main__ import main
from examples.refund_desk.job import figures
from examples.refund_desk.learning import World
from examples.refund_desk.rehearsing import rehearsed
from examples.refund_desk.report import show
from examples.refund_desk.summary import Rehearsed
from examples.refund_desk.tickets import SLA_S
from examples.refund_desk.tiers import must_be_asked
from surestep.testing import run

DENSER = 8.0


@pytest.fixture(scope="module")
def crowded() -> World:
    """A day on which everything comes in at once."""
    world = World.of(220, seed=5)
    at_s = world.day.at_s / DENSER
    return replace(world, day=replace(world.day, at_s=at_s, burst_s=(0.0, float(at_s[-1]) + 1.0)))


@pytest.fixture(scope="module")
def day(crowded: World) -> Rehearsed:
    """The same, through the graph."""
    return run(rehearsed(crowded))


def test_every_ticket_is_decided_once(day: Rehearsed) -> None:
    """By the agent alone or with a person, and no question twice."""
    assert (day.runs, day.finished, day.calls) == (220, 220, 220)
    assert day.decided_twice == 0


def test_the_graph_asks_what_the_simulation_asks(crowded: World, day: Rehearsed) -> None:
    """Of the tickets with the highest scores, all but those there is no time for."""
    wanted, musts = crowded.asked, must_be_asked(crowded.day.amount_usd, crowded.doubt)
    assert day.unlike_tiers == 0
    assert 0 < day.left_out < wanted.sum()
    assert day.asked + day.left_out == wanted.sum()
    assert day.asked >= (wanted & musts).sum()


def test_nothing_large_is_left_out_in_a_crowd(crowded: World, day: Rehearsed) -> None:
    """And it does not wait beyond the SLA."""
    assert day.must_left_out == 0
    assert 0.0 < day.p95_must_s <= SLA_S


def test_people_prevent_loss(day: Rehearsed) -> None:
    """What the agent alone would have lost, less what they corrected."""
    assert day.corrected > 0
    assert day.loss_usd < day.loss_alone_usd


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the command prints for machines, with a picture and a page beside it."""
    folder = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch, (folder / "stdout").open("w+") as out:
        patch.setattr("sys.stdout", out)
        given = ["--tickets", "100", "--days", "2", "--seed", "3", "--json"]
        drawn = ["--png", str(folder / "it.png"), "--html", str(folder / "it.html")]
        assert main([*given, *drawn]) == 0
        out.seek(0)
        found: dict[str, Any] = json.load(out)
    return {**found, "folder": folder}


def test_the_command_prints_one_object_for_machines(printed: dict[str, Any]) -> None:
    """What was done, all figures, and what they assume."""
    assert (printed["tickets"], printed["seed"], printed["days"]) == (100, 3, 2)
    assert printed["shares"][-1]["name"] == "amount"
    assert {one["rule"] for one in printed["worth"]} >= {"score", "amount", "confidence", "random"}
    assert printed["burst"][0]["name"] == "with pressure"
    assert printed["rehearsed"]["finished"] == 100
    assert printed["calibration_error"]["after"] < printed["calibration_error"]["before"]
    assert any("drawn, not observed" in note for note in printed["notes"])


def test_a_picture_and_a_page_are_drawn_where_they_are_wanted(printed: dict[str, Any]) -> None:
    """Both stand alone."""
    folder: Path = printed["folder"]
    assert (folder / "it.png").read_bytes().startswith(b"\x89PNG")
    page = (folder / "it.html").read_text()
    assert "Loss prevented per minute" in page
    assert 'src="http' not in page


def test_people_get_tables_and_every_assumption() -> None:
    """Without a run through the graph as well."""
    found = figures(100, seed=3, days=2, runs=False, say=lambda _: None)
    console = Console(file=io.StringIO(), width=200)
    show(found, console)
    text = console.file.getvalue()
    assert "score, not calibrated" in text
    assert "Through the graph" not in text
    assert "a person finds every error" in text


@pytest.mark.parametrize("options", [["--tickets", "5"], ["--days", "1"], ["--seed", "-1"]])
def test_bad_input_is_refused_before_anything_runs(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and the value is named."""
    with pytest.raises(SystemExit, match="2"):
        main(options)
    assert options[1] in capsys.readouterr().err
