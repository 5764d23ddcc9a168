"""TARGETs: what they may name, and what is said of those that name nothing."""

import asyncio
import sys

import pytest

from surestep import VerifiedGraph
from surestep.cli.target import Target, load
from surestep.errors import TargetError
from surestep.graph import VerifiedApp
from tests.cli.command import AGENTS, target


def loaded(text):
    """What a TARGET loads."""
    return asyncio.run(load(text))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("graph", VerifiedGraph), ("compiled", VerifiedApp), ("made", VerifiedGraph)],
)
def test_a_graph_an_app_and_a_factory_are_targets(name, kind):
    """A factory may be asynchronous."""
    assert isinstance(loaded(target(name)), kind)


def test_a_module_is_imported_by_name():
    """As Python would."""
    assert isinstance(loaded("tests.cli.agents:graph"), VerifiedGraph)


def test_the_current_folder_can_be_imported_from(tmp_path, monkeypatch):
    """Without PYTHONPATH."""
    (tmp_path / "found_here.py").write_text("from tests.cli.agents import graph\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    assert isinstance(loaded("found_here:graph"), VerifiedGraph)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("number", "of type int"),
        ("plain", "a plain LangGraph StateGraph"),
        ("State", "the class State"),
        ("draft", "the function draft"),
    ],
)
def test_anything_else_is_named_and_graphs_are_offered(name, what):
    """So that the next try fits."""
    with pytest.raises(TargetError, match=what) as refusal:
        loaded(target(name))

    assert f"{AGENTS}:asks" in refusal.value.remedy


def test_a_missing_attribute_offers_the_graphs():
    """By name."""
    with pytest.raises(TargetError, match=r"no 'grph'.*:graph"):
        loaded(target("grph"))


def test_a_file_without_attribute_offers_the_graphs():
    """The commonest slip of all."""
    with pytest.raises(TargetError, match=r"names no attribute.*:graph"):
        Target.of(AGENTS)


@pytest.mark.parametrize("text", ["nowhere.py:graph", "no.such.module:graph", "nonsense", ":x"])
def test_a_place_that_is_not_there_is_refused(text):
    """With the forms there are."""
    with pytest.raises(TargetError, match="module:attribute"):
        loaded(text)


def test_a_factory_that_raises_is_quoted():
    """The error of the user's own code."""
    with pytest.raises(TargetError, match="OSError: no such server"):
        loaded(target("broken"))


def test_a_file_that_breaks_is_quoted(tmp_path):
    """And leaves no half-made module behind."""
    (tmp_path / "half_made.py").write_text("import json\n1 / 0\n")

    with pytest.raises(TargetError, match="ZeroDivisionError"):
        loaded(f"{tmp_path}/half_made.py:graph")
    assert "half_made" not in sys.modules


def test_a_missing_import_of_the_module_is_not_taken_for_the_module(tmp_path):
    """The name of what is missing is said."""
    (tmp_path / "needs_more.py").write_text("import not_installed_at_all\n")

    with pytest.raises(TargetError, match="not_installed_at_all"):
        loaded(f"{tmp_path}/needs_more.py:graph")
