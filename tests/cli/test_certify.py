"""`surestep certify`: what labelled runs prove."""

import gzip
import json

import pytest

from tests.cli.command import target


def write(path, values):
    """A JSONL file."""
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values))
    return str(path)


@pytest.fixture
def clean(tmp_path):
    """A file of 299 runs that were right."""
    return write(tmp_path / "runs.jsonl", [{"ok": True}] * 299)


def test_runs_prove_a_reliability(surestep, clean):
    """299 without a failure are what 0.99 takes."""
    said = surestep("certify", "--runs", clean, "--target", "0.99")

    assert said.code == 0
    assert "reliability >= 0.9900" in said.out
    assert "The target of 0.99 is proven." in said.out


def test_a_target_not_proven_is_no_error(surestep, tmp_path):
    """The answer says what it takes."""
    runs = write(tmp_path / "runs.jsonl", [{"ok": 1}] * 100)
    said = surestep("certify", "--runs", runs, "--target", "0.99", "--truth", "0.999", "--json")

    assert said.code == 0
    assert said.result["holds"] is False
    assert said.result["more"]["runs"] == 373


def test_runs_nobody_labelled_are_left_out_and_counted(surestep, tmp_path):
    """With a word on what that means."""
    runs = write(tmp_path / "runs.jsonl", [{"ok": True}, {"ok": None}, {}, {"ok": 0}])

    assert "2 runs without a label" in surestep("certify", "--runs", runs).out
    assert surestep("certify", "--runs", runs, "--json").result["runs"] == 2


def test_runs_can_be_looked_at_one_by_one(surestep, tmp_path):
    """What was proven once stays so."""
    runs = write(tmp_path / "runs.jsonl", [{"ok": True}] * 390 + [{"ok": False}])
    said = surestep("certify", "--runs", runs, "--target", "0.99", "--sequential", "--json")

    assert said.result["method"] == "e-process"
    assert said.result["reached"] < 390


def test_step_records_prove_too(surestep, tmp_path):
    """Steps named as the trace or as imported records name them."""
    line = {"ok": None, "steps": [{"step": "plan", "ok": 1}, {"agent": "write", "ok": 1}]}
    runs = write(tmp_path / "runs.jsonl", [line] * 300)
    found = surestep("certify", "--runs", runs, "--by-step", "--json").result

    assert found["method"] == "lindstrom-madden"
    assert found["proven"] == pytest.approx(0.990064, abs=1e-6)


def test_packed_files_are_read(surestep, tmp_path):
    """As recorded runs are often kept."""
    packed = tmp_path / "runs.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"ok": true}\n'))

    assert surestep("certify", "--runs", str(packed), "--json").result["runs"] == 1


def test_runs_of_the_database_get_their_truth_from_labels(surestep, tmp_path):
    """Threads that wait do not count, those that ended without a label are unknown."""
    for name in ("a", "b", "c"):
        surestep("run", target("graph"), "topic=tides", "--thread", name)
    surestep("run", target("asks"), "topic=tides", "--thread", "w", "--on-question", "queue")
    labels = write(
        tmp_path / "labels.jsonl",
        [{"thread_id": "a", "ok": True}, {"thread_id": "b", "ok": False}],
    )
    found = surestep("certify", "--labels", labels, "--json").result

    assert (found["runs"], found["failures"], found["unknown"]) == (2, 1, 1)


def test_a_run_that_failed_is_wrong_without_a_label(surestep, tmp_path):
    """It gave no result at all."""
    lines = [{"ok": None, "outcome": "failed"}, {"ok": None, "outcome": None}, {"ok": 1}]
    found = surestep("certify", "--runs", write(tmp_path / "r.jsonl", lines), "--json").result

    assert (found["runs"], found["failures"], found["unknown"]) == (2, 1, 0)


def test_labels_may_be_of_runs_in_a_file_and_of_their_steps(surestep, tmp_path):
    """An output that was refused is no step's last word."""
    steps = [{"step": "plan", "outcome": ""}, {"step": "plan", "outcome": "repaired"}]
    runs = write(tmp_path / "r.jsonl", [{"run_id": "a", "steps": steps}])
    labels = write(
        tmp_path / "l.jsonl",
        [{"run_id": "a", "step": "plan", "ok": 1}, {"run_id": "a", "ok": 1}],
    )
    found = surestep("certify", "--runs", runs, "--labels", labels, "--by-step", "--json").result

    assert (found["runs"], found["failures"]) == (1, 0)


def test_labels_need_runs_with_names(surestep, tmp_path):
    """Else nobody knows which is meant."""
    runs = write(tmp_path / "r.jsonl", [{"ok": 1}])
    labels = write(tmp_path / "l.jsonl", [{"run_id": "a", "ok": 1}])
    said = surestep("certify", "--runs", runs, "--labels", labels)

    assert said.code == 2
    assert "without a run_id" in said.err


def test_a_label_for_an_unknown_thread_is_refused(surestep, tmp_path):
    """By its name."""
    surestep("run", target("graph"), "topic=tides", "--thread", "a")
    labels = write(tmp_path / "labels.jsonl", [{"thread_id": "nobody", "ok": True}])
    said = surestep("certify", "--labels", labels)

    assert said.code == 2
    assert "'nobody'" in said.err


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("[1]", "line 1 holds"),
        ('{"ok": "yes"}', "Run 1 has ok='yes'"),
        ('{"ok": tru}', "line 1 is broken"),
        ('{"ok": 1, "steps": [1]}', "steps [1]"),
    ],
)
def test_lines_that_are_no_runs_are_refused(surestep, tmp_path, line, problem):
    """With the place and the value."""
    (tmp_path / "runs.jsonl").write_text(line)
    said = surestep("certify", "--runs", "runs.jsonl")

    assert said.code == 2
    assert problem in said.err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "no database"),
        (("--runs", "a", "--by-step", "--sequential"), "without --sequential"),
        (("--runs", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--labels", "b"), "no database"),
    ],
)
def test_words_that_do_not_go_together_are_refused(surestep, words, problem):
    """With what to do instead."""
    said = surestep("certify", *words)

    assert said.code == 2
    assert problem in said.err
