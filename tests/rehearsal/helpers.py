"""Short ways to a role, a request and its reply."""

import asyncio
import json

from langchain_openai import ChatOpenAI

from surestep.rehearsal import JudgeRole, Role, Scenario, rehearse
from surestep.rehearsal.chat import read_request
from surestep.rehearsal.engine import Engine

CLASSIFY = r"Classify (?P<task>T\d+)"


def classifier(**options):
    """A worker role that knows every task's category to be `refund`."""
    return Role(**{"name": "classify", "pattern": CLASSIFY, "truth": _refund, **options})


def judge(**options):
    """A judge of the classifier."""
    pattern = r"Judge (?P<task>T\d+): (?P<candidate>.*)"
    return JudgeRole(**{"name": "judge", "pattern": pattern, "of": "classify", **options})


def engine(*roles, seed=1, time_scale=0.0):
    """An engine over these roles."""
    return Engine(Scenario(seed=seed, time_scale=time_scale, roles=roles))


def request(text, **fields):
    """A request with one user message."""
    message = {"role": "user", "content": text}
    return read_request(json.dumps({"model": "m", "messages": [message], **fields}).encode())


def said(engine, text, **fields):
    """The text of the first choice of the reply."""
    return engine.reply(request(text, **fields)).messages[0].text


def over_http(scenario, ask, **options):
    """What `ask(model)` gets from an asynchronous client of a server of its own.

    The client is closed on the loop that opened it; langchain-openai caches its connections
    by address and would reuse them on the next loop.
    """

    async def block():
        async with rehearse(scenario) as server:
            model = ChatOpenAI(base_url=server.base_url, api_key="x", model="small", **options)
            try:
                return await ask(model)
            finally:
                await model.root_async_client.close()

    return asyncio.run(block())


def _refund(task):
    return "refund"
