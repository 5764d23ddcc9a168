"""The person's node: one question, and LangGraph's own interrupt for it."""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, interrupt

from surestep.nodes.channels import ANSWERS, HUB, HUMAN
from surestep.nodes.live import live_of
from surestep.nodes.people.answered import decision_entry, question_of
from surestep.nodes.shapes import AsyncNode
from surestep.review import parse_answer, request

PATIENCE = 20
"""How often a question gives way. An answer that a crash has kept may be to one long settled."""


class Human(AsyncNode):
    """Interrupts the run for one question, unless it has been answered by now."""

    name = HUMAN

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """The answer, for the planner's node to act on."""
        assert config is not None
        live = live_of(config)
        question = question_of(input["question"])
        decision = await live.answer_to(question.question_id)
        if decision is None and live.answers and live.gave_way[question.question_id] < PATIENCE:
            # Somebody else's question was answered in this call; interrupting again would
            # keep that answer from taking effect, so give way and be asked again after it.
            live.gave_way[question.question_id] += 1
            return Command(goto=HUB)
        if decision is None:
            live.waiting = f"{question.step}: {question.reason}"
            decision = parse_answer(question, interrupt(request(question)))
        return Command(goto=HUB, update={ANSWERS: {question.question_id: decision_entry(decision)}})
