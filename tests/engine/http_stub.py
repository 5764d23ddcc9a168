"""A model endpoint that shares the test's event loop, so that its waits take virtual time."""

import asyncio
import json
from contextlib import asynccontextmanager

from langchain_openai import ChatOpenAI

from surestep.clock import now_s

DROP = "drop the connection"
REPLY = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "stub",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
}


def refused(status, code="busy", **headers):
    """An error response."""
    return status, {"error": {"message": code, "code": code, "type": code}}, headers


class Endpoint:
    """Plays its script, one line per request; then it answers.

    Attributes:
        base_url: where it listens.
        at_s: when each request came in.
    """

    def __init__(self, script, latency_s):
        self.base_url = ""
        self.at_s = []
        self._script = list(script)
        self._latency_s = latency_s
        self._connections = set()

    async def close(self):
        """Wait until every connection is done with."""
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def serve(self, reader, writer):
        """Answer the requests of one connection."""
        self._connections.add(asyncio.current_task())
        try:
            while await self._read(reader):
                self.at_s.append(now_s())
                line = self._script.pop(0) if self._script else (200, REPLY, {})
                await asyncio.sleep(self._latency_s)
                if line is DROP:
                    return
                writer.write(_response(*line))
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _read(self, reader):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        except asyncio.IncompleteReadError:
            return False
        length = next(line for line in head.split("\r\n") if line.startswith("content-length"))
        await reader.readexactly(int(length.split(":")[1]))
        return True


def _response(status, body, headers):
    text = json.dumps(body)
    named = {"content-type": "application/json", "content-length": len(text), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n{text}".encode()


@asynccontextmanager
async def endpoint(*script, latency_s=0.0, **options):
    """A running endpoint and a model that asks it, with retries of the client's own."""
    stub = Endpoint(script, latency_s)
    server = await asyncio.start_server(stub.serve, "127.0.0.1", 0)
    stub.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    model = ChatOpenAI(
        **{"model": "stub", "base_url": stub.base_url, "api_key": "x", "max_retries": 5, **options}
    )
    try:
        yield stub, model
    finally:
        await model.root_async_client.close()
        model.root_client.close()
        await stub.close()
        server.close()
        await server.wait_closed()
