"""Every model call of a step: reserved before it starts, settled after, traced on the way.

A LangChain callback reaches the calls of a worker or judge with nothing passed along: a context
variable names the meter in charge, and LangChain adds it to whatever manager it configures
there. The callback is synchronous and inline, because only such a handler can refuse a call
both from async and from sync code.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, cached_property
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.tracers.context import register_configure_hook

from surestep.budgets.ledger import Hold, Ledger
from surestep.budgets.pricing import Price, Prices, settle_usd, worst_case_usd
from surestep.budgets.typical import Kind, Typical
from surestep.clock import now_s
from surestep.errors import OutputUncapped, PriceUnknown, SurestepError
from surestep.nodes.calls.gate import gate
from surestep.nodes.calls.own_retries import leave_retries_to_us
from surestep.traces.record import Tracer
from surestep.values import Role, Usage

NO_USAGE = Usage()
log = logging.getLogger("surestep")
in_charge: ContextVar[BaseCallbackHandler | None] = ContextVar("surestep_meter", default=None)
# LangChain calls inline handlers in this order: first wait for the turn, then reserve.
register_configure_hook(gate, inheritable=True)
register_configure_hook(in_charge, inheritable=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who pays for a call, and where it is written down.

    Attributes:
        ledger: the innermost ledger the call draws on.
        prices: what models cost.
        typical: what calls that came back have consumed.
        tracer: where the call is traced.
        charge: told of every settled call.
        role: worker or checker.
        step: path of the step; `""` for a plain node.
        visit: which visit of the step.
        attempt: which attempt of the visit.
        call: which worker call of the visit it is, or judges, from 1; 0 where that says nothing.
        verifier: name of the verifier that calls; `""` for a worker.
    """

    ledger: Ledger
    prices: Prices
    typical: Typical
    tracer: Tracer
    charge: Callable[[Usage, Role], None]
    role: Role = "worker"
    step: str = ""
    visit: int = 0
    attempt: int = 0
    call: int = 0
    verifier: str = ""

    def kind(self, model: str) -> Kind:
        """Which calls are like those to a model."""
        return Kind(model=model, step=self.step, verifier=self.verifier)


@dataclass(slots=True)
class _Call:
    """One model call in flight."""

    hold: Hold
    price: Price | None
    model: str
    provider: str
    sent: object
    sent_bytes: int
    started_s: float = field(default_factory=now_s)


