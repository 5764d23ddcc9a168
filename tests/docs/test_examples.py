"""The code in README and docs, run as a reader would run it.

Of each page, from top to bottom, in one namespace and in an empty folder: `python` blocks run,
`text` blocks are what has been printed since the last one, a `mermaid` block draws `app`, `toml`
blocks are plans or scenarios, and the commands of `console` blocks are ones we have.
"""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path

import pytest
from sybil import Document, Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from typer.main import get_command

from surestep import Plan
from surestep.cli.app import app as cli
from surestep.graph.stores import close_stores
from surestep.rehearsal import Scenario

ROOT = Path(__file__).parent.parent.parent
TARGETS = (ROOT / "Makefile").read_text()
PAGES = [
    path
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "benchmarks/*.md")
    for path in sorted(ROOT.glob(pattern))
    if path.name != "reference.md"  # holds the code of docstrings, which stands alone
]


class Page:
    """What the blocks of one page are checked against.

    Attributes:
        printed: gives, and forgets, what has been printed.
    """

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.printed = lambda: capsys.readouterr().out

    def read(self, path: Path) -> Document:
        """The page, with a check for each kind of block."""
        checks = {
            "text": self.text,
            "mermaid": self.mermaid,
            "toml": self.toml,
            "console": self.console,
        }
        parsers = [CodeBlockParser(language, check) for language, check in checks.items()]
        return Sybil([PythonCodeBlockParser(), *parsers]).parse(path)

    def text(self, example: Example) -> None:
        """Printed by the code above it."""
        assert self.printed().splitlines() == example.parsed.splitlines()

    def mermaid(self, example: Example) -> None:
        """Drawn by the app above it."""
        assert example.namespace["app"].get_graph().draw_mermaid().strip() == example.parsed.strip()

    def toml(self, example: Example) -> None:
        """A scenario if it has roles, else a plan."""
        values = tomllib.loads(example.parsed)
        assert Scenario.read(values) if "roles" in values else Plan.of_toml(example.parsed)

    def console(self, example: Example) -> None:
        """Commands of ours are known, with these options; so are the Makefile's targets."""
        for line in example.parsed.splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            while words and "=" in words[0]:
                words.pop(0)
            if words[:1] == ["surestep"]:
                understood(words[1:])
            elif words[:1] == ["make"]:
                assert f"\n{words[1]}:" in TARGETS


def understood(words: list[str]) -> None:
    """Have the command line read a command, without running it."""
    command = get_command(cli)
    context = command.make_context("surestep", list(words))
    while hasattr(command, "resolve_command"):
        left = [*context._protected_args, *context.args]
        if not left and command.invoke_without_command:
            return
        name, command, rest = command.resolve_command(context, left)
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_says_what_is_so(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    """Every block of it, in order."""
    monkeypatch.chdir(tmp_path)
    if path.name == "postgres.md":
        url = request.getfixturevalue("postgres").url_for(tmp_path)
        monkeypatch.setenv("SURESTEP_DB", url)
    for example in Page(capsys).read(path).examples():
        example.evaluate()
    close_stores()


def test_a_command_we_do_not_have_would_be_noticed() -> None:
    """As would an option, or a missing argument."""
    for words in (["fly"], ["run", "a:b", "--wings"], ["resume"]):
        with pytest.raises(Exception, match=r"No such|Missing"):
            understood(words)
