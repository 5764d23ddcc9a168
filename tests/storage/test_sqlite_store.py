"""The SQLite store keeps what every store must."""

from __future__ import annotations

from pathlib import Path

from surestep.storage import Redactor, Store
from surestep.testing.store_suite import StoreSuite


class TestSqliteStore(StoreSuite):
    """The conformance suite over an SQLite file."""

    def open_store(self, folder: Path, *, redact: Redactor | None = None) -> Store:
        """A store over one file in the folder."""
        return Store.open(folder / "surestep.db", redact=redact)
