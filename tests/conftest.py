"""What every test relies on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from surestep.testing.postgres import Server, postgres_server

CLIENTS = "langchain_openai.chat_models._client_utils"
CACHED = ("_cached_async_httpx_client", "_cached_sync_httpx_client")
_used: list[object] = []


@pytest.fixture(autouse=True)
def _own_connections() -> Iterator[None]:
    """No test gets the connections of another.

    langchain-openai keeps clients by address for good, and sooner or later a server of a later
    test has the address of an earlier one, whose client is closed by then. The used ones are
    kept, not dropped, since a dropped client complains of connections left open.
    """
    yield
    clients = sys.modules.get(CLIENTS)
    for name in CACHED if clients else ():
        cached = getattr(clients, name)
        if cached.cache_info().currsize:
            _used.append(cached)
            setattr(clients, name, lru_cache(cached.__wrapped__))


@pytest.fixture(scope="session")
def _server() -> Iterator[Server | None]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres(_server: Server | None) -> Server:
    """A Postgres server; tests that need one are skipped where its programs are not installed."""
    if _server is None:
        pytest.skip("Postgres is not installed: no initdb on PATH or in /usr/lib/postgresql")
    return _server


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each dialect that is not there yet."""
    if request.param == "sqlite":
        return str(tmp_path / "a.db")
    return request.getfixturevalue("postgres").url_for(tmp_path)
