"""TARGET: from `module:attribute` or `path/to/file.py:attribute` to a verified graph."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from surestep.errors import SurestepError, TargetError
from surestep.graph import VerifiedApp, VerifiedGraph

FORMS = "Write module:attribute or path/to/file.py:attribute."


@dataclass(frozen=True, slots=True)
class Target:
    """What a TARGET names.

    Attributes:
        place: a module, or the path of a file.
        attribute: a name in it.
    """

    place: str
    attribute: str

    @classmethod
    def of(cls, text: str) -> Target:
        """The target a person wrote.

        Raises:
            TargetError: there is no attribute in it.
        """
        place, _, attribute = text.rpartition(":")
        if place and attribute.isidentifier():
            return cls(place, attribute)
        known = offers(module_of(text)) if Path(text).suffix == ".py" else []
        listed = f" It offers: {', '.join(f'{text}:{name}' for name in known)}." if known else ""
        raise TargetError(f"TARGET {text!r} names no attribute.", remedy=f"{FORMS}{listed}")


async def load(text: str) -> VerifiedGraph | VerifiedApp:
    """The graph a TARGET names; a factory is called, and awaited if it is asynchronous.

    Raises:
        TargetError: nothing is there, it breaks, or it is no verified graph.
    """
    target = Target.of(text)
    module = module_of(target.place)
    if not hasattr(module, target.attribute):
        raise TargetError(
            f"{target.place} has no {target.attribute!r}.", remedy=_remedy(module, target.place)
        )
    found = getattr(module, target.attribute)
    made = await _made(found, text) if _is_factory(found) else found
    if isinstance(made, (VerifiedGraph, VerifiedApp)):
        return made
    what = f"gives what is {_kind(made)}" if made is not found else f"is {_kind(found)}"
    raise TargetError(
        f"{text} {what}, which is no verified graph.", remedy=_remedy(module, target.place)
    )


def module_of(place: str) -> ModuleType:
    """The module of that name, or in that file; the current folder can be imported from.

    Raises:
        TargetError: it does not exist, or importing it raises.
    """
    is_file = place.endswith(".py")
    folder = Path(place).resolve().parent if is_file else Path.cwd()
    for entry in (str(Path.cwd()), str(folder)):
        if entry not in sys.path:
            sys.path.insert(0, entry)
    if is_file and not Path(place).is_file():
        raise TargetError(f"There is no file {place!r} in {Path.cwd()}.", remedy=FORMS)
    try:
        return _of_file(Path(place).resolve()) if is_file else importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name and not is_file and f"{place}.".startswith(f"{error.name}."):
            raise TargetError(
                f"There is no module {place!r} to import from {Path.cwd()}.", remedy=FORMS
            ) from error
        raise _broken(place, error) from error
    except SurestepError:
        raise
    except Exception as error:
        raise _broken(place, error) from error


def offers(module: ModuleType) -> list[str]:
    """The names under which a module holds verified graphs."""
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, (VerifiedGraph, VerifiedApp))
    ]


def _of_file(path: Path) -> ModuleType:
    # Its plain name, so that types in checkpoints are found again; unless that is taken.
    known = sys.modules.get(path.stem)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return known
    name = path.stem if known is None else f"surestep_target_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _is_factory(found: object) -> bool:
    if isinstance(found, (type, VerifiedGraph, VerifiedApp)) or not callable(found):
        return False
    needed = inspect.signature(found).parameters.values()
    return all(
        one.default is not one.empty or one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        for one in needed
    )


async def _made(factory: Any, text: str) -> object:
    try:
        made = factory()
        return await made if isinstance(made, Awaitable) else made
    except SurestepError:
        raise
    except Exception as error:
        raise _broken(text, error) from error


def _broken(place: str, error: Exception) -> TargetError:
    return TargetError(
        f"{place} cannot be loaded: {type(error).__name__}: {error}.",
        remedy="Mend it; --debug shows where it breaks.",
    )


def _kind(value: object) -> str:
    kind = type(value)
    if kind.__module__.startswith("langgraph."):
        return f"a plain LangGraph {kind.__name__}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value) and hasattr(value, "__name__"):
        return f"the {kind.__name__} {value.__name__}"
    return f"of type {kind.__name__}"


def _remedy(module: ModuleType, place: str) -> str:
    known = ", ".join(f"{place}:{name}" for name in offers(module))
    return f"It offers: {known}." if known else "It holds no VerifiedGraph; make one there."
