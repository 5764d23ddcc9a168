"""The input of a run, from the words of a command line."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from pathlib import Path

from surestep.errors import InputError

FORMS = "Give key=value words, --input '{...}', or --input @file.json."


def read_input(
    option: str | None, words: Sequence[str], *, texts: Collection[str] = ()
) -> dict[str, object]:
    """The input object: of `--input`, with what the `key=value` words say laid over it.

    Args:
        option: JSON text, `@` and the path of a JSON or TOML file, or `@-` for standard input.
        words: `key=value`, each value JSON if it reads as such, else text.
        texts: keys whose values are text, whatever they read as.

    Raises:
        InputError: something is broken, with its place, or there is no input at all.
    """
    given = {} if option is None else read_object(option, what="--input")
    given |= dict(pair(word, texts=texts) for word in words)
    if option is None and not words:
        raise InputError(
            "There is no input to run on.", remedy=f"{FORMS} A graph without: --input '{{}}'."
        )
    return given


def read_object(option: str, *, what: str) -> dict[str, object]:
    """The object an option holds as JSON, or names with `@` as a JSON or TOML file.

    Args:
        option: as in `read_input`.
        what: the option, for errors.

    Raises:
        InputError: it cannot be read, is broken, or holds no object.
    """
    source, text = what, option
    if option.startswith("@"):
        source, text = option[1:], _text(option[1:])
    value = _toml(text, source) if source.endswith(".toml") else parse_json(text, source)
    if not isinstance(value, dict):
        raise InputError(
            f"{source} holds {text.strip()[:80]!r}, which is no object.",
            remedy='Give an object, such as {"question": "Why?"}.',
        )
    return value


def parse_json(text: str, source: str) -> object:
    """The value of a JSON text.

    Raises:
        InputError: with the line and column where it breaks, and what stands there.
    """
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        line = (text.splitlines() or [""])[min(error.lineno, text.count("\n") + 1) - 1 :][:1]
        near = "".join(line)[max(0, error.colno - 20) : error.colno + 20]
        raise InputError(
            f"{source} is no JSON: {error.msg} at line {error.lineno}, column {error.colno}, "
            f"near {near!r}.",
            remedy="Mend it there.",
        ) from error
    return value


def pair(word: str, *, texts: Collection[str] = ()) -> tuple[str, object]:
    """The key and the value of `key=value`; the value is JSON if it reads as such, else text.

    Args:
        word: what was typed.
        texts: keys whose values are text, whatever they read as.

    Raises:
        InputError: there is no key, or no `=`.
    """
    key, equals, text = word.partition("=")
    if not equals or not key:
        raise InputError(f"{word!r} is no key=value.", remedy=FORMS)
    if key in texts:
        return key, text
    try:
        return key, json.loads(text)
    except json.JSONDecodeError:
        return key, text


def read_change(word: str) -> tuple[str, object]:
    """The key and value of a change to an assurance; verifiers may be listed with commas.

    Raises:
        InputError: it is no `key=value`.
    """
    key, value = pair(word)
    if key == "verifiers" and isinstance(value, str):
        return key, tuple(name.strip() for name in value.split(",")) if value else None
    return key, None if value == "" else value


def check_keys(given: Collection[str], known: Collection[str]) -> None:
    """Nothing, if every key of an input is one the graph takes.

    Raises:
        InputError: for the first that is not, with the closest that is.
    """
    for key in given:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            hint = f"Did you mean {close[0]!r}? " if close else ""
            raise InputError(
                f"The graph takes no input {key!r}.",
                remedy=f"{hint}It takes: {', '.join(sorted(known))}.",
            )


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{name} cannot be read: {error}.", remedy="Give the path of a readable UTF-8 file."
        ) from error


def _toml(text: str, source: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is no TOML: {error}.", remedy="Mend it there.") from error