class Meter(BaseCallbackHandler):
    """Meters the model calls of one worker call or one check.

    Args:
        open_account: says who pays.
        patient: whether lost calls are made again by us, so that clients must not.
    """

    raise_error = True
    run_inline = True
    ignore_chain = True
    ignore_retriever = True
    ignore_agent = False

    def __init__(self, open_account: Callable[[], Account], *, patient: bool = True) -> None:
        self.usage = NO_USAGE
        self.patient = patient
        self._cancelled = False
        self._open_account = open_account
        self._open: dict[UUID, _Call] = {}
        self._tools: dict[UUID, tuple[str, str, float]] = {}

    @cached_property
    def account(self) -> Account:
        """Who pays; worked out with the first call, because most workers make none."""
        return self._open_account()

    def take_charge(self) -> None:
        """Meter the calls made from here on in this context."""
        in_charge.set(self)

    @staticmethod
    def payer(run: Ledger) -> Ledger:
        """Who pays for what is about to start: the step it is nested in, else the run."""
        above = in_charge.get()
        return above.account.ledger if isinstance(above, Meter) else run

    def waited(self, tries: int, wait_s: float, error: Exception) -> None:
        """Trace that a call failed for the `tries`-th time and is made again after `wait_s`."""
        account = self.account
        if account.tracer:
            account.tracer.emit(
                "retry",
                step=account.step,
                visit=account.visit,
                attempt=account.attempt,
                why=repr(error),
                tries=tries,
                wait_s=wait_s,
                verifier=account.verifier,
            )

    def on_chat_model_start(
        self,
        serialized: dict[str, object],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        **rest: object,
    ) -> None:
        """Reserve the worst case, or refuse the call by raising."""
        flat = [message for batch in messages for message in batch]
        self._start(run_id, rest, size=_size(flat), count=len(flat), sent=flat)

    def on_llm_start(
        self, serialized: dict[str, object], prompts: list[str], *, run_id: UUID, **rest: object
    ) -> None:
        """The same for models that complete plain text."""
        size = sum(len(prompt.encode()) for prompt in prompts)
        self._start(run_id, rest, size=size, count=len(prompts), sent=prompts)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **rest: object) -> None:
        """Settle at the true price, or at an estimate where the usage never came in."""
        if call := self._open.pop(run_id, None):
            self._settle(call, response)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **rest: object) -> None:
        """Give the reserve back where the provider refused; else estimate what it cost."""
        call = self._open.pop(run_id, None)
        if call is None:
            return
        refused = isinstance(getattr(error, "status_code", None), int)
        usage = self._dropped(call, charged=not refused)
        self._trace(call, usage, output=None, error=repr(error))

    def on_tool_start(
        self, serialized: dict[str, object], input_str: str, *, run_id: UUID, **rest: object
    ) -> None:
        """Remember when a tool began."""
        if in_charge.get() is self:
            name = str((serialized or {}).get("name", "tool"))
            self._tools[run_id] = (name, input_str, now_s())

    def on_tool_end(self, output: object, *, run_id: UUID, **rest: object) -> None:
        """Trace a tool call."""
        self._trace_tool(run_id, output=output)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **rest: object) -> None:
        """Trace a tool call that failed."""
        self._trace_tool(run_id, error=repr(error))

    def close(self) -> None:
        """Settle calls that were cancelled at an estimate: nobody knows what they used."""
        # Called on the way out, where a cancellation is the exception under way.
        self._cancelled = isinstance(sys.exc_info()[1], asyncio.CancelledError)
        for run_id in list(self._open):
            call = self._open.pop(run_id)
            self._trace(call, self._dropped(call, charged=True), output=None, error="cancelled")

    def _start(
        self, run_id: UUID, rest: Mapping[str, object], *, size: int, count: int, sent: object
    ) -> None:
        # An outer step's meter is inherited by the managers below it; only the innermost pays.
        if in_charge.get() is not self:
            return
        if self._cancelled:
            raise SurestepError(
                "A model call was made after its node had been cancelled.",
                remedy="Nothing: a thread cannot be cancelled, but its calls can be refused.",
            )
        leave_retries_to_us(_patient)
        asked, about = _mapping(rest.get("invocation_params")), _mapping(rest.get("metadata"))
        model = str(about.get("ls_model_name") or asked.get("model") or "")
        provider = str(about.get("ls_provider") or "")
        price = self.account.prices.of(model, provider=provider or None)
        tools = len(json.dumps(asked.get("tools") or asked.get("response_format"), default=str))
        reserve = self._worst_case(price, model, size + tools, count, _cap(asked, about))
        hold = self.account.ledger.reserve(reserve)
        self._open[run_id] = _Call(hold, price, model, provider, sent, size + tools)

    def _worst_case(
        self, price: Price | None, model: str, size: int, count: int, cap: int | None
    ) -> float:
        limit_usd = self.account.ledger.remaining_usd
        if price is None:
            if limit_usd is not None:
                raise PriceUnknown(model, limit_usd=limit_usd)
            _warn_unpriced(model)
            return 0.0
        try:
            return worst_case_usd(price, size, count, cap, model=model)
        except OutputUncapped:
            if limit_usd is not None:
                raise
            return 0.0

    def _settle(self, call: _Call, response: LLMResult) -> None:
        tokens = _tokens(response)
        if tokens is None:
            usage = self._dropped(call, charged=True)
        else:
            sent, got, cached = tokens
            cost = settle_usd(call.price, sent, got, cached) if call.price else 0.0
            call.hold.settle(cost)
            usage = Usage(calls=1, input_tokens=sent, output_tokens=got, cost_usd=cost)
            self._charge(usage)
            self.account.typical.tell(
                self.account.kind(call.model),
                sent_bytes=call.sent_bytes,
                input_tokens=sent,
                output_tokens=got,
            )
        self._trace(call, usage, output=response, error=None)

    def _dropped(self, call: _Call, *, charged: bool) -> Usage:
        if not charged:
            call.hold.release()
            usage = Usage(calls=1)
        else:
            likely_usd = self._likely_usd(call)
            call.hold.keep(likely_usd)
            usage = Usage(
                calls=1,
                cost_usd=likely_usd,
                estimated_usd=likely_usd,
                withheld_usd=call.hold.amount_usd - likely_usd,
            )
        self._charge(usage)
        return usage

    def _likely_usd(self, call: _Call) -> float:
        """What a call most likely cost whose price never came in, in US dollars."""
        found = None
        if call.price is not None:
            account = self.account
            kind = account.kind(call.model)
            found = account.typical.cost_usd(kind, call.price, sent_bytes=call.sent_bytes)
        worst_usd = call.hold.amount_usd
        return worst_usd if found is None else min(found, worst_usd)

    def _charge(self, usage: Usage) -> None:
        self.usage = self.usage + usage
        self.account.charge(usage, self.account.role)

    def _trace(self, call: _Call, usage: Usage, *, output: object, error: str | None) -> None:
        account = self.account
        if not account.tracer:
            return
        account.tracer.emit(
            "model_call",
            step=account.step,
            visit=account.visit,
            attempt=account.attempt,
            latency_s=now_s() - call.started_s,
            cost_usd=usage.cost_usd,
            role=account.role,
            verifier=account.verifier,
            call=account.call,
            model=call.model,
            provider=call.provider,
            input=call.sent,
            output=_said(output),
            usage={"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens},
            estimated_usd=usage.estimated_usd,
            withheld_usd=usage.withheld_usd,
            error=error,
        )

    def _trace_tool(self, run_id: UUID, *, output: object = None, error: str | None = None) -> None:
        found = self._tools.pop(run_id, None)
        account = self.account
        if found is None or not account.tracer:
            return
        name, given, started_s = found
        account.tracer.emit(
            "tool_call",
            step=account.step,
            visit=account.visit,
            attempt=account.attempt,
            latency_s=now_s() - started_s,
            name=name,
            input=given,
            output=output,
            error=error,
        )


def _patient() -> bool:
    meter = in_charge.get()
    return isinstance(meter, Meter) and meter.patient


@cache
def _warn_unpriced(model: str) -> None:
    """Say once in a process that what a model costs cannot be told, nor limited."""
    log.warning(
        "No price is known for model %r: its calls count as 0 USD, and no cost limit can hold "
        "for them. Give one with session(prices={...}).",
        model,
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _cap(asked: Mapping[str, object], about: Mapping[str, object]) -> int | None:
    for value in (
        asked.get("max_completion_tokens"),
        asked.get("max_tokens"),
        asked.get("max_output_tokens"),
        about.get("ls_max_tokens"),
    ):
        if isinstance(value, int) and value > 0:
            choices = asked.get("n")
            return value * (choices if isinstance(choices, int) else 1)
    return None


def _size(messages: Sequence[BaseMessage]) -> int:
    return sum(
        len(json.dumps([message.content, message.additional_kwargs], default=str).encode())
        for message in messages
    )


def _tokens(response: LLMResult) -> tuple[int, int, int] | None:
    """Input, output and cached input tokens of a response that says, else `None`."""
    sent = got = cached = 0
    known = False
    for generation in (one for batch in response.generations for one in batch):
        message = generation.message if isinstance(generation, ChatGeneration) else None
        usage = message.usage_metadata if isinstance(message, AIMessage) else None
        if usage is not None:
            known = True
            sent += usage["input_tokens"]
            got += usage["output_tokens"]
            cached += usage.get("input_token_details", {}).get("cache_read", 0)
    return (sent, got, cached) if known else None


def _said(output: object) -> object:
    if not isinstance(output, LLMResult):
        return None
    return [
        one.message if isinstance(one, ChatGeneration) else one.text
        for batch in output.generations
        for one in batch
    ]
