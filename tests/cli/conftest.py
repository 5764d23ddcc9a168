"""A folder of its own for each test, and commands to run there."""

import pytest

from surestep.cli.app import start
from tests.cli.command import Said


@pytest.fixture
def surestep(tmp_path, monkeypatch, capsys):
    """A function that runs one command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SURESTEP_DB", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)

    def command(*words):
        capsys.readouterr()
        code = start(words)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return command
