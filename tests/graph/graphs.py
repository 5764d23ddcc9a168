"""What tests of graphs share: one way to build a shape natively and of steps, and to watch it."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Interrupt
from typing_extensions import TypedDict

from surestep import Assurance, Plan, VerifiedGraph, record
from surestep.graph import VerifiedApp

Kind = Literal["native", "off", "serial", "rejecting"]
KINDS: tuple[Kind, ...] = ("off", "serial", "rejecting")


class Log(TypedDict, total=False):
    """A state that shows the order in which things happened."""

    log: Annotated[list[str], operator.add]
    n: int
    item: str


class Counted(TypedDict, total=False):
    """A state with one number."""

    n: int


def says(word: str) -> Callable[[Log], Any]:
    """An async worker that adds a word to the log, and counts."""

    async def worker(state: Log) -> dict[str, object]:
        return {"log": [word]}

    return worker


def accepts(state: object, update: object) -> bool:
    """A verifier that has no objections."""
    return True


def refuses(state: object, update: object) -> bool:
    """A verifier that always objects."""
    return False


def picky() -> Callable[[object, object], bool]:
    """A verifier that refuses every third output it sees, the very first among them."""
    answers = itertools.cycle([False, True, True])
    return lambda state, update: next(answers)


@dataclass(frozen=True)
class Make:
    """Builds one and the same graph natively, or of steps that are treated one way."""

    kind: Kind

    def graph(self, schema: type[Any], *rest: Any, **schemas: Any) -> StateGraph[Any, Any]:
        """An empty graph."""
        make = StateGraph if self.kind == "native" else VerifiedGraph
        return make(schema, *rest, **schemas)

    def step(self, graph: StateGraph[Any, Any], name: str, worker: Any, **options: Any) -> None:
        """Add a node natively, else a step."""
        if not isinstance(graph, VerifiedGraph):
            graph.add_node(name, worker, **options)
            return
        verifiers = [picky() if self.kind == "rejecting" else accepts]
        graph.add_step(name, worker, verifiers=verifiers, retries=4, **options)

    def steps(self, graph: StateGraph[Any, Any], *names: str) -> None:
        """Add a step that logs its own name, for each name."""
        for name in names:
            self.step(graph, name, says(name))

    def compile(self, graph: StateGraph[Any, Any], **options: Any) -> CompiledStateGraph[Any, Any]:
        """The graph as an app."""
        if isinstance(graph, VerifiedGraph) and self.kind == "off":
            options["plan"] = Plan(default=Assurance(mode="off"))
        return graph.compile(**options)


@dataclass(frozen=True)
class Case:
    """An app and what to feed it, one input after the other on one thread."""

    app: CompiledStateGraph[Any, Any]
    inputs: Sequence[Any] = ({"log": []},)
    options: Mapping[str, Any] = field(default_factory=dict)


SHAPES: dict[str, Callable[[Make], Case]] = {}


def shape(build: Callable[[Make], Case]) -> Callable[[Make], Case]:
    """List a shape under its own name."""
    SHAPES[build.__name__] = build
    return build


async def watched(case: Case) -> list[object]:
    """All that `values`, `updates` and `custom` streams show of a case.

    Updates of one superstep are sorted, because native ones come as tasks happen to end, and
    equal custom chunks count once, because a worker that is run again writes them again.
    """
    config = {"configurable": {"thread_id": "t"}}
    seen: list[object] = []
    modes = ["updates", "values", "custom"]
    for given in case.inputs:
        updates: set[str] = set()
        async for mode, chunk in case.app.astream(given, config, stream_mode=modes, **case.options):
            if mode == "values":
                seen += [sorted(updates), ("values", plain(chunk))]
                updates = set()
            else:
                updates.add(f"{mode} {plain(chunk)!r}")
        seen.append(sorted(updates))
    return seen


def plain(value: Any) -> Any:
    """A value without what differs from run to run: ids of interrupts."""
    if isinstance(value, Interrupt):
        return ("interrupt", plain(value.value))
    if isinstance(value, dict):
        return {key: plain(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def thread(name: str = "t", **more: Any) -> dict[str, Any]:
    """A config that names a thread."""
    return {"configurable": {"thread_id": name, **more}}


def one_step(worker: Any, *, schema: type[Any] = Log, **options: Any) -> VerifiedGraph:
    """A graph of one step, `work`."""
    graph = VerifiedGraph(schema)
    graph.add_step("work", worker, **options)
    graph.add_edge("__start__", "work")
    return graph


def chain_of(*names: str, **options: Any) -> VerifiedGraph:
    """A chain of steps that log their names."""
    graph = VerifiedGraph(Log)
    for before, name in itertools.pairwise(("__start__", *names)):
        graph.add_step(name, says(name), **options)
        graph.add_edge(before, name)
    return graph


async def outcomes(app: VerifiedApp, config: dict[str, Any]) -> dict[str, str | None]:
    """How the steps of a thread settled."""
    return {name: step.outcome for name, step in (await record(app, config)).steps.items()}
