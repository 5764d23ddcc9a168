"""Fencing: data in a prompt between marks that the data itself cannot contain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from surestep.verifiers.canonical import plain

_TOKEN_CHARS = 16


def fence(sections: Mapping[str, object]) -> tuple[str, str]:
    """The token of a fence, and every section as JSON between tags that end in it.

    The token is a hash of what it fences, so the same data gives the same prompt, and whoever
    writes the data cannot know the token beforehand, as it changes with every guess.

    Args:
        sections: what to fence, by the name of its tag.
    """
    bodies = {
        name: json.dumps(plain(value), ensure_ascii=False) for name, value in sections.items()
    }
    # Lone surrogates are legal in Python's strings, but not in UTF-8.
    content = "\n".join(bodies.values()).encode(errors="surrogatepass")
    token = sha256(content).hexdigest()[:_TOKEN_CHARS]
    parts = [f"<{name}-{token}>\n{body}\n</{name}-{token}>" for name, body in bodies.items()]
    return token, "\n\n".join(parts)
