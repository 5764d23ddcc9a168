"""Write docs/reference.md from the docstrings of every public name.

`python docs/reference.py` writes it; a test fails while it is stale.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

PAGE = Path(__file__).parent / "reference.md"
MODULES = (
    "surestep",
    "surestep.verifiers",
    "surestep.budgets",
    "surestep.budgets.planner",
    "surestep.graph",
    "surestep.storage",
    "surestep.traces",
    "surestep.rehearsal",
    "surestep.testing",
    "surestep.values",
    "surestep.errors",
)
HEAD = """\
# Reference

Every public name, from its docstring. Written by `python docs/reference.py`.
"""
SECTION = re.compile(r"(Args|Attributes|Returns|Yields|Raises):")
ENTRY = re.compile(r" {4}(\*{0,2}\w[\w, ]*): (.*)")
WIDE = 88


def page() -> str:
    """The whole page."""
    seen: set[int] = set()
    parts = [HEAD]
    for name in MODULES:
        parts += _module(name, seen)
    return "\n".join(parts)


def _module(name: str, seen: set[int]) -> Iterator[str]:
    module = importlib.import_module(name)
    yield f"## `{name}`\n\n{_prose(module)}"
    for public in _names(module):
        thing = getattr(module, public)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        yield from _thing(public, thing)


def _names(module: object) -> list[str]:
    """What a module offers: its `__all__`, or what is defined in it."""
    offered = getattr(module, "__all__", None)
    return sorted(
        offered
        or [
            name
            for name, thing in vars(module).items()
            if inspect.isclass(thing) and thing.__module__ == module.__name__
        ]
    )


def _thing(name: str, thing: object) -> Iterator[str]:
    if inspect.isclass(thing):
        yield f"### `{name}`\n\n{_signature(name, thing)}{_prose(thing)}"
        yield from _members(name, thing)
    elif inspect.isfunction(thing):
        yield f"### `{name}`\n\n{_signature(name, thing)}{_prose(thing)}"


def _members(owner: str, cls: type) -> Iterator[str]:
    """The public methods and properties a class defines itself."""
    for name, thing in vars(cls).items():
        inner = thing.__func__ if isinstance(thing, (classmethod, staticmethod)) else thing
        if name.startswith(("_", "test_")) or not getattr(inner, "__doc__", None):
            continue
        if isinstance(inner, property):
            yield f"#### `{owner}.{name}`\n\n{_prose(inner)}"
        elif inspect.isfunction(inner):
            yield f"#### `{owner}.{name}`\n\n{_signature(name, inner)}{_prose(inner)}"


def _signature(name: str, thing: object) -> str:
    if inspect.isclass(thing) and issubclass(thing, Enum):
        members = "\n".join(f"{thing.__name__}.{one.name}" for one in thing)
        return f"```py\n{members}\n```\n\n"
    try:
        signature = inspect.signature(thing)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return ""
    arguments = list(_arguments(signature, _declared(thing)))
    arrow = signature.return_annotation
    returns = "" if arrow in (inspect.Signature.empty, None, "None") else f" -> {_type(arrow)}"
    kind = "async " if inspect.iscoroutinefunction(thing) else ""
    line = f"{kind}{name}({', '.join(arguments)}){returns}"
    if len(line) > WIDE:
        listed = "".join(f"    {argument},\n" for argument in arguments)
        line = f"{kind}{name}(\n{listed}){returns}"
    return f"```py\n{line}\n```\n\n"


def _declared(thing: object) -> dict[str, str]:
    """The types of a class's fields as they are written; pydantic resolves them elsewhere."""
    lines = inspect.getmro(thing) if inspect.isclass(thing) else ()
    return {
        name: written
        for cls in reversed(lines)
        for name, written in inspect.get_annotations(cls).items()
        if isinstance(written, str)
    }


def _arguments(signature: inspect.Signature, declared: dict[str, str]) -> Iterator[str]:
    """The parameters as they are written, without `self` and `cls`."""
    starred = False
    for parameter in signature.parameters.values():
        if parameter.name in ("self", "cls") or parameter.name.startswith("_"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            yield "*"
        starred |= parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        yield _argument(parameter, declared)


def _argument(parameter: inspect.Parameter, declared: dict[str, str]) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    text = stars + parameter.name
    if parameter.annotation is not parameter.empty:
        text += f": {declared.get(parameter.name) or _type(parameter.annotation)}"
    if parameter.default is not parameter.empty:
        text += f" = {_default(parameter.default)}"
    return text


def _type(annotation: object) -> str:
    if isinstance(annotation, str):
        return annotation
    return annotation.__name__ if inspect.isclass(annotation) else str(annotation)


def _default(value: object) -> str:
    """A default as one would write it, the same in every process and on every Python."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, Path):
        return f"Path({str(value)!r})"
    text = repr(value)
    return "..." if text.startswith("<") or "object at" in text else text


def _prose(thing: object) -> str:
    """A docstring as Markdown: its sections in bold, their entries as bullets."""
    lines = []
    inside = False
    for line in inspect.cleandoc(getattr(thing, "__doc__", None) or "").splitlines():
        if SECTION.fullmatch(line):
            inside = True
            lines += [f"**{line[:-1]}**", ""]
        elif inside and (entry := ENTRY.fullmatch(line)):
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        elif inside and line:
            lines.append("  " + line.strip())
        else:
            lines.append(line)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
