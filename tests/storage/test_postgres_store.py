"""The Postgres store keeps what every store must."""

from __future__ import annotations

from pathlib import Path

import pytest

from surestep.storage import Redactor, Store
from surestep.testing.postgres import Server
from surestep.testing.store_suite import StoreSuite


@pytest.fixture(autouse=True)
def _on_virtual_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases run by the time of the tests, which the server does not know."""
    monkeypatch.setattr(
        "surestep.storage.postgres.PostgresConnection.now", lambda self, local: local
    )


class TestPostgresStore(StoreSuite):
    """The conformance suite over a Postgres server."""

    @pytest.fixture(autouse=True)
    def _on(self, postgres: Server) -> None:
        self.server = postgres

    def open_store(self, folder: Path, *, redact: Redactor | None = None) -> Store:
        """A store over one schema for the folder."""
        return Store.open(self.server.url_for(folder), redact=redact)
