"""Scenario files and the JSONL files they point to."""

from __future__ import annotations

import gzip
import json
import tomllib
import zlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

from surestep.errors import InputError
from surestep.rehearsal.scenario import Scenario


def load_scenario(path: str | Path) -> Scenario:
    """The scenario of a TOML or JSON file; relative paths in it start at its folder.

    Raises:
        InputError: the file cannot be read, is broken, or holds a value that does not fit.
    """
    path = Path(path)
    values = _table(path)
    try:
        return Scenario.read({"folder": path.parent, **values})
    except InputError as error:
        raise InputError(f"{path}: {error.problem}", remedy=error.remedy) from None


def _table(path: Path) -> dict[str, object]:
    if path.suffix not in (".toml", ".json"):
        raise InputError(
            f"{path}: a scenario is no {path.suffix or 'file without suffix'!r}.",
            remedy="Write it as .toml or .json.",
        )
    text = _bytes(path)
    try:
        values = tomllib.loads(text.decode()) if path.suffix == ".toml" else json.loads(text)
    except ValueError as error:
        raise InputError(
            f"{path} is broken: {error}.", remedy=f"Mend the {path.suffix[1:].upper()}."
        ) from None
    if not isinstance(values, dict):
        raise InputError(f"{path} holds no object.", remedy="A scenario is one JSON object.")
    return values


def _bytes(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{path} cannot be read: {error}.", remedy="Check the path and its permissions."
        ) from None


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, JsonValue]]]:
    """The objects of a JSONL file, gzipped or not, each with the number of its line.

    Raises:
        InputError: the file cannot be read, or a line holds no JSON object.
    """
    for number, line in enumerate(_bytes(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise InputError(
                f"{path}, line {number} is broken: {error}.", remedy="Mend the JSON of that line."
            ) from None
        if not isinstance(record, dict):
            raise InputError(
                f"{path}, line {number} holds {line[:80]!r}.",
                remedy="Each line is one JSON object.",
            )
        yield number, record


def dig(record: JsonValue, path: list[str]) -> JsonValue:
    """What lies at a path of keys inside a JSON value.

    Raises:
        KeyError: there is nothing.
    """
    for key in path:
        if not isinstance(record, dict) or key not in record:
            raise KeyError(key)
        record = record[key]
    return record
