"""The edits: proposed by the assistant, decided by a person, made once, learned from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from examples import models
from examples.edits import folder as files
from examples.edits.__main__ import SCENARIO, main
from examples.edits.graph import Desk, build
from examples.edits.taste import PRIOR, belief, best, learned
from surestep.rehearsal import load_scenario, rehearse

APPROVE = {"type": "approve"}
SHORTER = {"type": "reject", "message": "Shorter, please."}


def worked(folder: Path, *answers: dict[str, Any]) -> list[dict[str, Any]]:
    """The questions asked while a person gives these answers, one per question."""

    async def session() -> list[dict[str, Any]]:
        with rehearse(load_scenario(SCENARIO)) as server:
            model = ChatOpenAI(model="m", base_url=server.base_url, api_key="x")
            async with model.root_async_client:
                return await _asked(build(str(folder), model), folder, answers)

    return asyncio.run(session())


async def _asked(graph, folder: Path, answers: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    app = graph.compile(InMemorySaver(), database=folder.with_suffix(".db"))
    config: Any = {"configurable": {"thread_id": "t"}}
    result = await app.ainvoke({"tone": "plain"}, config)
    questions = []
    for answer in answers:
        questions.append(result["__interrupt__"][0].value["question"])
        result = await app.ainvoke(Command(resume=answer), config)
    return [*questions, *(one.value["question"] for one in result.get("__interrupt__", ()))]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A new scratch folder."""
    return tmp_path / "scratch"


def test_an_approved_edit_is_made(scratch: Path) -> None:
    """In the file and nowhere else."""
    worked(scratch, APPROVE)
    assert "The company pays for the train." in (scratch / "travel.md").read_text()
    assert len(files.open_lines(scratch)) == 2


def test_nothing_is_written_while_the_question_is_open(scratch: Path) -> None:
    """The person decides first."""
    worked(scratch)
    assert len(files.open_lines(scratch)) == 3


def test_a_refusal_changes_the_next_proposal(scratch: Path) -> None:
    """It is written again at once, in the style now more likely to be accepted."""
    first, second = worked(scratch, SHORTER)
    assert first["proposal"]["style"] == "in a full paragraph"
    assert second["proposal"]["style"] == "in one short sentence"
    assert second["proposal"]["wishes"] == ["Shorter, please."]


def test_what_was_learned_is_kept_for_the_next_line(scratch: Path) -> None:
    """The short style has been accepted once, and its odds are shown."""
    questions = worked(scratch, SHORTER, APPROVE)
    assert questions[-1]["proposal"]["style"] == "in one short sentence"
    assert "67% (in a full paragraph: 50%, in one short sentence: 67%)" in questions[-1]["reason"]


def test_confidence_is_the_odds_of_acceptance(scratch: Path) -> None:
    """The prior's, before any decision."""
    assert worked(scratch)[0]["confidence"] == belief(PRIOR, best(PRIOR))


def test_an_edited_text_is_made_as_edited(scratch: Path) -> None:
    """And counts as half a yes."""
    proposal = worked(scratch)[0]["proposal"]
    mine = {**proposal, "edit": {**proposal["edit"], "text": "We pay."}}
    questions = worked(scratch.with_name("second"), {"type": "edit", "args": mine})
    assert "We pay." in (scratch.with_name("second") / "travel.md").read_text()
    assert questions[-1]["proposal"]["counts"]["in a full paragraph"] == [2.5, 1.5]


def test_an_emptied_text_leaves_the_line_alone(scratch: Path) -> None:
    """The assistant goes on with the next one."""
    proposal = worked(scratch)[0]["proposal"]
    nothing = {**proposal, "edit": {**proposal["edit"], "text": ""}}
    folder = scratch.with_name("second")
    assert (
        worked(folder, {"type": "edit", "args": nothing})[-1]["proposal"]["edit"]["line"]
        != (proposal["edit"]["line"])
    )
    assert len(files.open_lines(folder)) == 3


def test_an_edit_of_a_line_that_is_not_there_is_refused(scratch: Path) -> None:
    """The rule reads the file."""
    files.prepare(scratch)
    problem = files.problem(scratch, {"path": "travel.md", "line": "TODO: x", "text": "y"})
    assert problem == "travel.md has no line 'TODO: x'."


def test_an_edit_interrupted_after_it_was_made_is_recognised_by_its_key(scratch: Path) -> None:
    """So that a crash does not make it twice."""
    files.prepare(scratch)
    path, line = files.open_lines(scratch)[0]
    desk = Desk(scratch, ChatOpenAI(model="m", api_key="x"))
    assert asyncio.run(desk.written("k")) is None
    files.apply(scratch, {"path": path, "line": line, "text": "Done."}, "k")
    assert asyncio.run(desk.written("k")) == {"left": []}


def test_beliefs_are_the_means_of_their_betas() -> None:
    """One more refusal of two to one makes it even."""
    counts = learned(PRIOR, "in a full paragraph", refused=1)
    assert belief(counts, "in a full paragraph") == 0.5


def test_the_command_works_through_the_whole_folder(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command line's own run, and every edit approved."""
    for variable in models.VARIABLES:
        monkeypatch.setenv(variable, "")  # so that it is put back afterwards
        monkeypatch.delenv(variable)
    monkeypatch.setenv("SURESTEP_SCRATCH", str(scratch))
    options = ["--db", str(scratch.with_suffix(".db")), "--on-question", "approve", "--json"]
    monkeypatch.setattr("sys.argv", ["edits", *options])
    assert main() == 0
    assert files.open_lines(scratch) == []
