"""A store for each test, and tests that wait without taking time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import pytest

from surestep.storage import Redactor, Store
from surestep.testing.clock import run
from surestep.values import Question

P = ParamSpec("P")


def on_virtual_time(
    test: Callable[P, Coroutine[object, object, None]],
) -> Callable[P, None]:
    """The asynchronous test as a plain one, run on a loop whose waits take no time."""

    @wraps(test)
    def plain(*args: P.args, **kwargs: P.kwargs) -> None:
        run(test(*args, **kwargs))

    return plain


def a_question(**fields: object) -> Question:
    """Question `q` of thread `t`, the rest as given."""
    values = {"question_id": "q", "thread_id": "t", "step": "decide", "visit": 1}
    return Question(**{**values, "reason": "amount", "proposal": {"a": 1}, **fields})  # type: ignore[arg-type]


class OpenedStore:
    """Tests with a store: override `open_store`."""

    def open_store(self, folder: Path, *, redact: Redactor | None = None) -> Store:
        """A store over a database that is the same for the same folder, new for a new one."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """An open store, closed after the test."""
        store = self.open_store(tmp_path)
        yield store
        store.close()
