"""How the visits of a run's steps went, and what of that has still to be written into its graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from surestep.nodes.channels import Table, visits
from surestep.nodes.ends import Entry, combined
from surestep.values import StepRecord


class Records:
    """The records of the steps of one run, nested ones included.

    Args:
        before: those of earlier passes over the thread.

    Attributes:
        steps: the record of each step that has started, by path.
    """

    def __init__(self, before: Mapping[str, StepRecord]) -> None:
        self.steps: dict[str, StepRecord] = {**before}
        self._unwritten: list[tuple[str, StepRecord]] = []

    @property
    def unwritten(self) -> bool:
        """Whether a node has records to write for others."""
        return bool(self._unwritten)

    def settle(self, path: str, record: StepRecord, *, landed: bool = True) -> None:
        """Add a visit that has ended.

        Args:
            path: the step's path.
            record: how the visit went.
            landed: whether the step's own node writes the record into its graph. It does not
                where verdicts come in after it: the next node to land does then.
        """
        self.steps[path] = combined(self.steps.get(path), record)
        if "/" in path or not landed:
            self._unwritten.append((path, record))

    def gathered(self, path: str) -> list[tuple[str, StepRecord]]:
        """The visits that the node at `path` has to write for others, each given out once.

        They are those of nested steps that ended inside it, and those of steps beside it that
        LangGraph's error handlers took over. Only nodes of the outermost graph gather: its
        record is the one that is read.
        """
        if "/" in path or not self._unwritten:
            return []
        others = [one for one in self._unwritten if not _falls_to(path, one[0])]
        found = [one for one in self._unwritten if _falls_to(path, one[0])]
        self._unwritten = others
        return found

    def base(self, prefix: str, record: Table) -> Entry:
        """How often the steps of a nested graph were visited before it was entered again."""
        counts = {
            path: step.visits - visits(record, path)
            for path, step in self.steps.items()
            if path.startswith(prefix)
        }
        return {"base": counts}

    def rewind(self, counts: Mapping[str, object]) -> None:
        """Forget visits that were taken back: each step was visited as often as `counts` says."""
        self.steps = {
            path: replace(step, visits=int(str(counts[path])))
            for path, step in self.steps.items()
            if counts.get(path)
        }
        self._unwritten = [one for one in self._unwritten if one[0] in self.steps]


def _falls_to(node: str, path: str) -> bool:
    return "/" not in path or path.startswith(f"{node}/")
