"""Probes: what a spoilt output does to the end, against the same run left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from surestep import Output, Plan, VerifiedGraph
from surestep.errors import InputError
from surestep.rehearsal.damage import damaged
from surestep.rehearsal.draw import Draws
from surestep.rehearsal.probing import Damage, criticality, probe_suite
from surestep.rehearsal.suite import Suite
from surestep.testing import run
from tests.rehearsal.suites import graph, right, suite

DRAWS = Draws.seeded(1)


def probed(suite: Suite, n: int = 6, make: Any = graph, **options: Any) -> dict[Any, Damage]:
    """The damage, by step and kind."""

    async def made() -> VerifiedGraph:
        return make()

    found = run(probe_suite(suite, made, n, **options))
    return {(one.step, one.kind): one for one in found}


def test_a_step_that_matters_spoils_the_end() -> None:
    """Whether its output is another one, missing, or of another case."""
    found = probed(suite, steps=["classify"])
    assert [(kind, one.pairs) for (_, kind), one in found.items()] == [
        ("corrupted", 6),
        ("missing", 6),
        ("stale", 6),
    ]
    assert all(one.spoilt.count == 6 for one in found.values())
    assert [one.stopped for one in found.values()] == [0, 6, 0]


def test_a_step_nobody_reads_spoils_nothing() -> None:
    """Its criticality is small, and the interval says how small it may be."""
    found = probed(suite, steps=["note"])
    assert [one.spoilt.count for one in found.values()] == [0, 0, 0]
    assert criticality(found.values())["note"] == pytest.approx(0.5 / 19)
    assert found["note", "stale"].spoilt.high == pytest.approx(0.39, abs=0.01)


def test_all_steps_are_probed_unless_some_are_named() -> None:
    """Each in each way."""
    found = probed(suite, 2, kinds=["corrupted"])
    assert [*found] == [("classify", "corrupted"), ("note", "corrupted"), ("answer", "corrupted")]


def test_checks_may_catch_the_damage() -> None:
    """Under a plan that checks, the judge refuses what is spoilt, and a retry mends it."""
    found = probed(suite, steps=["classify"], kinds=["corrupted"], plan=Plan.everything())
    assert found["classify", "corrupted"].spoilt.count == 0


def test_the_end_may_be_judged_otherwise() -> None:
    """As by some of its fields, against the undamaged run."""
    found = probed(suite, steps=["note"], judged=lambda trial, sound: trial.state == sound.state)
    assert found["note", "corrupted"].wrong == 6


def test_the_worlds_own_mistakes_do_not_count() -> None:
    """The simulated model errs in three of ten cases, and in none of a probe."""
    assert probed(suite, 20, steps=["note"], kinds=["stale"])["note", "stale"].pairs == 20


def test_damage_passes_through_an_output_and_a_command() -> None:
    """What else they say stays: confidence, and the way on."""
    from langgraph.types import Command

    from surestep.rehearsal.suite import Suite

    def commanded() -> VerifiedGraph:
        made = graph()

        async def note(state: Any) -> Any:
            return Output(Command(update={"note": "seen"}), confidence=0.5)

        other = VerifiedGraph(made.state_schema)
        other.add_step("answer", note)
        other.add_edge("__start__", "answer")
        return other

    told = Suite(inputs=suite.inputs, right=_noted, scenario=suite.scenario)
    found = probed(told, 2, commanded, kinds=["corrupted"])
    assert found["answer", "corrupted"].wrong == 2


def _noted(given: Any, state: Any) -> bool:
    return bool(state["note"] == "seen")


def test_an_unknown_step_is_refused() -> None:
    """The message lists those there are."""
    with pytest.raises(InputError, match=r"clasify.*classify, note, answer"):
        probed(suite, 1, steps=["clasify"])


def test_a_suite_that_is_never_right_is_refused() -> None:
    """Damage could not show."""
    with pytest.raises(InputError, match="None of 2 runs"):
        probed(replace(suite, right=lambda given, state: not right(given, state)), 2)


def test_damage_that_changes_nothing_is_none() -> None:
    """Then there is nothing to learn from the run."""
    assert damaged("stale", {"a": 1}, {"a": 1}, DRAWS) is None
    assert damaged("missing", {}, {"a": 1}, DRAWS) is None
    assert damaged("corrupted", {"a": object()}, {}, DRAWS) is None


def test_a_corrupted_value_keeps_its_type() -> None:
    """And what is no plain value stays."""
    thing = object()
    found = damaged("corrupted", {"a": 3, "b": thing}, {}, DRAWS)
    assert found is not None
    assert isinstance(found["a"], int)
    assert found["a"] != 3
    assert found["b"] is thing
