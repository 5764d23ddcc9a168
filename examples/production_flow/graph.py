"""The graph of the twelve steps, and the suite it is rehearsed with.

    surestep probe examples/production_flow/graph.py:graph --rehearse 50
    surestep tune examples/production_flow/graph.py:graph --rehearse 300

make the graph with `graph`, against the models `OPENAI_BASE_URL` names.
"""

from __future__ import annotations

import os
from itertools import pairwise

from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START

from examples.production_flow import checks
from examples.production_flow.scenario import LARGE, SMALL
from examples.production_flow.steps import Desk, Flow
from examples.production_flow.suite import suite
from examples.production_flow.world import World
from surestep import Budget, Effect, VerifiedGraph

__all__ = ["build", "graph", "suite"]

ORDER = (
    "validate",
    "authorise",
    "understand",
    "settle",
    "look_up",
    "quote",
    "reconcile",
    "decide",
    "comply",
    "reserve",
    "compose",
    "commit",
)
MOST_TOKENS = 400


def build(small: BaseChatModel, large: BaseChatModel, world: World) -> VerifiedGraph:
    """The graph, not compiled yet.

    Args:
        small: what the workers and the cheap judges ask.
        large: what the dear judges ask.
        world: the systems around it.
    """
    desk = Desk(small, world)
    graph = VerifiedGraph(Flow)
    _add_reading(graph, desk, small, large)
    _add_facts(graph, desk)
    _add_deciding(graph, desk, small, large)
    _add_effects(graph, desk, small, large)
    for here, there in pairwise((START, *ORDER, END)):
        graph.add_edge(here, there)
    return graph


def _add_reading(
    graph: VerifiedGraph, desk: Desk, small: BaseChatModel, large: BaseChatModel
) -> None:
    graph.add_step("validate", desk.validate)
    graph.add_step("authorise", desk.authorise)
    understood = [checks.READ, *checks.judges(small, large, "reading")]
    graph.add_step(
        "understand", desk.understand, verifiers=understood, on_inconclusive="drop_check"
    )
    settled = [checks.CHOSEN, *checks.judges(small, large, "choice")]
    graph.add_step("settle", desk.settle, verifiers=settled, on_inconclusive="drop_check")


def _add_facts(graph: VerifiedGraph, desk: Desk) -> None:
    graph.add_step("look_up", desk.look_up, verifiers=[checks.FRESH], budget=Budget(latency_s=8.0))
    graph.add_step("quote", desk.quote, budget=Budget(latency_s=8.0))
    graph.add_step("reconcile", desk.reconcile, verifiers=[checks.PLAUSIBLE])


def _add_deciding(
    graph: VerifiedGraph, desk: Desk, small: BaseChatModel, large: BaseChatModel
) -> None:
    graph.add_step(
        "decide",
        desk.decide,
        verifiers=[checks.BOUNDS, *checks.judges(small, large, "ruling")],
        human="on_failure",
        on_inconclusive="drop_check",
    )
    graph.add_step(
        "comply",
        desk.comply,
        verifiers=[checks.KNOWN, *checks.judges(small, large, "notices")],
        human="on_failure",
        on_inconclusive="drop_check",
    )


def _add_effects(
    graph: VerifiedGraph, desk: Desk, small: BaseChatModel, large: BaseChatModel
) -> None:
    graph.add_step("reserve", desk.reserve, effect=Effect.REVERSIBLE, undo=desk.release)
    composed = [checks.AMOUNT, *checks.judges(small, large, "message")]
    graph.add_step("compose", desk.compose, verifiers=composed, on_inconclusive="drop_check")
    graph.add_step("commit", desk.commit, effect=Effect.IRREVERSIBLE, confirm=desk.committed)


def graph() -> VerifiedGraph:
    """The graph against the models that `OPENAI_BASE_URL` names, in a world of its own."""
    return build(_model(SMALL), _model(LARGE), World())


def _model(name: str) -> ChatOpenAI:
    # Said here too, because langchain-openai shares connections between models by this option.
    url = os.environ.get("OPENAI_BASE_URL")
    return ChatOpenAI(model=name, base_url=url, max_completion_tokens=MOST_TOKENS)
