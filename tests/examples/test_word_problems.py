"""The word problems: recorded models replayed over HTTP, checked by agreement."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examples.word_problems.__main__ import main
from examples.word_problems.data import default_path, final_answer, load
from examples.word_problems.measure import Share
from surestep.errors import InputError

LONG = "Long " * 50
RECORDS = [
    {"question": "Two plus two?", "ground_truth": "A: 4", "answers": ["4", "4", "5"]},
    {"question": "Three plus three?", "ground_truth": "A: 6", "answers": ["7", "6", "5"]},
    {"question": f"{LONG}one?", "ground_truth": "A: 1", "answers": ["2", "1", "1"]},
]

recorded = pytest.mark.skipif(
    not default_path().exists(), reason=f"no recorded solutions at {default_path()}"
)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Three questions with the answers of three models."""
    path = tmp_path / "recording.jsonl"
    lines = (
        {"question": one["question"], "ground_truth": one["ground_truth"]}
        | {f"m{n}": {"solution": f"So.\nA: {a}"} for n, a in enumerate(one["answers"])}
        for one in RECORDS
    )
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


def figures(
    recording: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> dict[str, dict[str, object]]:
    """What the command prints as JSON."""
    database = str(recording.parent / "runs.db")
    assert main(["--data", str(recording), "--database", database, "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def counts(share: object) -> tuple[int, int]:
    """A share without its interval."""
    assert isinstance(share, dict)
    return share["count"], share["of"]


@pytest.mark.parametrize("line", ["A: 1200", "A: $1,200", "A: 1200.0", "A:1,200.00"])
def test_an_answer_has_one_spelling(line: str) -> None:
    """Models write numbers in many ways."""
    assert final_answer(f"So it is <<3*400=1200>>.\n{line}") == "1200"


def test_a_solution_without_a_last_line_has_no_answer() -> None:
    """It then agrees with nobody."""
    assert final_answer("I do not know.") == ""


def test_only_answers_that_others_share_go_out(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other two questions wait for a person."""
    on = figures(recording, capsys)["on"]
    assert counts(on["accuracy"]) == (1, 1)
    assert counts(on["asked"]) == (2, 3)


def test_without_checks_every_answer_goes_out(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One call for each, and nobody is asked."""
    off = figures(recording, capsys)["off"]
    assert counts(off["accuracy"]) == (1, 3)
    assert (counts(off["asked"]), off["calls"]) == ((0, 3), 3)


def test_the_plan_checks_only_long_questions(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three workers' calls and two checks of the one long question."""
    plan = figures(recording, capsys)["plan"]
    assert (counts(plan["asked"]), plan["calls"]) == ((1, 3), 5)


def test_a_person_at_the_terminal_is_asked_once_and_believed(
    recording: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways of checking use what they said."""
    monkeypatch.setattr("builtins.input", lambda asked: "6" if "Three plus three" in asked else "")
    database = str(recording.parent / "runs.db")
    main(["--data", str(recording), "--database", database, "--json", "--on-question", "ask"])
    results = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert counts(results["on"]["accuracy"]) == (2, 3)
    assert counts(results["plan"]["answered"]) == (3, 3)


def test_an_absent_recording_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do about it, and the exit code of bad input."""
    assert main(["--data", str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err


def test_a_recording_of_one_model_is_refused(tmp_path: Path) -> None:
    """Nobody could agree with it."""
    path = tmp_path / "one.jsonl"
    path.write_text('{"question": "?", "ground_truth": "A: 1", "m": {"solution": "A: 1"}}')
    with pytest.raises(InputError, match="1 models"):
        load(path)


def test_the_interval_of_nothing_in_ten_is_wilsons() -> None:
    """Its upper end is z²/(n+z²)."""
    low, high = Share(0, 10).interval
    assert (low, round(high, 4)) == (0.0, round(3.841459 / 13.841459, 4))


@recorded
def test_the_recorded_worker_is_right_as_often_as_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On real questions, over HTTP: 11 of the first 20, as their graders noted."""
    main(["--questions", "20", "--database", str(tmp_path / "runs.db"), "--json"])
    assert counts(json.loads(capsys.readouterr().out)["off"]["accuracy"]) == (11, 20)
