"""Talk to a LangGraph server as any of its clients does: run, see the question, answer it."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from langgraph_sdk import get_client

URL = "http://127.0.0.1:2024"
LIMITS = {"surestep": {"slo": {"latency_s": 5.0}}}


async def converse(url: str) -> dict[str, Any]:
    """The thread's state after its letter was sent back once, and then approved."""
    async with get_client(url=url) as client:
        thread_id = (await client.threads.create())["thread_id"]
        await client.runs.wait(thread_id, "letter", input={"name": "Ada"}, context=LIMITS)
        await _answer(client, thread_id, {"type": "reject", "message": "Thank her."})
        return await _answer(client, thread_id, {"type": "approve"})


async def _answer(client: Any, thread_id: str, decision: dict[str, str]) -> dict[str, Any]:
    """Answer the one open question; the state the run comes to."""
    state = await client.threads.get_state(thread_id)
    (question,) = state["interrupts"]
    print(question["value"]["action_requests"][0]["description"], "\n->", decision)
    resume = {question["id"]: {"decisions": [decision]}}
    return dict(await client.runs.wait(thread_id, "letter", command={"resume": resume}))


if __name__ == "__main__":
    print(asyncio.run(converse(sys.argv[1] if len(sys.argv) > 1 else URL)))
