"""Faults as a client meets them, over real HTTP."""

import time

import httpx
import openai
import pytest
from langchain_core.exceptions import OutputParserException
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, ValidationError

from surestep.rehearsal import Faults, Latency, Scenario, rehearse
from tests.rehearsal.helpers import classifier

BODY = {"model": "m", "messages": [{"role": "user", "content": "Classify T1"}]}


class Category(BaseModel):
    """What a ticket is about."""

    category: str


def world(time_scale=0.0, latency=None, **faults):
    """A server whose classifier meets these faults."""
    role = classifier(
        truth=lambda task: {"category": "refund"},
        faults=Faults(**faults),
        latency=latency or Latency(),
    )
    return rehearse(Scenario(time_scale=time_scale, roles=(role,)))


def chat(server, **options):
    """A client that does not retry by itself."""
    options = {"max_retries": 0, **options}
    return ChatOpenAI(base_url=server.base_url, api_key="x", model="m", **options)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("rate_limit", openai.RateLimitError),
        ("server_error", openai.InternalServerError),
        ("unavailable", openai.InternalServerError),
        ("dropped", openai.APIConnectionError),
    ],
)
def test_each_fault_is_the_error_a_client_knows(fault, error):
    """Status or broken connection, the client raises what the real API makes it raise."""
    with world(**{fault: 1.0}) as server:
        with pytest.raises(error):
            chat(server).invoke("Classify T1")

        assert server.requests.faults == {fault: 1}


def test_a_429_says_when_to_come_again():
    """Retry-After is scaled as every time is."""
    with world(time_scale=0.1, rate_limit=1.0, retry_after_s=2.0) as server:
        reply = httpx.post(f"{server.base_url}/chat/completions", json=BODY)

    assert reply.status_code == 429
    assert float(reply.headers["retry-after"]) == pytest.approx(0.2)
    assert float(reply.headers["retry-after-ms"]) == pytest.approx(200)


def test_a_client_that_retries_gets_through():
    """A fault meets one request, and its repeat is drawn anew."""
    with world(rate_limit=0.5, retry_after_s=0.0) as server:
        assert "refund" in chat(server, max_retries=20).invoke("Classify T1").text


def test_a_stall_outlasts_the_clients_patience():
    """Nothing comes, and closing the server does not wait for it either."""
    began = time.monotonic()
    stalling = world(time_scale=1.0, stall=1.0, stall_s=600.0)
    with stalling as server, pytest.raises(openai.APITimeoutError):
        chat(server, timeout=0.1).invoke("Classify T1")

    assert time.monotonic() - began < 60


def test_a_latency_is_waited_for():
    """Whole answers and streams take the scaled time at least."""
    with world(time_scale=0.01, latency=Latency(median_s=10.0)) as server:
        for ask in (chat(server).invoke, lambda text: list(chat(server).stream(text))):
            began = time.monotonic()
            ask("Classify T1")
            assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
@pytest.mark.parametrize("fault", ["truncated", "schema_drift"])
def test_a_damaged_answer_does_not_parse(method, fault):
    """Truncated JSON and drifted keys reach the client, which gets no category."""
    with world(**{fault: 1.0}) as server:
        typed = chat(server).with_structured_output(Category, method=method)
        assert _parsed(typed) is None


def _parsed(typed):
    try:
        return typed.invoke("Classify T1")
    except (OutputParserException, ValidationError, openai.LengthFinishReasonError):
        return None


def test_a_function_that_fails_is_shown_to_the_client():
    """A mistake in the scenario's own code is not a silent 500."""
    role = classifier(truth=lambda task: 1 / 0)
    with rehearse(Scenario(roles=(role,))) as server:
        reply = httpx.post(f"{server.base_url}/chat/completions", json=BODY)

    assert reply.status_code == 500
    assert "ZeroDivisionError" in reply.json()["error"]["message"]


def test_a_stream_may_break_too():
    """A dropped connection is an error in the middle of a stream."""
    with world(dropped=1.0) as server, pytest.raises((openai.APIError, httpx.TransportError)):
        list(chat(server).stream("Classify T1"))
