"""The served graph: what a LangGraph server needs of it, and the server itself where it is."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from examples.serve.client import LIMITS, converse
from examples.serve.graph import app

ROOT = Path(__file__).parent.parent.parent

served = pytest.mark.skipif(
    importlib.util.find_spec("langgraph_api") is None,
    reason="langgraph dev is not installed (langgraph-cli[inmem])",
)


def test_the_server_is_told_where_the_graph_is() -> None:
    """And it has no checkpointer, since the server brings its own."""
    named = json.loads((ROOT / "langgraph.json").read_text())["graphs"]["letter"]
    assert named == "./examples/serve/graph.py:app"
    assert app.checkpointer is None


def test_limits_in_json_are_those_of_the_run() -> None:
    """As a server passes them on: under one reserved key."""
    own = app.copy({"checkpointer": InMemorySaver()})
    config: Any = {"configurable": {"thread_id": "t"}}
    result = asyncio.run(own.ainvoke({"name": "Ada"}, config, context=LIMITS))
    assert result["__interrupt__"][0].value["action_requests"][0]["name"] == "write"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A LangGraph development server, with a database of ours beside its own."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    quiet = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGSMITH_TRACING": "false"}
    words = ["dev", "--config", str(ROOT / "langgraph.json"), "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", "langgraph_cli", *words, "--no-browser", "--no-reload"],
        cwd=ROOT,
        env={**os.environ, **quiet, "SURESTEP_DB": str(tmp_path / "runs.db")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/ok")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait_for(url: str) -> None:
    # The server is another process: only the wall clock knows when it has started.
    for _ in range(300):
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{url} did not answer within 30 s")


@served
def test_a_client_of_the_server_is_asked_and_answers(url: str) -> None:
    """Through LangGraph's own client: run, read the interrupt, send back, approve."""
    assert asyncio.run(converse(url))["letter"].endswith("P.S. Thank her.")
