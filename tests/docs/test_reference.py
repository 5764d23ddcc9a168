"""The reference page, against the docstrings it is made of."""

from __future__ import annotations

import importlib.util
from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "docs"
spec = importlib.util.spec_from_file_location("reference", FOLDER / "reference.py")
assert spec is not None
assert spec.loader is not None
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)


def test_the_reference_is_what_the_docstrings_say() -> None:
    """To renew it: python docs/reference.py."""
    assert reference.PAGE.read_text() == reference.page(), "Run: python docs/reference.py"


def test_every_name_of_the_package_is_in_the_reference() -> None:
    """With its signature."""
    text = reference.PAGE.read_text()
    for name in importlib.import_module("surestep").__all__:
        assert f"### `{name}`" in text
