"""The model server under `ChatOpenAI`, over real HTTP, blocking and asynchronous."""

import asyncio
import math

import httpx
import pytest
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from surestep.rehearsal import Scenario, Tokens, rehearse
from tests.rehearsal.helpers import classifier, judge, over_http

TRUTH = {"category": "refund", "amount": 12.5}
TYPED = {
    "title": "Category",
    "type": "object",
    "properties": {"category": {"type": "string"}, "amount": {"type": "number"}},
    "required": ["category", "amount"],
    "additionalProperties": False,
}


class Category(BaseModel):
    """What a ticket is about."""

    category: str
    amount: float


SCENARIO = Scenario(
    seed=1,
    time_scale=0,
    models=("small", "large"),
    roles=(
        classifier(name="extract", pattern=r"Extract (?P<task>T\d+)", truth=lambda task: TRUTH),
        classifier(name="draft", pattern=r"Draft (?P<task>T\d+)", truth=lambda task: "Dear " * 50),
        classifier(tokens=Tokens(input=600, output=40)),
        judge(),
    ),
)


@pytest.fixture(scope="module")
def server():
    """One server for all tests here."""
    with rehearse(SCENARIO) as running:
        yield running


@pytest.fixture
def model(server):
    """A client with nothing but an address, a key and a model's name."""
    return ChatOpenAI(base_url=server.base_url, api_key="x", model="small")


def test_invoke_gets_the_answer_and_its_usage(model):
    """A blocking call sees the content, the usage and the model's name."""
    reply = model.invoke("Classify T1")

    assert reply.text == "refund"
    assert reply.usage_metadata["input_tokens"] == 600
    assert reply.usage_metadata["output_tokens"] == 40
    assert reply.response_metadata["model_name"] == "small"


def test_ainvoke_gets_the_answer():
    """An asynchronous call gets the same."""
    assert over_http(SCENARIO, lambda model: model.ainvoke("Classify T1")).text == "refund"


def test_stream_comes_in_pieces_that_join(model):
    """A long text arrives in several chunks."""
    chunks = list(model.stream("Draft T1"))

    assert "".join(chunk.text for chunk in chunks) == "Dear " * 50
    assert len([chunk for chunk in chunks if chunk.text]) > 5


def test_astream_ends_with_usage_on_request():
    """stream_options.include_usage adds the usage at the end."""

    async def whole(model):
        return [chunk async for chunk in model.astream("Classify T1")]

    chunks = over_http(SCENARIO, whole, stream_usage=True)
    used = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]
    assert [usage["total_tokens"] for usage in used] == [640]


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output_is_parsed(model, method):
    """A schema given as JSON comes back as a dict, blocking or not."""

    def typed(model):
        return model.with_structured_output(TYPED, method=method)

    assert typed(model).invoke("Extract T1") == TRUTH
    assert over_http(SCENARIO, lambda model: typed(model).ainvoke("Extract T1")) == TRUTH


# langchain-openai dumps the parsed model into a field declared as None, whatever the server.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")
@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output_becomes_a_pydantic_model(model, method):
    """A schema given as a class comes back as its instance, streamed too."""
    typed = model.with_structured_output(Category, method=method)

    assert typed.invoke("Extract T1") == Category(**TRUTH)
    assert list(typed.stream("Extract T1"))[-1] == Category(**TRUTH)


def test_bound_tools_are_called(model):
    """An object truth becomes the arguments of the tool."""
    (call,) = model.bind_tools([Category]).invoke("Extract T1").tool_calls

    assert (call["name"], call["args"]) == ("Category", TRUTH)


def test_streamed_tool_calls_join(model):
    """The arguments arrive in pieces and parse in the end."""
    first, *rest = model.bind_tools([Category]).stream("Extract T1")

    assert sum(rest, start=first).tool_calls[0]["args"] == TRUTH


def test_log_probabilities_come_with_alternatives(server):
    """logprobs=True and top_logprobs list each token with its rivals, streamed too."""
    model = ChatOpenAI(
        base_url=server.base_url, api_key="x", model="small", logprobs=True, top_logprobs=2
    )
    whole = model.invoke("Judge T1: refund").response_metadata["logprobs"]["content"]
    first, *rest = model.stream("Judge T1: refund")
    streamed = sum(rest, start=first).response_metadata["logprobs"]["content"]

    (verdict,) = [token for token in whole if len(token["top_logprobs"]) == 2]
    assert verdict["token"] == "pass"
    assert math.exp(verdict["top_logprobs"][0]["logprob"]) == pytest.approx(1.0)
    assert [token["token"] for token in streamed] == [token["token"] for token in whole]


def test_choices_are_all_returned(server):
    """n=3 gives three generations."""
    model = ChatOpenAI(base_url=server.base_url, api_key="x", model="small", n=3)

    assert len(model.generate([[HumanMessage("Classify T1")]]).generations[0]) == 3


def test_an_unmatched_prompt_is_a_400_that_quotes_it(server):
    """A missing role is a client's error with the prompt in it."""
    body = {"model": "small", "messages": [{"role": "user", "content": "Sing!"}]}
    reply = httpx.post(f"{server.base_url}/chat/completions", json=body)

    assert reply.status_code == 400
    assert "'Sing!'" in reply.json()["error"]["message"]
    assert server.requests.refused >= 1


def test_models_and_health_are_served(server):
    """The list names the scenario's models."""
    models = httpx.get(f"{server.base_url}/models").json()["data"]

    assert [model["id"] for model in models] == ["small", "large"]
    assert httpx.get(server.base_url.removesuffix("/v1") + "/healthz").json() == {"status": "ok"}


def test_async_with_counts_requests_and_stops():
    """The server lives as long as its block, beside the caller's own loop."""

    async def block():
        async with rehearse(SCENARIO, seed=5) as server, httpx.AsyncClient() as client:
            body = {"model": "m", "messages": [{"role": "user", "content": "Classify T1"}]}
            url = f"{server.base_url}/chat/completions"
            await asyncio.gather(*(client.post(url, json=body) for _ in range(20)))
        return server

    server = asyncio.run(block())
    assert server.requests.by_role == {"classify": 20}
    assert [lookup.repeat for lookup in server.requests.lookups] == list(range(20))
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.base_url}/models")


def test_two_rehearsals_run_side_by_side():
    """Each has a port and counts of its own."""
    with rehearse(SCENARIO) as one, rehearse(SCENARIO) as other:
        ChatOpenAI(base_url=one.base_url, api_key="x", model="small").invoke("Classify T1")

        assert one.base_url != other.base_url
        assert (one.requests.total, other.requests.total) == (1, 0)
