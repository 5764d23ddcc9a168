"""Chat models by name. The only place that imports a provider's package, and only when asked."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel


def openai_model(name: str) -> BaseChatModel:
    """A model of an OpenAI-compatible endpoint that leaves retries to the step's budget.

    Key and address come from the environment (`OPENAI_API_KEY`, `OPENAI_BASE_URL`).
    """
    from langchain_openai import ChatOpenAI  # noqa: PLC0415  # heavy, and not every graph judges

    return ChatOpenAI(model=name, max_retries=0)
