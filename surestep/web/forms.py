"""A proposal as a form made from its JSON schema, and the form read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from surestep.storage.encode import to_json
from surestep.values import NOTHING
from surestep.web.words import text_of

Kind = Literal["line", "text", "number", "integer", "boolean", "choice", "json"]
WHOLE = "proposal"
"""The name of the one field of a form without a schema: all of the proposal as JSON."""
_LONG = 60
_TYPES: Mapping[object, str] = {str: "string", int: "number", float: "number", bool: "boolean"}
_PLAIN: Mapping[object, Kind] = {"number": "number", "integer": "integer", "boolean": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form.

    Attributes:
        name: of the input, which says nothing; keys may be any text.
        key: of the proposal.
        label: what a person reads.
        help: what the schema says about it.
        kind: what input it takes.
        value: what stands in it.
        choices: what can be chosen, as JSON texts.
        required: whether it may not be left empty.
        problem: what is wrong with what was typed; `""` if nothing is.
    """

    name: str
    key: str
    label: str
    help: str = ""
    kind: Kind
    value: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    problem: str = ""


def form_of(
    schema: Mapping[str, object] | None, proposal: Mapping[str, object]
) -> tuple[Field, ...]:
    """The fields of a proposal; without a schema, or with one of no object, all of it as JSON."""
    properties = schema.get("properties") if schema is not None else None
    if not isinstance(properties, Mapping) or not properties:
        whole = text_of(dict(proposal))
        return (Field(name=WHOLE, key=WHOLE, label="Proposal (JSON)", kind="json", value=whole),)
    listed = schema.get("required") if schema is not None else None
    required = listed if isinstance(listed, list) else []
    others = [key for key in proposal if key not in properties]
    return tuple(
        _field(place, key, _resolved(properties.get(key), schema), proposal, needed=key in required)
        for place, key in enumerate([*properties, *others])
    )


def read_form(
    fields: Iterable[Field], typed: Mapping[str, str], proposal: Mapping[str, object]
) -> tuple[dict[str, object], tuple[Field, ...]]:
    """What a filled-in form proposes, and the form as it was filled in, with its problems.

    What was left as it stood keeps its value exactly; what was emptied and may be is left out.
    """
    update: dict[str, object] = {}
    seen = []
    for field in fields:
        text = _lines(typed.get(field.name, field.value))
        filled = replace(field, value=text)
        unchanged = text == _lines(field.value)
        if unchanged and (field.key in proposal or field.name == WHOLE):
            update |= proposal if field.name == WHOLE else {field.key: proposal[field.key]}
        elif text or (field.kind in ("line", "text") and field.key in proposal):
            try:
                update |= _read(field, text)
            except ValueError as error:
                filled = replace(filled, problem=str(error))
        elif field.required:
            filled = replace(filled, problem="It may not be empty.")
        seen.append(filled)
    return update, tuple(seen)


def seal(update: Mapping[str, object]) -> str:
    """A short text that stands for one update, so that nothing else is sent than was shown."""
    return hashlib.sha256(to_json(update).encode()).hexdigest()[:32]


def strict_json(text: str) -> object:
    """The value of a JSON text.

    Raises:
        ValueError: it is none, or holds a number JSON lacks.
    """
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"This is no JSON: {error.msg} at {place}.") from error
    except RecursionError as error:
        raise ValueError("This is nested too deeply.") from error


def _field(
    place: int,
    key: str,
    schema: Mapping[str, object],
    proposal: Mapping[str, object],
    *,
    needed: bool,
) -> Field:
    kind, choices = _kind(schema, proposal.get(key))
    value = proposal.get(key)
    if key not in proposal or (value is None and kind != "json"):
        shown = ""
    elif kind in ("line", "text"):
        shown = text_of(value)
    else:
        shown = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return Field(
        name=f"field-{place}",
        key=key,
        label=key.replace("_", " "),
        help=str(schema.get("description") or ""),
        kind=kind,
        value=shown,
        choices=choices,
        required=needed,
    )


def _kind(schema: Mapping[str, object], value: object) -> tuple[Kind, tuple[str, ...]]:
    """What input a value takes, and what can be chosen; JSON if it is not what the schema says."""
    choices = schema.get("enum")
    if isinstance(choices, list) and choices and (value is None or value in choices):
        return "choice", tuple(json.dumps(one, ensure_ascii=False) for one in choices)
    said = schema.get("type", _TYPES.get(type(value)))
    if said == "string" and isinstance(value, str | None):
        return ("text" if "\n" in (value or "") or len(value or "") > _LONG else "line"), ()
    kind = _PLAIN.get(said, "json")
    if kind == "boolean" and isinstance(value, bool | None):
        return kind, ("true", "false")
    is_number = isinstance(value, int | float | None) and not isinstance(value, bool)
    return (kind if kind != "boolean" and is_number else "json"), ()


def _resolved(found: object, schema: Mapping[str, object] | None) -> Mapping[str, object]:
    """The schema of one key: references followed, and `null` taken off alternatives."""
    one = found if isinstance(found, Mapping) else NOTHING
    defs = (schema or NOTHING).get("$defs")
    alternatives = one.get("anyOf")
    if isinstance(alternatives, list):
        real = [each for each in alternatives if each != {"type": "null"}]
        if len(real) == 1 and isinstance(real[0], Mapping):
            one = {**one, **real[0]}
    name = str(one.get("$ref", "")).removeprefix("#/$defs/")
    if isinstance(defs, Mapping) and isinstance(defs.get(name), Mapping):
        one = {**defs[name], **one}
    return one


def _read(field: Field, text: str) -> dict[str, object]:
    """What was typed into a field, as an update.

    Raises:
        ValueError: it is not what the field takes.
    """
    if field.kind in ("line", "text"):
        return {field.key: text}
    value = strict_json(text)
    if field.name == WHOLE:
        if not isinstance(value, dict):
            raise ValueError("Give an object, in braces.")
        return value
    if field.kind in ("number", "integer"):
        wanted = int if field.kind == "integer" else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise ValueError(f"This is no {'whole ' if field.kind == 'integer' else ''}number.")
    elif field.choices and text not in field.choices:
        raise ValueError(f"Choose one of: {', '.join(field.choices)}.")
    return {field.key: value}


def _lines(text: str) -> str:
    """A text whose lines end in LF; browsers show that, and send CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no number in JSON.")
