"""What a benchmark prints and how it exits."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import pytest

from tests.benchmarks.loaded import load

report = load("_report")


def run(monkeypatch: pytest.MonkeyPatch, figures: Sequence[object], *words: str) -> object:
    """The exit code of a benchmark that measures `figures`."""
    monkeypatch.setattr(sys, "argv", ["benchmark", *words])
    with pytest.raises(SystemExit) as caught:
        report.main("About.", lambda quick: figures)
    return caught.value.code


@pytest.mark.parametrize(
    ("limits", "holds"),
    [
        ({}, True),
        ({"at_most": 1.0}, True),
        ({"at_most": 0.9}, False),
        ({"at_least": 1.0}, True),
        ({"at_least": 1.1}, False),
    ],
)
def test_a_figure_is_held_to_its_target(limits: dict[str, float], *, holds: bool) -> None:
    """In the direction that is meant; without one it holds."""
    assert report.Figure("figure", 1.0, 3, **limits).holds is holds


def test_json_is_one_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exactly the keys that readers rely on."""
    figures = [report.Figure("ratio", 0.5, 7, at_most=0.6), report.Figure("plain", 2, 1)]
    assert run(monkeypatch, figures, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "figures": [
            {"name": "ratio", "value": 0.5, "target": 0.6, "holds": True, "runs": 7},
            {"name": "plain", "value": 2, "target": None, "holds": True, "runs": 1},
        ]
    }


def test_a_missed_target_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And is easy to spot in the table."""
    assert run(monkeypatch, [report.Figure("ratio", 0.7, 7, at_most=0.6)]) == 1
    assert "ratio     0.7   ≤ 0.6  MISSED     7" in capsys.readouterr().out


def test_quick_reaches_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the benchmark that knows how to be quick."""
    asked: list[bool] = []

    def measure(*, quick: bool) -> list[object]:
        asked.append(quick)
        return []

    monkeypatch.setattr(sys, "argv", ["benchmark", "--quick"])
    with pytest.raises(SystemExit):
        report.main(None, measure)
    assert asked == [True]
