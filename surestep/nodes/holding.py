"""A stream that shows only what is settled: the rest is held back until it is, or dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

ROLLBACK = "surestep.rollback"


class HeldStream:
    """The chunks of a run that nobody has seen yet.

    A chunk may be shown once its superstep is over, and nothing is unsettled: until then a
    superstep may start again, and with it whatever was streamed since.

    Args:
        unsettled: whether any output of the run is.
    """

    def __init__(self, unsettled: Callable[[], bool]) -> None:
        self._unsettled = unsettled
        self._chunks: list[Any] = []
        self._shown = 0
        self._marks: dict[tuple[str, int], int] = {}
        self._now = 0
        self._void: dict[str, int] = {}

    def begins(self, graph: str, superstep: int) -> None:
        """Take note that a node of this superstep of a graph starts.

        Args:
            graph: the checkpoint namespace of the graph; `""` for the outermost.
            superstep: LangGraph's number of it.
        """
        if superstep > self._void.get(graph, superstep):
            del self._void[graph]
        here = self._shown + len(self._chunks)
        if self._marks.setdefault((graph, superstep), here) == here and not graph:
            self._now = here

    def take_back(self, graph: str, superstep: int, *, now: int) -> None:
        """Drop what a graph has streamed since a superstep began.

        Args:
            graph: the checkpoint namespace of the graph.
            superstep: the one that starts again.
            now: the present one, whose other nodes are taken back as they end.
        """
        self._void[graph] = now
        since = self._marks.get((graph, superstep), self._shown) - self._shown
        kept = self._chunks[: max(since, 0)]
        kept += [one for one in self._chunks[max(since, 0) :] if not _is_of(one, graph)]
        self._chunks = kept
        here = self._shown + len(kept)
        self._marks = {
            name: mark
            for name, mark in self._marks.items()
            if not (name[0].startswith(graph) and (name[0] != graph or name[1] >= superstep))
        }
        self._now = min(self._now, here)

    def shown(self, chunk: Any) -> Iterator[Any]:
        """What may be shown now that one more chunk has come in."""
        void = any(_is_of(chunk, graph) for graph in self._void)
        if not (void or _is_rollback(chunk)):
            self._chunks.append(chunk)
        if not self._unsettled():
            yield from self._release(max(self._now - self._shown, 0))

    def rest(self) -> Iterator[Any]:
        """What is left at the end of a run, which waits for every verdict."""
        yield from self._release(len(self._chunks))

    def _release(self, number: int) -> list[Any]:
        found, self._chunks = self._chunks[:number], self._chunks[number:]
        self._shown += len(found)
        return found


def _is_of(chunk: Any, graph: str) -> bool:
    """Whether a chunk is of this graph or one nested in it; all are of the outermost."""
    if not graph:
        return True
    namespace = ""
    if isinstance(chunk, tuple) and chunk and isinstance(chunk[0], tuple):
        namespace = "|".join(map(str, chunk[0]))
    elif isinstance(chunk, tuple) and isinstance(chunk[-1], Mapping):
        # A token of a model, as the mode `messages` has it.
        namespace = str(chunk[-1].get("langgraph_checkpoint_ns", ""))
    return namespace.startswith(graph)


def _is_rollback(chunk: Any) -> bool:
    """Whether a chunk announces a rollback, of which nobody sees anything here."""
    data = chunk[-1] if isinstance(chunk, tuple) and chunk else chunk
    return isinstance(data, Mapping) and data.get("type") == ROLLBACK
