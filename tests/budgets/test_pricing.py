"""What calls cost: bounds before, prices after."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.budgets import Price, Prices
from surestep.budgets.pricing import MESSAGE_TOKENS, settle_usd, worst_case_usd
from surestep.errors import OutputUncapped, PlanError

OWN = Price(2.0, 10.0, 100)
counts = st.integers(min_value=0, max_value=400_000)
# One price of each kind: cache reads; tiers and cache writes; a fee per request.
LISTED = [("openai", "gpt-4o-mini"), ("anthropic", "claude-sonnet-4-5"), ("perplexity", "sonar")]


def listed(provider: str, model: str) -> Price:
    """A price that the library surely has."""
    price = Prices().of(model, provider=provider)
    assert price is not None
    return price


def test_a_known_model_has_a_price() -> None:
    """The library lists it in US dollars per million tokens, with its context window."""
    price = listed("openai", "gpt-4o-mini")
    assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == (0.15, 0.6)
    assert price.max_output_tokens == 128_000


def test_the_provider_may_be_left_out() -> None:
    """The model's name tells it."""
    price = Prices().of("gpt-4o-mini")
    assert price is not None
    assert price.listing is not None
    assert price.listing.provider == "openai"


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("no-such-model", None),
        ("gpt-4o-mini", "no-such-provider"),
        ("no-such-model", "openai"),
        ("whisper-large-v3", "groq"),
    ],
)
def test_a_model_nobody_prices_by_token_has_none(model: str, provider: str | None) -> None:
    """Not knowing is not zero."""
    assert Prices().of(model, provider=provider) is None


def test_an_override_comes_before_the_library() -> None:
    """For known models and unknown ones."""
    prices = Prices({"gpt-4o-mini": OWN, "mine": OWN})
    assert prices.of("gpt-4o-mini", provider="openai") is OWN
    assert prices.of("mine") is OWN


def test_prices_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table comes with the package."""

    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert settle_usd(listed("openai", "gpt-4o-mini"), 10, 10) > 0.0


def test_importing_budgets_does_not_load_the_price_table() -> None:
    """It takes a quarter of a second, and many runs need none."""
    code = "import sys, surestep.budgets; sys.exit('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(counts, counts, counts)
def test_an_own_price_is_linear(prompt: int, output: int, cached: int) -> None:
    """Cached tokens cost what others do, because nothing else was said."""
    expected = (prompt * 2.0 + output * 10.0) / 1e6
    assert settle_usd(OWN, prompt, output, cached) == pytest.approx(expected)


def test_a_listed_price_knows_its_cache() -> None:
    """300 of 1,000 prompt tokens at half price: (700 x 0.15 + 300 x 0.075 + 10 x 0.6) / 10^6."""
    usd = settle_usd(listed("openai", "gpt-4o-mini"), 1000, 10, cached_tokens=300)
    assert usd == pytest.approx(0.0001335)


def test_a_listed_price_charges_for_writing_the_cache() -> None:
    """1,000 tokens at 3.75 instead of 3 US dollars per million."""
    usd = settle_usd(listed("anthropic", "claude-sonnet-4-5"), 1000, 0, cache_write_tokens=1000)
    assert usd == pytest.approx(0.00375)


def test_parts_larger_than_the_whole_count_as_the_whole() -> None:
    """Some servers report more cached tokens than prompt tokens."""
    price = listed("openai", "gpt-4o-mini")
    assert settle_usd(price, 100, 0, 300, 300) == settle_usd(price, 100, 0, 100)


def test_the_bound_counts_bytes_messages_and_the_cap() -> None:
    """One token per byte, the overhead of each message and of the reply, and all the output."""
    prompt = 1000 + 3 * MESSAGE_TOKENS
    assert worst_case_usd(OWN, 1000, 2, 50) == (prompt * 2.0 + 50 * 10.0) / 1e6


def test_without_a_cap_on_the_request_the_prices_own_counts() -> None:
    """For listed models that is the context window."""
    assert worst_case_usd(OWN, 1000, 2, None) == worst_case_usd(OWN, 1000, 2, 100)


def test_without_any_cap_there_is_no_bound() -> None:
    """The error names the model and both remedies."""
    with pytest.raises(OutputUncapped, match=r"model 'mine'.*max_tokens.*max_output_tokens"):
        worst_case_usd(Price(1.0, 1.0), 10, 1, None, model="mine")


@given(
    name=st.sampled_from(LISTED),
    bytes_=counts,
    share=st.floats(0.0, 1.0),
    output=st.integers(0, 5000),
    parts=st.tuples(counts, counts),
)
def test_no_call_costs_more_than_its_bound(
    name: tuple[str, str], bytes_: int, share: float, output: int, parts: tuple[int, int]
) -> None:
    """However few tokens the bytes become, and whichever of them meet the cache."""
    price = listed(*name)
    bound = worst_case_usd(price, bytes_, 2, 5000)
    assert settle_usd(price, int(bytes_ * share), output, *parts) <= bound


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ((-1.0, 1.0, None), r"Price input_usd_per_mtok is -1\.0"),
        ((1.0, float("nan"), None), "Price output_usd_per_mtok is nan"),
        ((1.0, 1.0, 0), "Price max_output_tokens is 0"),
    ],
)
def test_an_impossible_price_is_refused(
    values: tuple[float, float, int | None], problem: str
) -> None:
    """The error names the figure."""
    with pytest.raises(PlanError, match=problem):
        Price(*values)
