"""Chat with the library's desk; without a model of your own, against a rehearsed one."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from examples import models
from examples.chat.graph import build
from surestep import session
from surestep.graph import Session, VerifiedApp

SCENARIO = Path(__file__).parent / "scenario.toml"
CONFIG: Any = {"configurable": {"thread_id": "desk"}}


async def chat() -> None:
    """Turn after turn, until the visitor says nothing more."""
    model = models.small()
    async with model.root_async_client:
        app = build(model).compile(InMemorySaver())
        s = session()
        result = await app.ainvoke({"history": []}, CONFIG, context=s)
        while interrupts := result.get("__interrupt__"):
            print(f"desk> {interrupts[0].value['question']['reason']}{_checked(s)}")
            result = await _answered(app, await asyncio.to_thread(_line), s)
    print(f"desk> Goodbye. ({s.record.spent.calls} model calls)")


async def _answered(app: VerifiedApp, said: str, s: Session) -> dict[str, Any]:
    answer = {"type": "respond", "message": said} if said else {"type": "approve"}
    return await app.ainvoke(Command(resume=answer), CONFIG, context=s)


def _checked(s: Session) -> str:
    """How the reply on show came to be."""
    record = s.record.steps.get("reply")
    if record is None:
        return ""
    tries = "1 draft" if record.attempts == 1 else f"{record.attempts} drafts"
    return f"  [{record.outcome}, {tries}]"


def _line() -> str:
    print("you> ", end="", flush=True)
    line = sys.stdin.readline()
    if not sys.stdin.isatty():
        print(line.rstrip("\n"))
    return line.strip()


def main() -> None:
    """Chat until an empty line."""
    with models.reachable(SCENARIO):
        print("Ask about opening, cards, late books, renewing. An empty line ends the chat.")
        asyncio.run(chat())


if __name__ == "__main__":
    main()
