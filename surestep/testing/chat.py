"""A chat model that answers from a script, without any network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from surestep.testing.doubles import Script


class FakeChat(BaseChatModel):
    """A LangChain chat model that answers, or raises, what its script says.

    It offers neither tools nor structured output, so a judge asks it for JSON in plain text.

    Args:
        replies: what each call answers, as text or as a whole message; exceptions are raised.
        model: the name it goes by, for prices.
        latency_s: how long each call takes, in seconds of the loop's clock.
        input_tokens: prompt tokens of each reply given as text.
        output_tokens: completion tokens of each reply given as text.

    Attributes:
        prompts: the messages of each call so far.
    """

    model: str = "fake-chat"
    latency_s: float = 0.0
    input_tokens: int = 100
    output_tokens: int = 10
    prompts: list[list[BaseMessage]] = []  # noqa: RUF012  # pydantic copies it per model
    _script: Script[str | AIMessage] = PrivateAttr()

    def __init__(self, replies: Iterable[str | AIMessage | BaseException], **options: Any) -> None:
        super().__init__(**options)
        self._script = Script("The chat model", replies)

    @property
    def _llm_type(self) -> str:
        return "fake-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model}

    def _generate(self, messages: list[BaseMessage], *_: object, **__: object) -> ChatResult:
        self.prompts.append(messages)
        reply = next(self._script)
        if isinstance(reply, str):
            reply = AIMessage(reply, usage_metadata=self._usage())
        reply.response_metadata.setdefault("model_name", self.model)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    async def _agenerate(self, messages: list[BaseMessage], *_: object, **__: object) -> ChatResult:
        await asyncio.sleep(self.latency_s)
        return self._generate(messages)

    def _usage(self) -> UsageMetadata:
        return UsageMetadata(
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            total_tokens=self.input_tokens + self.output_tokens,
        )
