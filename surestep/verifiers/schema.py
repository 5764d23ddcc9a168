"""Schemas: pydantic models an update must fit."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

from pydantic import PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from surestep.errors import GraphError
from surestep.values import Verdict
from surestep.verifiers.base import check_options

_MOST_ERRORS = 20


class Schema:
    """A verifier that accepts updates which fit a pydantic model.

    The update goes on as the worker made it: pydantic's conversions (the string "3" for an
    integer) are accepted unless `strict`, but not applied.

    Args:
        model: a pydantic model, or any type pydantic can validate: a TypedDict, a dataclass,
            `list[int]`, an annotated type.
        key: which key of the update to validate; by default the whole update.
        name: the verifier's name; by default the model's.
        strict: whether conversions are refused; `None` leaves it to the model's own settings.

    Raises:
        GraphError: pydantic cannot validate against `model`, or the name is empty.
    """

    def __init__(
        self,
        model: Any,  # pydantic takes classes, aliases and annotated types alike
        *,
        key: str | None = None,
        name: str | None = None,
        strict: bool | None = None,
    ) -> None:
        self.name = str(getattr(model, "__name__", "schema")) if name is None else name
        self.key = key
        self._strict = strict
        check_options(self.name, None)
        try:
            self._adapter: TypeAdapter[Any] = TypeAdapter(model)
        except PydanticUserError as error:
            raise GraphError(
                f"Schema {self.name!r} has the model {reprlib.repr(model)}, which pydantic "
                f"cannot validate: {error.message}.",
                remedy="Give a pydantic model, or a type pydantic knows.",
            ) from error

    def __repr__(self) -> str:
        return f"Schema({self.name!r})"

    @property
    def json_schema(self) -> dict[str, object]:
        """The JSON schema of a whole update, for forms in which people edit one."""
        schema: dict[str, object] = self._adapter.json_schema()
        if self.key is None:
            return schema
        # References count from the root, so the definitions have to move there.
        definitions = schema.pop("$defs", None)
        whole: dict[str, object] = {
            "type": "object",
            "properties": {self.key: schema},
            "required": [self.key],
        }
        return whole if definitions is None else {**whole, "$defs": definitions}

    def validate(self, update: object) -> tuple[str, ...]:
        """What does not fit, one line per error with its place; empty if everything fits."""
        value = update
        if self.key is not None:
            if not isinstance(update, Mapping) or self.key not in update:
                return (f"{self.key}: Field required",)
            value = update[self.key]
        try:
            self._adapter.validate_python(value, strict=self._strict, from_attributes=True)
        except ValidationError as error:
            return tuple(self._line(detail) for detail in error.errors(include_url=False))
        return ()

    async def check(self, _state: object, update: object) -> Verdict:
        """Pass if the update fits; else a fail whose feedback lists each error."""
        problems = self.validate(update)
        if not problems:
            return Verdict("pass")
        shown = list(problems[:_MOST_ERRORS])
        if len(problems) > _MOST_ERRORS:
            shown.append(f"… and {len(problems) - _MOST_ERRORS} more")
        return Verdict("fail", feedback="\n".join(shown), evidence={"errors": shown})

    def _line(self, detail: ErrorDetails) -> str:
        place = ".".join(str(part) for part in (self.key, *detail["loc"]) if part is not None)
        got = "" if detail["type"] == "missing" else f", not {reprlib.repr(detail['input'])}"
        return f"{place or 'update'}: {detail['msg']}{got}"
