"""Which failures are worth another call, and when."""

from __future__ import annotations

from email.utils import formatdate

import httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surestep.budgets.backoff import MAX_CALLS, is_transient, next_wait_s, retry_after_s
from surestep.testing import run
from surestep.testing.clock import WALL_START_S

attempts = st.integers(1, MAX_CALLS - 1)
seeds = st.integers()


class Answer:
    """A response as clients attach it to their errors."""

    def __init__(self, status_code: int, headers: dict[str, str] | None = None) -> None:
        self.status_code = status_code
        self.headers = headers or {}


class StatusError(Exception):
    """An error of a client that keeps the response only."""

    def __init__(self, status_code: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(status_code)
        self.response = Answer(status_code, headers)


def openai_error(cls: type[Exception], **more: object) -> Exception:
    """An error as OpenAI's client has it, without the request it would need."""
    error = cls.__new__(cls)
    for name, value in more.items():
        setattr(error, name, value)
    return error


@given(attempts, seeds)
def test_the_wait_doubles_and_half_of_it_is_random(attempt: int, seed: int) -> None:
    """0.25 to 0.5 s first, then twice that."""
    wait_s = next_wait_s(attempt, retry_after_s=None, remaining_s=None, seed=seed)
    assert wait_s is not None
    assert 0.25 * 2 ** (attempt - 1) <= wait_s <= 0.5 * 2 ** (attempt - 1)


@given(attempts, seeds, st.floats(0.0, 600.0))
def test_nobody_returns_before_the_server_said(attempt: int, seed: int, asked_s: float) -> None:
    """`Retry-After` is a least, spread a little so that not all return at once."""
    wait_s = next_wait_s(attempt, retry_after_s=asked_s, remaining_s=None, seed=seed)
    assert wait_s is not None
    assert asked_s <= wait_s <= asked_s + 0.25 * 2 ** (attempt - 1)


@given(attempts, seeds)
def test_the_same_seed_waits_the_same(attempt: int, seed: int) -> None:
    """A run can be repeated exactly."""
    waits = {next_wait_s(attempt, retry_after_s=2, remaining_s=9, seed=seed) for _ in range(2)}
    assert len(waits) == 1


def test_different_seeds_wait_differently() -> None:
    """Callers who failed together do not return together."""
    waits = {next_wait_s(1, retry_after_s=1, remaining_s=None, seed=seed) for seed in range(20)}
    assert len(waits) == 20


@given(attempts, seeds, st.floats(0.0, 30.0))
def test_a_wait_that_uses_up_the_latency_is_not_begun(
    attempt: int, seed: int, remaining_s: float
) -> None:
    """Some time must be left for the call itself."""
    free = next_wait_s(attempt, retry_after_s=None, remaining_s=None, seed=seed)
    bound = next_wait_s(attempt, retry_after_s=None, remaining_s=remaining_s, seed=seed)
    assert free is not None
    assert bound == (free if free < remaining_s else None)


def test_calls_end_without_a_latency_limit_too() -> None:
    """The last one has no successor."""
    assert next_wait_s(MAX_CALLS, retry_after_s=None, remaining_s=None, seed=0) is None


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_overload_and_server_trouble_pass(status: int) -> None:
    """Wherever the client keeps the status."""
    assert is_transient(StatusError(status))
    assert is_transient(openai_error(openai.APIStatusError, status_code=status))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_bad_request_stays_bad(status: int) -> None:
    """Repeating it only costs."""
    assert not is_transient(StatusError(status))


def test_an_exhausted_quota_stays_exhausted() -> None:
    """It is a 429 that no wait mends."""
    error = openai_error(openai.RateLimitError, status_code=429, code="insufficient_quota")
    assert not is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        openai_error(openai.APIConnectionError),
        openai_error(openai.APITimeoutError),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("dropped"),
    ],
)
def test_lost_connections_and_timeouts_pass(error: Exception) -> None:
    """The clients' own classes are known by name."""
    assert is_transient(error)


@pytest.mark.parametrize("error", [ValueError("no"), KeyError("x"), httpx.UnsupportedProtocol("x")])
def test_errors_of_the_program_do_not_pass(error: Exception) -> None:
    """Another call meets them again."""
    assert not is_transient(error)


@pytest.mark.parametrize(
    ("headers", "expected_s"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_seconds(headers: dict[str, str], expected_s: float | None) -> None:
    """An unreadable one counts as none."""
    assert retry_after_s(StatusError(429, headers)) == expected_s


def test_retry_after_headers_are_read_whatever_their_case() -> None:
    """As the clients' own header mappings do."""
    error = StatusError(429)
    error.response = httpx.Response(429, headers={"Retry-After": "3"})  # type: ignore[assignment]
    assert retry_after_s(error) == 3.0


@pytest.mark.parametrize(("offset_s", "expected_s"), [(30.0, 30.0), (-30.0, 0.0)])
def test_retry_after_may_be_a_date(offset_s: float, expected_s: float) -> None:
    """Seconds from now, and never below 0."""

    async def read() -> float | None:
        date = formatdate(WALL_START_S + offset_s, usegmt=True)
        return retry_after_s(StatusError(503, {"retry-after": date}))

    assert run(read()) == pytest.approx(expected_s)


def test_an_error_without_a_response_asks_for_nothing() -> None:
    """There is no header to read."""
    assert retry_after_s(ValueError()) is None
