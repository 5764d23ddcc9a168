"""A real browser, and a real server for it, where Chromium is found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from surestep.storage import Store, ThreadRow, checkpointer
from surestep.web.reviewers import Reviewers
from tests.web.refunds import graph

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
GRAPH = f"{Path(__file__).with_name('refunds.py')}:graph"
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    # The browser's own calls home, which can take long to fail where there is no network.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of an inbox that `surestep serve` serves over a database in a folder."""
    command = [sys.executable, "-m", "surestep.cli", "serve", "--port", "0", "--json"]
    # The tests' own variables must not lead the server to another database.
    plain = {key: value for key, value in os.environ.items() if not key.startswith("SURESTEP_")}
    with subprocess.Popen(
        [*command, "--db", "runs.db"], cwd=folder, env=plain, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            yield json.loads(server.stdout.readline())["url"]
        finally:
            server.terminate()


async def started(database: str, tickets: Mapping[str, Mapping[str, object]]) -> None:
    """Run the graph for some tickets, until it asks."""
    async with checkpointer(database) as saver:
        app = graph.compile(saver, database=database)
        store = Store.open(database)
        for thread, given in tickets.items():
            await app.ainvoke(dict(given), {"configurable": {"thread_id": thread}})
            row = await store.thread(thread)
            await store.save_thread(ThreadRow(thread_id=thread, target=GRAPH, status=row.status))
        await store.aclose()


def tokens(folder: Path, **roles: str) -> dict[str, str]:
    """Tokens of some people, by name."""
    people = Reviewers(folder / "reviewers.json")
    return {name: people.add(name, role) for name, role in roles.items()}
