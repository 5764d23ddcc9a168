"""Replay roles: recorded answers by prompt and model."""

import gzip
import json

import pytest

from surestep.errors import InputError
from surestep.rehearsal import ReplayRole
from tests.rehearsal.helpers import engine, said

BY_MODEL = [
    {"question": "2 + 2?", "small-1.5": {"solution": "5"}, "large": {"solution": "4"}},
    {"question": "1 + 1?", "small-1.5": {"solution": "2"}},
]
BY_LINE = [
    {"prompt": "hi", "model": "small", "answer": ["a", "b"]},
    {"prompt": "hi", "model": "small", "answer": "c"},
    {"prompt": "hi", "model": "large", "answer": "d"},
    {"prompt": "bye", "answer": "e"},
]


def recording(path, records, **options):
    """A replay role over a file of these records."""
    text = "".join(json.dumps(record) + "\n\n" for record in records).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return ReplayRole(name="replay", pattern="Q: (?P<task>.+)", file=path, **options)


def by_model(folder):
    """An engine over lines that hold the answers of all models."""
    fields = {"key_field": "question", "answer_field": "{model}.solution"}
    return engine(recording(folder / "r.jsonl.gz", BY_MODEL, **fields))


def test_the_model_in_the_request_chooses_the_recorded_model(tmp_path):
    """Names with dots are found too, and a gzipped file is read."""
    world = by_model(tmp_path)

    assert said(world, "Q: 2 + 2?", model="small-1.5") == "5"
    assert said(world, "Q: 2 +  2?", model="large") == "4"


def test_repeats_go_round_the_recorded_answers(tmp_path):
    """Answers in a list and on several lines are taken in turn."""
    world = engine(recording(tmp_path / "r.jsonl", BY_LINE))

    assert [said(world, "Q: hi", model="small") for _ in range(4)] == ["a", "b", "c", "a"]
    assert said(world, "Q: hi", model="large") == "d"


def test_a_line_without_a_model_answers_for_all(tmp_path):
    """Who recorded one model only need not name it."""
    assert said(engine(recording(tmp_path / "r.jsonl", BY_LINE)), "Q: bye", model="any") == "e"


@pytest.mark.parametrize(
    ("question", "model", "problem"),
    [
        ("Q: 3 + 3?", "large", "no record for '3 \\+ 3\\?'"),
        ("Q: 1 + 1?", "large", "no answer of model 'large' to '1 \\+ 1\\?'"),
    ],
)
def test_what_was_not_recorded_is_refused(tmp_path, question, model, problem):
    """The prompt's key and the model are named."""
    with pytest.raises(InputError, match=problem):
        said(by_model(tmp_path), question, model=model)


def test_an_absent_recording_is_refused(tmp_path):
    """The path is named before anything is served."""
    role = ReplayRole(name="r", pattern="x", file=tmp_path / "none.jsonl")

    with pytest.raises(InputError, match=r"none\.jsonl cannot be read"):
        engine(role)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds no record"),
        ('{"answer": "x"}', "line 1 has no 'prompt'"),
        ("\n{broken", "line 2 is broken"),
        ("[1]", "line 1 holds"),
    ],
)
def test_a_broken_recording_is_refused(tmp_path, text, problem):
    """What is wrong is named with its line."""
    path = tmp_path / "r.jsonl"
    path.write_text(text)

    with pytest.raises(InputError, match=problem):
        engine(ReplayRole(name="r", pattern="x", file=path))


def test_half_a_gzip_file_is_refused(tmp_path):
    """A download that broke off is no recording."""
    path = tmp_path / "r.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"prompt": "x", "answer": "y"}')[:-6])

    with pytest.raises(InputError, match="cannot be read"):
        engine(ReplayRole(name="r", pattern="x", file=path))
