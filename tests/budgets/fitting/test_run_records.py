"""Recorded runs: what is read from them, and how what does not fit is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from surestep.budgets.fitting.recorded import Attempt
from surestep.budgets.fitting.records import read
from surestep.errors import PlanError

from .worlds import run


def attempts(*steps: dict[str, object]) -> tuple[Attempt, ...]:
    """What one run with these steps holds."""
    return read([run(*steps)])[0].attempts


def test_a_step_is_named_by_step_else_agent_else_place() -> None:
    """In this order."""
    read_steps = attempts({"step": "s", "agent": "a", "i": 0}, {"agent": "a", "i": 1}, {"i": 2})
    assert [one.step for one in read_steps] == ["s", "a", "2"]


def test_a_nameless_step_is_known_by_its_place() -> None:
    """Counted from 0."""
    assert [one.step for one in attempts({"ok": 1}, {"ok": 1})] == ["0", "1"]


@pytest.mark.parametrize(
    ("verdict", "accepted"),
    [
        (1, True),
        (False, False),
        ("pass", True),
        ("fail", False),
        ("inconclusive", False),
        ({"status": "pass", "latency_s": 1.0}, True),
    ],
)
def test_a_verdict_accepts_or_not(verdict: object, *, accepted: bool) -> None:
    """Whatever form it has; `inconclusive` accepts nothing."""
    [one] = attempts({"step": "s", "verdicts": {"v": verdict}})
    assert one.verdicts["v"].accepted is accepted


def test_a_verdict_that_was_not_asked_for_is_none() -> None:
    """It is recorded as null."""
    [one] = attempts({"step": "s", "verdicts": {"v": None}})
    assert one.verdicts == {}


@pytest.mark.parametrize(
    ("human", "label"),
    [("approve", True), ("edit", False), ("reject", False), ("respond", None), (1, True)],
)
def test_a_persons_decision_stands_in_for_a_label(human: object, *, label: bool | None) -> None:
    """Approval says right, an edit or a rejection wrong, an answer nothing."""
    [one] = attempts({"step": "s", "human": human})
    assert one.label is label


def test_a_label_outweighs_a_persons_decision() -> None:
    """The decision then tells how good the person is."""
    [one] = attempts({"step": "s", "ok": 0, "human": {"decision": "approve", "minutes": 2}})
    assert one.label is False
    assert one.human is not None
    assert one.human.minutes == 2.0


def test_what_follows_a_refusal_is_another_attempt() -> None:
    """Where only refused outputs are followed by another."""
    refused = {"step": "s", "verdicts": {"v": 0}}
    assert [one.attempt for one in attempts(refused, refused, {"step": "s"})] == [0, 1, 2]


def test_what_follows_an_accepted_output_is_another_visit() -> None:
    """And then no verdict is a gate, in no run."""
    accepted, refused = ({"step": "s", "verdicts": {"v": verdict}} for verdict in (1, 0))
    [_, later] = read([run(accepted, refused), run(refused, refused)])
    assert [one.attempt for one in later.attempts] == [0, 0]


def test_attempts_that_are_counted_are_believed() -> None:
    """Whatever the verdicts say."""
    counted = attempts({"step": "s", "attempt": 0}, {"step": "s", "attempt": 1})
    assert [one.attempt for one in counted] == [0, 1]


def test_samples_share_the_number_of_their_attempt() -> None:
    """And belong to one visit, where that is counted."""
    sample = {"step": "s", "visit": 1, "attempt": 0}
    assert [one.visit for one in attempts(sample, sample, {**sample, "visit": 2})] == [1, 1, 2]


def test_visits_that_are_not_counted_begin_with_a_first_attempt() -> None:
    """Each step counts its own."""
    counted = attempts(
        *({"step": step, "attempt": n} for step, n in [("s", 0), ("s", 1), ("s", 0)])
    )
    assert [one.visit for one in counted] == [1, 1, 2]


def test_tasks_of_different_workflows_are_different() -> None:
    """Even where they have one name."""
    [one, other] = read([run(workflow="w"), run(workflow="v")])
    assert one.task != other.task


@pytest.mark.parametrize("name", ["runs.jsonl", "runs.jsonl.gz"])
def test_a_file_is_read_line_by_line(tmp_path: Path, name: str) -> None:
    """Plain or gzipped; empty lines are skipped."""
    text = json.dumps(run({"step": "s", "ok": 1})) + "\n\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    assert [one.ok for one in read(path)[0].attempts] == [True]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """In the refusal."""
    with pytest.raises(PlanError, match=r"nowhere\.jsonl"):
        read(tmp_path / "nowhere.jsonl")


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    """By its number in the file."""
    path = tmp_path / "runs.jsonl"
    path.write_text('{"steps": []}\n{"steps": \n')
    with pytest.raises(PlanError, match=r"runs\.jsonl, line 2: no JSON"):
        read(path)


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({}, r"record 1: steps is None"),
        ({"steps": [{"ok": 2}]}, r"record 1: steps\[0\]: ok is 2"),
        ({"steps": [{}, {"latency_s": -1}]}, r"steps\[1\]: latency_s is -1"),
        ({"steps": [{"verdicts": {"v": "passed"}}]}, r"verdicts\.v: status 'passed' is unknown"),
        ({"steps": [{"confidence": 1.2}]}, r"confidence is 1\.2"),
        ({"steps": [{"human": "agree"}]}, r"human: decision 'agree' is unknown"),
        ({"steps": [{"step": 1.5}]}, r"step is 1\.5"),
        ({"steps": [], "ended_at": "today"}, r"ended_at is 'today'"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(
    record: dict[str, object], problem: str
) -> None:
    """Record, step and key."""
    with pytest.raises(PlanError, match=problem):
        read([record])
