"""Propose an edit, have a person decide, make it once, learn from the decision, and again."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from langchain_openai import ChatOpenAI
from langgraph.graph import START

from examples import models
from examples.edits import folder as files
from examples.edits.taste import PRIOR, Counts, belief, best, learned, shown
from surestep import Ask, Effect, Output, Verdict, VerifiedGraph, attempt
from surestep.verifiers import Rule

VARIABLE = "SURESTEP_SCRATCH"


class State(TypedDict, total=False):
    """What the assistant works on, and what it has learned."""

    tone: str
    edit: files.Edit
    style: str
    seal: str
    counts: Counts
    wishes: Annotated[list[str], operator.add]
    left: Annotated[list[str], operator.add]


class Desk:
    """The steps, over one folder and one model."""

    def __init__(self, folder: Path, model: ChatOpenAI) -> None:
        self.folder = folder
        self.model = model

    def waiting(self, state: State) -> list[tuple[str, str]]:
        """The files and lines still to be written."""
        lines = files.open_lines(self.folder)
        return [one for one in lines if one[1] not in state.get("left", [])]

    def way(self, state: State) -> Literal["propose", "__end__"]:
        """Whether there is more to do."""
        return "propose" if self.waiting(state) else "__end__"

    async def propose(self, state: State) -> Output:
        """The next edit, in the style most likely to be accepted."""
        counts, wishes = state.get("counts", PRIOR), []
        # A person's refusal comes without verdicts, a rule's with them.
        if attempt().feedback and not attempt().verdicts:
            counts, wishes = learned(counts, best(counts), refused=1), [attempt().feedback]
        path, line = self.waiting(state)[0]
        style = best(counts)
        said = "".join(f"\nThey said: {wish}" for wish in state.get("wishes", []) + wishes)
        answer = await self.model.ainvoke(
            f"Write {style}, in a {state['tone']} tone.{said}\n{path}: {line}"
        )
        text = str(answer.text)
        update = {
            "edit": files.Edit(path=path, line=line, text=text),
            "style": style,
            "seal": files.seal(text),
            "counts": counts,
            "wishes": wishes,
        }
        return Output(update, confidence=belief(counts, style))

    def fits(self, update: State) -> bool | str:
        """Whether the edit can be made."""
        return files.problem(self.folder, update["edit"]) or True

    def write(self, state: State, key: str) -> State:
        """Make the edit; without a text the line stays."""
        if not state["edit"]["text"]:
            return {"left": [state["edit"]["line"]]}
        files.apply(self.folder, state["edit"], key)
        return {"left": []}

    async def written(self, key: str) -> Mapping[str, object] | None:
        """What an interrupted `write` did; nothing, if its key was never noted."""
        return {"left": []} if files.applied(self.folder, key) else None


def consent(_state: State, output: Output | None, _verdicts: tuple[Verdict, ...]) -> Ask:
    """Ask about every edit, and say what answer is expected."""
    update: Any = output.update if output else {"counts": PRIOR, "style": best(PRIOR)}
    odds = belief(update["counts"], update["style"])
    return Ask(f"I expect a yes with {odds:.0%} ({shown(update['counts'])})")


def learn(state: State) -> State:
    """Count the decision: an edited text is half a yes."""
    as_proposed = files.seal(state["edit"]["text"]) == state["seal"]
    yes = 1.0 if as_proposed else 0.5
    return {"counts": learned(state["counts"], state["style"], accepted=yes, refused=1 - yes)}


def build(folder: str | None = None, model: ChatOpenAI | None = None) -> VerifiedGraph:
    """The graph over a folder, by default the one named by `SURESTEP_SCRATCH`, or `scratch`."""
    place = Path(folder or os.environ.get(VARIABLE, "scratch"))
    files.prepare(place)
    desk = Desk(place, model or models.small())
    graph = VerifiedGraph(State)
    graph.add_step("propose", desk.propose, verifiers=[Rule(desk.fits)], human=consent)
    graph.add_step("write", desk.write, effect=Effect.IRREVERSIBLE, confirm=desk.written)
    graph.add_node("learn", learn)
    graph.add_conditional_edges(START, desk.way)
    graph.add_edge("propose", "write")
    graph.add_edge("write", "learn")
    graph.add_conditional_edges("learn", desk.way)
    return graph
