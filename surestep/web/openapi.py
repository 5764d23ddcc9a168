"""The API, described in OpenAPI 3.1."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from surestep.web.filters import STATES
from surestep.web.messages import (
    Claim,
    Decide,
    HandOn,
    Items,
    ItemView,
    Next,
    Problem,
    Release,
)

# Any: the description is a nested JSON object.
Json = dict[str, Any]
REFUSALS = {
    "400": "A parameter makes no sense.",
    "401": "There is no token, or nobody has it.",
    "403": "Your role does not include it.",
    "404": "There is no such item in a queue you see.",
    "409": "Somebody else holds it, or it is decided.",
    "413": "The body is too large.",
    "422": "The body, or the decision, does not fit; nothing was changed.",
    "429": "Too many requests; see Retry-After.",
}
_REFS = "#/components/schemas/{model}"
_ITEM = "/api/items/{question_id}"


@cache
def description() -> Json:
    """The whole description."""
    taken: tuple[type[BaseModel], ...] = (Claim, Decide, HandOn, Next, Release)
    given: tuple[type[BaseModel], ...] = (Items, ItemView, Problem)
    _, schemas = models_json_schema(
        [*((one, "validation") for one in taken), *((one, "serialization") for one in given)],
        ref_template=_REFS,
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "surestep inbox",
            "version": version("surestep"),
            "description": "What waits for people. Names of items have slashes in them, which "
            "stand as %2F in a path.",
        },
        "paths": _paths(),
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _paths() -> Json:
    return {
        "/api/items": {"get": _operation("List items.", gives="Items", parameters=_filters())},
        "/api/next": {
            "post": {
                **_operation("Take the next item of a queue.", takes="Next"),
                "responses": {
                    **_responses("ItemView"),
                    "204": {"description": "None is free for you."},
                },
            }
        },
        _ITEM: {"get": _item("Read one item.")},
        f"{_ITEM}/claim": {"post": _item("Take it, or keep it for longer.", takes="Claim")},
        f"{_ITEM}/decision": {"post": _item("Decide it; its run goes on.", takes="Decide")},
        f"{_ITEM}/release": {"post": _item("Give it back.", takes="Release")},
        f"{_ITEM}/hand-on": {"post": _item("Hand it on.", takes="HandOn")},
    }


def _item(summary: str, *, takes: str = "") -> Json:
    return _operation(summary, takes=takes, parameters=[_parameter("question_id", "path")])


def _operation(
    summary: str, *, takes: str = "", gives: str = "ItemView", parameters: list[Json] | None = None
) -> Json:
    found: Json = {"summary": summary, "responses": _responses(gives)}
    if parameters:
        found["parameters"] = parameters
    if takes:
        found["requestBody"] = {"required": True, "content": _content(takes)}
    return found


def _responses(gives: str) -> Json:
    refused = {
        code: {"description": why, "content": _content("Problem")} for code, why in REFUSALS.items()
    }
    return {"200": {"description": "Done.", "content": _content(gives)}, **refused}


def _content(model: str) -> Json:
    return {"application/json": {"schema": {"$ref": _REFS.format(model=model)}}}


def _filters() -> list[Json]:
    return [
        _parameter("queue", "query"),
        _parameter("step", "query"),
        _parameter("state", "query", enum=[*STATES]),
        _parameter("amount_usd", "query", type="number", minimum=0),
        _parameter("overdue", "query", enum=["0", "1"]),
        _parameter("limit", "query", type="integer", minimum=1, maximum=500),
    ]


def _parameter(name: str, place: str, **schema: object) -> Json:
    kind = {"type": "string", **({"minLength": 1} if place == "path" else {}), **schema}
    return {"name": name, "in": place, "required": place == "path", "schema": kind}
