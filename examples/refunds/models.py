"""Where the models are: at an OpenAI-compatible address, real or rehearsed."""

from __future__ import annotations

import os
from dataclasses import dataclass

from langchain_openai import ChatOpenAI
from pydantic import SecretStr

DEFAULT_MODEL = "gpt-4o-mini"
MAX_TOKENS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What tells one model from another; nothing else in this example does.

    Attributes:
        model: the model's name, also for its price.
        base_url: the address of the API; `None` for OpenAI's own.
        api_key: what it wants; a rehearsal takes anything.
    """

    model: str = DEFAULT_MODEL
    base_url: str | None = None
    api_key: str = "rehearsal"

    def chat(self) -> ChatOpenAI:
        """The chat model; its answers are capped, so that what a call costs is bounded."""
        return ChatOpenAI(
            model=self.model,
            base_url=self.base_url,
            api_key=SecretStr(self.api_key),
            max_completion_tokens=MAX_TOKENS,
        )


def real_endpoint(model: str | None = None) -> Endpoint | None:
    """The API that `OPENAI_API_KEY` and `OPENAI_BASE_URL` name; `None` without a key.

    Args:
        model: the model's name; by default that in `OPENAI_MODEL`, else `DEFAULT_MODEL`.
    """
    key = os.environ.get("OPENAI_API_KEY")
    if not key:
        return None
    name = model or os.environ.get("OPENAI_MODEL", DEFAULT_MODEL)
    return Endpoint(model=name, base_url=os.environ.get("OPENAI_BASE_URL"), api_key=key)
