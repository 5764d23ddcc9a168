"""Graphs for the tests of the command line to run, as a user's file would hold them."""

import asyncio
import operator
import os
import time
from pathlib import Path
from typing import Annotated, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from pydantic import BaseModel

from surestep import Ask, Effect, Output, Verdict, VerifiedGraph, attempt
from surestep.verifiers import Schema

PAUSE_S = float(os.environ.get("PAUSE_S", "0"))


class State(TypedDict, total=False):
    """What the steps share."""

    topic: str
    draft: str
    title: str
    notes: Annotated[list[str], operator.add]


class Draft(BaseModel):
    """What an edited draft must look like."""

    draft: str


async def draft(state):
    """A draft that says which attempt it is, and what it was told."""
    await asyncio.sleep(PAUSE_S)
    told = attempt().feedback
    return Output({"draft": f"{state['topic']} {attempt().number} {told}"}, confidence=0.7)


def second(state, update):
    """Accepts the second attempt, or one that was told something by a person."""
    good = " 2 " in update["draft"] or "please" in update["draft"]
    return good or Verdict("fail", feedback="too early")


async def title(state):
    """The draft in capitals."""
    await asyncio.sleep(PAUSE_S)
    return {"title": state["draft"].upper()}


def never(state, update):
    """Accepts nothing."""
    return Verdict("fail", feedback="never good enough")


def chain(*, human="never", checks=(second,)):
    """Draft, then title."""
    graph = VerifiedGraph(State)
    graph.add_step("draft", draft, verifiers=[*checks], human=human)
    graph.add_step("title", title, verifiers=[lambda state, update: True])
    graph.add_edge(START, "draft")
    graph.add_edge("draft", "title")
    graph.add_edge("title", END)
    return graph


graph = chain()
asks = chain(human="always", checks=(second, Schema(Draft, name="shape")))
pair = chain(human=Ask("it matters", approvers=2))
fails = chain(checks=(never,))
compiled = chain().compile()
plain = StateGraph(State)
number = 3


async def made():
    """An asynchronous factory."""
    return chain(human="always")


def broken():
    """A factory that raises."""
    raise OSError("no such server")


def both(state):
    """One of two steps that ask at once."""
    return {"notes": [state["topic"]]}


two = VerifiedGraph(State)
for name in ("left", "right"):
    two.add_step(name, both, human="always")
    two.add_edge(START, name)
    two.add_edge(name, END)


def listen(state):
    """An interrupt of the user's own."""
    return {"draft": interrupt({"question": "What next?"})}


chat = VerifiedGraph(State)
chat.add_node("listen", listen)
chat.add_edge(START, "listen")
chat.add_edge("listen", END)


def send(state, key):
    """An effect that leaves a line in a file."""
    with Path("sent.txt").open("a") as file:
        file.write(f"{key}\n")
    time.sleep(PAUSE_S)
    return {"title": "sent"}


async def sent(key):
    """What became of an effect: whether its line is there."""
    return {"title": "sent"} if key in await asyncio.to_thread(sent_keys) else None


def sent_keys():
    """The keys of the effects that have happened."""
    path = Path("sent.txt")
    return path.read_text().splitlines() if path.exists() else []


effect = VerifiedGraph(State)
effect.add_step("draft", draft)
effect.add_step("send", send, effect=Effect.IRREVERSIBLE, confirm=sent)
effect.add_edge(START, "draft")
effect.add_edge("draft", "send")
effect.add_edge("send", END)
