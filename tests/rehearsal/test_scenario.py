"""Scenarios: what fits, and what is refused by name."""

import json

import pytest

from surestep.errors import InputError
from surestep.rehearsal import Faults, Latency, Role, Scenario, load_scenario, parts, scenario
from surestep.rehearsal.engine import Engine
from tests.rehearsal.helpers import classifier, judge, said

TOML = r"""
seed = 7
time_scale = 0.0
models = ["small"]

[[roles]]
name = "classify"
pattern = 'Classify (?P<task>T\d+)'
error_rate = 0.25
correlation = 0.5
wrong = ["spam"]
latency = { kind = "lognormal", median_s = 1.2, sigma = 0.5 }
tokens = { input = 600, output = 40 }
faults = { rate_limit = 0.01, retry_after_s = 2.0 }
confidence = { field = "sure", calibrated = false }
[roles.truth]
T1 = "refund"

[[roles]]
name = "draft"
pattern = 'Draft (?P<task>T\d+)'
truth_file = "truth.jsonl"

[[roles]]
name = "check"
kind = "judge"
pattern = '(?s)(?P<task>T\d+).*<output>(?P<candidate>.*?)</output>'
of = "classify"
accept_ok = 0.95
accept_bad = 0.1

[[roles]]
name = "solutions"
kind = "replay"
pattern = 'Question: (?P<task>.+)'
file = "solutions.jsonl"
"""


def written(folder, text, name="scenario.toml"):
    """The path of a file with this text."""
    path = folder / name
    path.write_text(text)
    return path


def test_every_kind_of_role_loads_from_toml(tmp_path):
    """A file says all that Python can, and its paths start at its folder."""
    written(tmp_path, '{"task": "T1", "truth": "Dear Ann,"}', "truth.jsonl")
    written(tmp_path, '{"prompt": "x", "answer": "y"}', "solutions.jsonl")
    loaded = load_scenario(written(tmp_path, TOML))

    assert [role.kind for role in loaded.roles] == ["worker", "worker", "judge", "replay"]
    assert loaded.roles[0].latency == Latency(kind="lognormal", median_s=1.2, sigma=0.5)
    assert said(Engine(loaded), "Draft T1") == "Dear Ann,"
    assert said(Engine(loaded), "Question: x") == "y"


def test_the_documented_scenario_loads(tmp_path):
    """What the docstrings show is a scenario, every key of it known."""
    documented = [_indented(scenario.__doc__), _indented(parts.__doc__)]
    loaded = load_scenario(written(tmp_path, "\n".join(documented)))

    assert [role.name for role in loaded.roles] == ["classify", "check-classify", "solutions"]
    assert loaded.roles[2].faults.dropped == 0.01


def _indented(text):
    return "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))


def test_json_says_the_same(tmp_path):
    """A scenario may be written as one JSON object."""
    role = {"name": "r", "pattern": "x", "truth": {"x": {"a": None}}}
    path = written(tmp_path, json.dumps({"seed": 3, "roles": [role]}), "scenario.json")

    assert load_scenario(path).roles[0].truth == {"x": {"a": None}}


@pytest.mark.parametrize(
    ("old", "new", "problem", "remedy"),
    [
        ("error_rate = 0.25", "error_rate = 1.5", r"roles\[0\].*error_rate is 1.5", "less than"),
        ("error_rate", "eror_rate", r"'eror_rate' is no key here", "error_rate"),
        ("T\\d+", "T(\\d+", r"roles\[0\].*pattern is 'Classify", "valid regular expression"),
        (
            'kind = "judge"',
            'kind = "jury"',
            "'check' is of kind 'jury'",
            "'worker', 'judge' or 'replay'",
        ),
        ('of = "classify"', 'of = "sort"', "judges 'sort'", "classify, draft"),
        ('name = "draft"', 'name = "classify"', "Two roles are named 'classify'", "Rename"),
        ('name = "draft"\n', "", r"roles\[1\].*'name' is missing", "Give it"),
        ("(?P<candidate>", "(", "captures no candidate", "group"),
        ("sigma", "sigmma", r"latency.*'sigmma' is no key", "median_s"),
        ('"lognormal"', '"constant"', "sigma is 0.5 in a latency of kind 'constant'", "lognormal"),
        ("rate_limit = 0.01", "stall = 0.6, dropped = 0.6", "sum to 1.2", "1 or less"),
        ("time_scale = 0.0", "time_scale = nan", "time_scale is nan", "finite|greater"),
        ('truth_file = "truth.jsonl"', "", "'draft' has no truth", "truth_file"),
        ("seed = 7", "seed = = 7", "is broken", "TOML"),
    ],
)
def test_a_value_that_does_not_fit_is_named(tmp_path, old, new, problem, remedy):
    """The error names file, key and value, and what would fit."""
    assert old in TOML
    path = written(tmp_path, TOML.replace(old, new))

    with pytest.raises(InputError, match=problem) as refused:
        load_scenario(path)
    assert str(path) in refused.value.problem
    assert refused.match(remedy)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("s.yaml", "", "a scenario is no '.yaml'"),
        ("s.json", "[]", "holds no object"),
        ("s.json", "{", "is broken"),
        ("s.json", '{"roles": []}', "roles is"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(tmp_path, name, text, problem):
    """What the file is instead is said."""
    with pytest.raises(InputError, match=problem):
        load_scenario(written(tmp_path, text, name))


def test_an_absent_scenario_is_refused(tmp_path):
    """The path is named."""
    with pytest.raises(InputError, match=r"nowhere\.toml cannot be read"):
        load_scenario(tmp_path / "nowhere.toml")


def test_bad_values_in_code_raise_the_same_error():
    """A role built in Python is checked as one from a file is."""
    with pytest.raises(InputError, match=r"error_rate is 2\.0"):
        classifier(error_rate=2.0)
    with pytest.raises(InputError, match=r"stall is -1"):
        Faults(stall=-1)


def test_a_role_has_one_truth_only(tmp_path):
    """Truth in the scenario and truth in a file would contradict each other."""
    with pytest.raises(InputError, match="has two truth"):
        Role(name="r", pattern="x", truth={}, truth_file=tmp_path)


def test_seed_and_pace_can_be_changed():
    """What is not given stays, and a bad pace is refused."""
    world = Scenario(seed=1, time_scale=0.5, roles=(classifier(), judge()))

    assert world.rehearsed(seed=2).seed == 2
    assert world.rehearsed(seed=2).time_scale == 0.5
    assert world.rehearsed(time_scale=0).roles == world.roles
    with pytest.raises(InputError, match="time_scale is -1"):
        world.rehearsed(time_scale=-1)
