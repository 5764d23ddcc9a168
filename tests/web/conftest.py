"""An inbox in a folder of its own."""

import pytest

from tests.web.desk import Desk


@pytest.fixture
def desk(tmp_path):
    """An inbox without questions, in which nobody may sign in yet."""
    found = Desk(tmp_path)
    yield found
    found.store.close()
