"""What holds of the package as a whole: light imports, public names, small documented parts."""

from __future__ import annotations

import ast
import importlib
import io
import pkgutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import surestep

PACKAGE = Path(surestep.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
HEAVY = (
    "altair",
    "genai_prices",
    "jinja2",
    "langchain_openai",
    "numpy",
    "openai",
    "opentelemetry",
    "prompt_toolkit",
    "psycopg",
    "psycopg_pool",
    "rich",
    "scipy",
    "starlette",
    "typer",
    "uvicorn",
    "vl_convert",
)
LONGEST_FILE = 500
LONGEST_FUNCTION = 50
Function = ast.FunctionDef | ast.AsyncFunctionDef
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


# LangGraph comes first: what it and its own dependencies load is not ours to spare.
SPY = """
import builtins, sys
import langgraph.graph
tops = lambda: {name.partition(".")[0] for name in sys.modules}
before, asked, real = tops(), set(), builtins.__import__
def spy(name, globals=None, *rest):
    if str((globals or {}).get("__name__")).startswith("surestep"):
        asked.add(name.partition(".")[0])
    return real(name, globals, *rest)
builtins.__import__ = spy
import surestep
print(*asked | (tops() - before))
"""


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """What `import surestep` asks for, or loads, beyond what LangGraph does."""
    # -W ignore: what other packages warn of on import is not the question here.
    command = [sys.executable, "-W", "ignore", "-c", SPY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("heavy", HEAVY)
def test_importing_surestep_stays_light(heavy: str, loaded: frozenset[str]) -> None:
    """Heavy and optional packages are imported by the one file that needs them, when it runs."""
    assert heavy not in loaded, (
        f"`import surestep` loads {heavy}. See who does with `python -X importtime -c 'import "
        f"surestep'`, and import it in one adapter file, inside the function that uses it."
    )


def test_the_watch_on_imports_sees_them(loaded: frozenset[str]) -> None:
    """It does notice what surestep asks for."""
    assert {"langgraph", "langchain_core"} <= loaded


PACKAGES = [
    "surestep",
    *(found.name for found in pkgutil.walk_packages([str(PACKAGE)], "surestep.") if found.ispkg),
]


@pytest.mark.parametrize("name", PACKAGES)
def test_offered_names_are_sorted_and_there(name: str) -> None:
    """`__all__` is in order, without doubles, and each name can be had."""
    module = importlib.import_module(name)
    offered = list(getattr(module, "__all__", []))

    assert sorted(set(offered), key=_order) == offered
    assert [one for one in offered if not hasattr(module, one)] == []


def _order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as the linter sorts them."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, name


def test_the_top_level_offers_few_names() -> None:
    """What a user needs first, and not more."""
    assert len(surestep.__all__) <= 15


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_parts_are_documented(path: Path) -> None:
    """Every module, public class, function and method has a docstring."""
    tree = ast.parse(path.read_text())

    bare = [node.name for node in public(tree) if ast.get_docstring(node) is None]
    assert ast.get_docstring(tree), "the module has no docstring"
    assert bare == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_parts_are_small(path: Path) -> None:
    """Files of at most 500 lines, functions of at most 50 lines of code."""
    text = path.read_text()
    code = code_lines(text)

    long = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, Function) and len(body_lines(node) & code) > LONGEST_FUNCTION
    ]
    assert text.count("\n") <= LONGEST_FILE
    assert long == []


def public(tree: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | Function]:
    """Classes, functions and methods whose names have no leading underscore."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def code_lines(text: str) -> set[int]:
    """The lines that hold anything but comments and blanks."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {
        line
        for token in tokens
        if token.type not in NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }


def body_lines(node: Function) -> set[int]:
    """The lines of a function, without those of its docstring."""
    lines = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    if ast.get_docstring(node) is not None:
        docstring = node.body[0]
        lines -= set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines
