"""What a model call costs: at worst before it starts, in truth after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from surestep.budgets import checked
from surestep.clock import wall_s
from surestep.errors import OutputUncapped

MESSAGE_TOKENS = 8
"""More than any chat format we know adds around a message (OpenAI's adds 3, or 4 with a name:
https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken), and around the reply."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a price stands in the price library.

    Attributes:
        provider: the library's name of the provider.
        model: the library's name of the model.
        as_of: when the call is made; some prices depend on the day or the hour.
    """

    provider: str
    model: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs.

    Attributes:
        input_usd_per_mtok: US dollars per million prompt tokens.
        output_usd_per_mtok: US dollars per million completion tokens.
        max_output_tokens: the most tokens one call can return; `None` if nobody knows.
        listing: set by `Prices` on a price from the library, which then computes with its tiers,
            cache prices and fees; the two figures above are its base prices.

    Raises:
        PlanError: for a negative, NaN or infinite price, or a cap below 1.
    """

    input_usd_per_mtok: float
    output_usd_per_mtok: float
    max_output_tokens: int | None = None
    listing: Listing | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for name in ("input_usd_per_mtok", "output_usd_per_mtok"):
            checked.not_negative(f"Price {name}", getattr(self, name), unit="US dollars")
        if self.max_output_tokens is not None:
            checked.count("Price max_output_tokens", self.max_output_tokens, least=1)


class Prices:
    """Prices by model: the given ones first, then the genai-prices library's.

    The library's data come with the package and are never fetched here.

    Args:
        overrides: prices by the model's exact name.
    """

    def __init__(self, overrides: Mapping[str, Price] | None = None) -> None:
        self._overrides = dict(overrides or {})

    def of(self, model: str, *, provider: str | None = None) -> Price | None:
        """The price of a call to `model` that starts now; `None` if nobody knows it."""
        if model in self._overrides:
            return self._overrides[model]
        return _listed(model, provider, datetime.fromtimestamp(wall_s(), UTC))


def worst_case_usd(
    price: Price,
    input_bytes: int,
    messages: int,
    max_output_tokens: int | None,
    *,
    model: str = "",
) -> float:
    """The most a text call can cost, in US dollars, from what is known before it starts.

    No tokenizer is asked: one token stands for at least one byte of UTF-8. Not bounded are images
    behind a URL, and tools that the provider runs and charges for itself.

    Args:
        price: the model's price.
        input_bytes: UTF-8 bytes of everything sent: messages, tool definitions, schemas.
        messages: how many messages are sent.
        max_output_tokens: the request's own cap over all its completions; `None` takes the
            price's, for listed models the context window.
        model: named in the error.

    Raises:
        OutputUncapped: if neither the request nor the price caps the output.
    """
    output = price.max_output_tokens if max_output_tokens is None else max_output_tokens
    if output is None:
        raise OutputUncapped(model or (price.listing.model if price.listing else "(unnamed)"))
    prompt = input_bytes + MESSAGE_TOKENS * (messages + 1)
    # The price is linear in how the prompt splits into plain, cached and newly cached tokens, so
    # its maximum lies where the prompt is all of one kind.
    return max(
        settle_usd(price, prompt, output),
        settle_usd(price, prompt, output, cached_tokens=prompt),
        settle_usd(price, prompt, output, cache_write_tokens=prompt),
    )


def settle_usd(
    price: Price,
    input_tokens: int,
    output_tokens: int,
    cached_tokens: int = 0,
    cache_write_tokens: int = 0,
) -> float:
    """What a call cost, in US dollars.

    Args:
        price: the model's price when the call started.
        input_tokens: all prompt tokens, those of the next two included.
        output_tokens: all completion tokens, reasoning included.
        cached_tokens: prompt tokens read from the provider's cache.
        cache_write_tokens: prompt tokens written to it.
    """
    if price.listing is not None:
        return _library_usd(
            price.listing, input_tokens, output_tokens, cached_tokens, cache_write_tokens
        )
    return (
        input_tokens * price.input_usd_per_mtok + output_tokens * price.output_usd_per_mtok
    ) / 1e6


def _listed(model: str, provider: str | None, as_of: datetime) -> Price | None:
    # Imported late: the library's table takes a quarter of a second to load.
    from genai_prices import Usage, calc_price  # noqa: PLC0415

    try:
        found = calc_price(
            Usage(input_tokens=0, output_tokens=0),
            model,
            provider_id=provider,
            genai_request_timestamp=as_of,
        )
    except LookupError:
        return None
    base = {
        name: getattr(entry, "base", entry)
        for name in ("input_mtok", "output_mtok")
        if (entry := getattr(found.model_price, name)) is not None
    }
    if not base:
        return None  # listed, but priced by the minute or the page, or not at all
    return Price(
        float(base.get("input_mtok", 0)),
        float(base.get("output_mtok", 0)),
        found.model.context_window,
        listing=Listing(found.provider.id, found.model.id, as_of),
    )


def _library_usd(listing: Listing, prompt: int, output: int, cached: int, written: int) -> float:
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - as above

    # The library refuses parts that exceed the whole, which some servers report.
    cached = min(cached, prompt)
    usage = Usage(
        input_tokens=prompt,
        output_tokens=output,
        cache_read_tokens=cached,
        cache_write_tokens=min(written, prompt - cached),
    )
    return float(
        calc_price(
            usage,
            listing.model,
            provider_id=listing.provider,
            genai_request_timestamp=listing.as_of,
        ).total_price
    )
