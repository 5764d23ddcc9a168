"""Short ways to a graph, a model with round prices, and a run with people in it."""

import operator
from typing import Annotated, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START
from langgraph.types import Command

from surestep import SLO, VerifiedGraph, session
from surestep.budgets.pricing import Price
from surestep.testing import FakeChat

THREAD = {"configurable": {"thread_id": "t"}}
# At 10 tokens of output at most, a call is reserved at 1 USD; `chat` takes 5, so it costs 0.50.
DOLLAR = Price(0.0, 100_000.0, max_output_tokens=10)
PRICES = {"fake-chat": DOLLAR}


class State(TypedDict, total=False):
    """What the graphs of these tests work on."""

    log: Annotated[list[str], operator.add]
    n: int
    text: str


def chat(replies=("ok",) * 50, **options):
    """A model whose calls are reserved at 1 USD and cost 0.50 USD."""
    return FakeChat(replies, **{"output_tokens": 5, **options})


def asks(model, name="asked"):
    """A worker that calls a model once and logs its name."""

    async def worker(state):
        await model.ainvoke("question")
        return {"log": [name]}

    return worker


def says(**update):
    """A worker that returns the same update at each call."""

    async def worker(state):
        return dict(update)

    return worker


def chain(*steps, state=State, **options):
    """An app of steps in a row, each given as `(name, worker, options)`; plain without options.

    Args:
        steps: the nodes.
        state: the schema of the state.
        options: options of `compile`; a checkpointer in memory unless one is given.
    """
    graph = VerifiedGraph(state)
    previous = START
    for name, worker, *rest in steps:
        graph.add_step(name, worker, **rest[0]) if rest else graph.add_node(name, worker)
        graph.add_edge(previous, name)
        previous = name
    graph.add_edge(previous, END)
    return graph.compile(**{"checkpointer": InMemorySaver(), **options})


def step(worker, **options):
    """An app of one step named `s`."""
    compiled = {key: options.pop(key) for key in ("database", "redact") if key in options}
    return chain(("s", worker, options), **compiled)


def arms(names, worker, *, after=None, **options):
    """An app whose steps run side by side, each worker made by `worker(name)`.

    Args:
        names: the arms.
        worker: makes the worker of an arm.
        after: options of `add_step` by arm, instead of the common ones.
        options: options of `add_step`, and `database` for `compile`.
    """
    compiled = {key: options.pop(key) for key in ("database",) if key in options}
    graph = VerifiedGraph(State)
    for name in names:
        graph.add_step(name, worker(name), **(after or {}).get(name, options))
        graph.add_edge(START, name).add_edge(name, END)
    return graph.compile(InMemorySaver(), **compiled)


def priced(**slo):
    """A session under these limits, with the prices of these tests."""
    return session(slo=SLO(**slo), prices=PRICES)


async def start(app, given=None, *, context=None, config=THREAD):
    """The state when a run ends or waits."""
    return await app.ainvoke(given or {"log": []}, config, context=context)


async def answer(app, resume, *, context=None, config=THREAD):
    """The state when a run that was given an answer ends or waits again."""
    return await app.ainvoke(Command(resume=resume), config, context=context)


def questions(result):
    """The questions in a result, by step."""
    return {
        one.value["action_requests"][0]["name"]: one.value
        for one in result.get("__interrupt__", ())
    }


def decision(kind, **rest):
    """An answer as current interfaces send it."""
    return {"decisions": [{"type": kind, **rest}]}


def edit(**args):
    """An edit as current interfaces send it."""
    return decision("edit", edited_action={"name": "s", "args": args})
