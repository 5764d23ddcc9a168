"""The layers of the package, as import-linter's contracts in pyproject.toml state them."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter.api import read_configuration
from importlinter.application.use_cases import lint_imports
from importlinter.cli import configuration

PYPROJECT = str(Path(__file__).parent.parent / "pyproject.toml")


def test_every_contract_on_imports_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """Each layer imports only those below it, and each outside package stays in its place."""
    configuration.configure()
    assert lint_imports(PYPROJECT, cache_dir=None, no_logo=True), capsys.readouterr().out


def test_a_package_that_no_layer_names_would_be_noticed() -> None:
    """A new folder needs a decision about its layer."""
    layers = read_configuration(PYPROJECT)["contracts_options"][0]
    assert layers["type"] == "layers"
    assert layers["exhaustive"]
