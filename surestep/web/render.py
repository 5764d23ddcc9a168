"""Pages from templates. What a model or a person wrote is always escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from surestep.web import rows, words


def render(template: str, **values: object) -> bytes:
    """A page in UTF-8."""
    # Models do write lone surrogates, which UTF-8 has no room for.
    text = _templates().get_template(template).render(**values)
    return text.encode("utf-8", "backslashreplace")


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("surestep.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "money": words.money,
        "span": words.span,
        "when": words.when,
        "share": words.share,
        "text": words.text_of,
        "url": rows.url_of,
    }
    return made
