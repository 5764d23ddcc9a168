"""Shapes of states: schemas, reducers, messages, and what updates may be."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Annotated

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langgraph.graph import START
from langgraph.graph.message import add_messages
from langgraph.managed import IsLastStep
from langgraph.types import Overwrite
from pydantic import BaseModel
from typing_extensions import TypedDict

from tests.graph.graphs import Case, Log, Make, shape


class Private(TypedDict):
    """What only two steps know."""

    secret: str


@shape
def private_input(make: Make) -> Case:
    """A step with an input schema of its own, by option and by annotation."""

    async def write(state: Log) -> Private:
        return {"secret": "hush"}

    async def read(state: Private) -> dict[str, object]:
        return {"log": sorted(state.values())}

    graph = make.graph(Log)
    make.step(graph, "write", write)
    make.step(graph, "read", read)
    make.step(graph, "read too", RunnableLambda(read), input_schema=Private)
    graph.add_edge(START, "write").add_edge("write", "read").add_edge("read", "read too")
    return Case(make.compile(graph))


class Asked(TypedDict):
    """An input schema."""

    question: str


class Said(TypedDict):
    """An output schema."""

    answer: str


class Talk(Asked, Said):
    """The state of both."""

    notes: Annotated[list[str], operator.add]


@shape
def input_and_output_schemas(make: Make) -> Case:
    """A graph that takes and gives less than it knows."""

    async def think(state: Talk) -> dict[str, object]:
        return {"notes": [state["question"]]}

    async def speak(state: Talk) -> dict[str, object]:
        return {"answer": " ".join(state["notes"])}

    graph = make.graph(Talk, input_schema=Asked, output_schema=Said)
    make.step(graph, "think", think)
    make.step(graph, "speak", speak)
    graph.add_edge(START, "think").add_edge("think", "speak")
    return Case(make.compile(graph), [{"question": "why", "answer": "dropped"}])


@dataclass
class Point:
    """A state as a dataclass."""

    x: int
    log: Annotated[list[str], operator.add]


@shape
def dataclass_state(make: Make) -> Case:
    """Workers that get, and one that returns, a dataclass."""

    async def as_dict(state: Point) -> dict[str, object]:
        return {"x": state.x + 1, "log": ["as dict"]}

    async def as_object(state: Point) -> Point:
        return Point(state.x + 1, ["as object"])

    graph = make.graph(Point)
    make.step(graph, "as_dict", as_dict)
    make.step(graph, "as_object", as_object)
    graph.add_edge(START, "as_dict").add_edge("as_dict", "as_object")
    return Case(make.compile(graph), [Point(1, [])])


class Model(BaseModel):
    """A state as a pydantic model."""

    x: int
    log: Annotated[list[str], operator.add] = []


@shape
def pydantic_state(make: Make) -> Case:
    """Workers that get, and one that returns, a pydantic model."""

    async def as_dict(state: Model) -> dict[str, object]:
        return {"x": state.x + 1, "log": [type(state).__name__]}

    async def as_object(state: Model) -> Model:
        return Model(x=state.x + 1, log=["as object"])

    graph = make.graph(Model)
    make.step(graph, "as_dict", as_dict)
    make.step(graph, "as_object", as_object)
    graph.add_edge(START, "as_dict").add_edge("as_dict", "as_object")
    return Case(make.compile(graph), [{"x": "1"}])


class Chat(TypedDict):
    """A state of messages."""

    messages: Annotated[list[AnyMessage], add_messages]


@shape
def messages(make: Make) -> Case:
    """Workers that add to, and replace in, a list of messages."""

    async def answer(state: Chat) -> dict[str, object]:
        return {"messages": [AIMessage(f"re: {state['messages'][-1].content}", id="2")]}

    async def mend(state: Chat) -> dict[str, object]:
        return {"messages": AIMessage("better", id="2")}

    graph = make.graph(Chat)
    make.step(graph, "answer", answer)
    make.step(graph, "mend", mend)
    graph.add_edge(START, "answer").add_edge("answer", "mend")
    return Case(make.compile(graph), [{"messages": [HumanMessage("hi", id="1")]}])


@shape
def overwrite(make: Make) -> Case:
    """A worker that puts a value past its reducer."""

    async def reset(state: Log) -> dict[str, object]:
        return {"log": Overwrite(["clean"])}

    graph = make.graph(Log)
    make.steps(graph, "a", "b")
    make.step(graph, "reset", reset)
    graph.add_edge(START, "a").add_edge("a", "reset").add_edge("reset", "b")
    return Case(make.compile(graph))


@shape
def nothing_to_say(make: Make) -> Case:
    """A worker that returns `None`, and one that returns an empty update."""

    async def silent(state: Log) -> None:
        return None

    async def empty(state: Log) -> dict[str, object]:
        return {}

    graph = make.graph(Log)
    make.step(graph, "silent", silent)
    make.step(graph, "empty", empty)
    graph.add_edge(START, "silent").add_edge("silent", "empty")
    return Case(make.compile(graph))


class Hurried(TypedDict):
    """A state with one of LangGraph's managed values."""

    log: Annotated[list[str], operator.add]
    last: IsLastStep


@shape
def managed_value(make: Make) -> Case:
    """A worker that sees whether it is the last one."""

    async def sees(state: Hurried) -> dict[str, object]:
        return {"log": [f"last {state['last']}"]}

    graph = make.graph(Hurried)
    make.step(graph, "sees", sees)
    make.steps(graph, "after")
    graph.add_edge(START, "sees").add_edge("sees", "after")
    return Case(make.compile(graph))
