"""A model endpoint for tests: answers every chat completion with one prepared reply."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from langchain_openai import ChatOpenAI


def completion(content, **choice):
    """The body of a chat completion that says `content`."""
    message = {"role": "assistant", "content": content}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16},
    }


class Endpoint:
    """A running endpoint: what was asked of it, and a model that asks it."""

    def __init__(self, port):
        self.requests = []
        self.model = ChatOpenAI(
            model="stub", base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0
        )


@contextmanager
def serving(body, *, status=200, stall=None):
    """An endpoint that answers with `body`; with an event in `stall`, only once that is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            endpoint.requests.append(
                json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            )
            if stall is not None:
                stall.wait()
                return
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_):
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint = Endpoint(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield endpoint
    finally:
        if stall is not None:
            stall.set()
        server.shutdown()
        thread.join()
        server.server_close()
