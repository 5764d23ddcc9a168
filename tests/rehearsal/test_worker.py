"""Worker roles: the truth, or something else at a rate."""

import json

import pytest

from surestep.errors import InputError
from surestep.rehearsal import Role
from tests.rehearsal.helpers import classifier, engine, said


def test_a_worker_that_never_errs_says_the_truth():
    """Without an error rate every answer is right."""
    assert said(engine(classifier()), "Classify T1") == "refund"


def test_a_worker_that_always_errs_never_says_the_truth():
    """An error rate of 1 leaves the wrong answers only."""
    world = engine(classifier(error_rate=1.0, wrong=["spam", "refund", "other"]))

    assert {said(world, "Classify T1") for _ in range(20)} == {"spam", "other"}


def test_errors_come_at_the_rate():
    """Over many tasks the share of wrong answers is the error rate."""
    world = engine(classifier(error_rate=0.2, correlation=0.3))
    for task in range(3000):
        said(world, f"Classify T{task}")

    wrong = sum(not lookup.right for lookup in world.requests.lookups)
    assert wrong / 3000 == pytest.approx(0.2, abs=0.03)


def test_wrong_answers_are_other_tasks_truths_by_default():
    """A label is taken for another label of the same role."""
    truth = {"T1": "refund", "T2": "spam", "T3": "spam"}

    assert said(engine(classifier(truth=truth, error_rate=1.0)), "Classify T1") == "spam"


def test_objects_are_laid_over_an_object_truth():
    """A wrong answer names only the keys that are wrong."""
    world = engine(
        classifier(truth={"T1": {"id": 7, "ok": True}}, wrong=[{"ok": False}], error_rate=1.0)
    )

    assert json.loads(said(world, "Classify T1")) == {"id": 7, "ok": False}


def test_wrong_answers_may_be_a_function():
    """In code, what goes wrong may depend on the task and its truth."""
    world = engine(classifier(error_rate=1.0, wrong=lambda task, truth: f"{task} is no {truth}"))

    assert said(world, "Classify T4") == "T4 is no refund"


@pytest.mark.parametrize("value", [object(), float("nan"), {"a": {1, 2}}])
def test_a_truth_that_is_no_json_is_refused(value):
    """A function in code may return only what a model could say."""
    with pytest.raises(InputError, match="is no JSON value"):
        said(engine(classifier(truth=lambda task: value)), "Classify T1")


def test_truth_may_stand_in_a_file(tmp_path):
    """Each line names its task and, under any key, the right answer."""
    path = tmp_path / "truth.jsonl"
    path.write_text('{"ticket": 7, "labels": {"category": "spam"}}\n')
    role = Role(
        name="classify",
        pattern=r"Classify (?P<task>\d+)",
        truth_file=path,
        task_field="ticket",
        truth_field="labels.category",
    )

    assert said(engine(role), "Classify 7") == "spam"


def test_a_truth_file_without_the_field_is_refused(tmp_path):
    """File, line and key are named before anything is answered."""
    path = tmp_path / "truth.jsonl"
    path.write_text('{"task": "T1", "label": "spam"}\n')

    with pytest.raises(InputError, match=r"truth\.jsonl, line 1 has no 'truth'"):
        engine(classifier(truth=None, truth_file=path))


@pytest.mark.parametrize("truth", [{"T1": "refund"}, {"T1": "refund"}.__getitem__])
def test_a_task_without_truth_is_refused(truth):
    """The task and the role are named, whether the truth is a table or a function."""
    with pytest.raises(InputError, match="'classify' knows no truth for task 'T9'"):
        said(engine(classifier(truth=truth)), "Classify T9")


def test_repeats_of_a_hard_task_err_together():
    """With full correlation a task errs always or never."""
    world = engine(classifier(error_rate=0.5, correlation=1.0))
    answers = [{said(world, f"Classify T{task}") for _ in range(5)} for task in range(20)]

    assert [len(said_of_one) for said_of_one in answers] == [1] * 20
    assert len(set.union(*answers)) == 2
