"""Every test of the engine leaves its databases closed."""

import pytest

from surestep.graph.stores import close_stores


@pytest.fixture(autouse=True)
def _stores_closed():
    """Close what the test's apps have opened."""
    yield
    close_stores()


@pytest.fixture
def database(tmp_path):
    """The path of a database that does not exist yet."""
    return str(tmp_path / "surestep.db")
