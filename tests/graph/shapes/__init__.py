"""Shapes of graphs, each built of native nodes or of steps by the same code."""

from tests.graph.graphs import SHAPES
from tests.graph.shapes.flow import chain
from tests.graph.shapes.nodes import asks
from tests.graph.shapes.states import Chat, Model, Point

__all__ = ["SHAPES", "Chat", "Model", "Point", "asks", "chain"]
