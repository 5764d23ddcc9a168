"""The chat model of the small examples: one's own, or a rehearsed one where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langchain_openai import ChatOpenAI

from surestep.rehearsal import load_scenario, rehearse

VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_KEY")


def small() -> ChatOpenAI:
    """A small model, at the address in `OPENAI_BASE_URL` or else OpenAI's."""
    # Said here too, because langchain-openai shares connections between models by this option.
    url = os.environ.get("OPENAI_BASE_URL")
    return ChatOpenAI(model="gpt-4o-mini", temperature=0, base_url=url)


@contextmanager
def reachable(scenario: Path) -> Iterator[None]:
    """A block in which there is a model: the user's own, else one rehearsed from a scenario."""
    if any(variable in os.environ for variable in VARIABLES):
        yield
        return
    with rehearse(load_scenario(scenario)) as server:
        os.environ.update(OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY="rehearsal")
        print("Without OPENAI_API_KEY, the model is rehearsed.")
        try:
            yield
        finally:
            for variable in VARIABLES:
                del os.environ[variable]
