"""A verified graph is a LangGraph graph: the same states and the same streams."""

import pytest

from surestep.testing import run
from tests.graph.graphs import KINDS, Kind, Make, watched
from tests.graph.shapes import SHAPES


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SHAPES)
def test_steps_stream_what_native_nodes_would(name: str, kind: Kind) -> None:
    """Values, updates and custom chunks are those of the same graph made with `add_node`."""
    native = run(watched(SHAPES[name](Make("native"))))

    assert run(watched(SHAPES[name](Make(kind)))) == native
