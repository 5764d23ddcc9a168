"""An undo that fails in one arm of a fan-out goes to a person, and the other arms stand."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START
from langgraph.types import Command, Send

from surestep import Assurance, Effect, Plan, VerifiedGraph
from surestep.errors import RunFailed
from surestep.testing import run
from surestep.values import Mode
from tests.graph.graphs import Log, says, thread


def asked(database: Path, mode: Mode, there: dict[str, str]) -> tuple[Any, Any]:
    """An app whose arm `b` waits for a person, and what the run said."""
    number = count(1)

    async def put(state: Log, key: str) -> dict[str, object]:
        there[key] = f"{state['log'][0]}{next(number)}"
        return {"log": [there[key]]}

    async def undo(state: Log, update: Any, key: str) -> None:
        raise OSError("the world is gone")

    async def check(state: Log, update: Any) -> bool:
        return bool(update["log"] != ["b2"])

    graph = VerifiedGraph(Log)
    graph.add_step("put", put, verifiers=[check], effect=Effect.REVERSIBLE, undo=undo)
    graph.add_node("use", says("used"))
    graph.add_conditional_edges(START, lambda _: [Send("put", {"log": [arm]}) for arm in "abc"])
    graph.add_edge("put", "use")
    plan = Plan(default=Assurance(mode=mode))
    app = graph.compile(InMemorySaver(), plan=plan, database=str(database))
    return app, run(app.ainvoke({"log": []}, thread()))


def decided(app: Any, kind: str) -> Any:
    """What becomes of the run once a person has decided."""
    return run(app.ainvoke(Command(resume={"decisions": [{"type": kind}]}), thread()))


@pytest.mark.parametrize("mode", ["serial", "speculative"])
def test_a_person_is_asked_at_once(tmp_path: Path, mode: Mode) -> None:
    """With what the check said, and why it still stands."""
    _, state = asked(tmp_path / "s.db", mode, {})

    told = state["__interrupt__"][0].value["action_requests"][0]["description"]
    assert "check: rejected; its effect could not be undone: OSError: the world is gone" in told


@pytest.mark.parametrize("mode", ["serial", "speculative"])
def test_the_arm_is_done_again_once_a_person_has_undone_it(tmp_path: Path, mode: Mode) -> None:
    """The other arms are not."""
    there: dict[str, str] = {}
    app, _ = asked(tmp_path / "s.db", mode, there)

    assert decided(app, "approve")["log"] == ["a1", "b4", "c3", "used"]
    assert sorted(there.values()) == ["a1", "b4", "c3"]


def test_the_run_fails_if_a_person_says_no(tmp_path: Path) -> None:
    """And says why."""
    app, _ = asked(tmp_path / "s.db", "serial", {})

    with pytest.raises(RunFailed, match="it is not undone, says"):
        decided(app, "reject")
