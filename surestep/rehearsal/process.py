"""A model server in a thread of this process, or as the whole of it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from surestep.errors import InputError
from surestep.rehearsal.engine import Engine
from surestep.rehearsal.listening import listen
from surestep.rehearsal.scenario import Scenario
from surestep.rehearsal.tally import Requests

if TYPE_CHECKING:
    import uvicorn


class Rehearsal:
    """A running model server, entered with `with` or `async with`.

    It runs in a daemon thread with an event loop of its own, so blocking clients reach it as
    well as clients on the caller's loop.

    Attributes:
        base_url: what clients take as their `base_url`; any `api_key` will do.
        requests: what was asked and answered so far.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._engine = Engine(scenario)
        self._stop: Callable[[], None] = lambda: None
        self.base_url = ""
        self.requests: Requests = self._engine.requests

    def prepared(self) -> tuple[uvicorn.Server, socket.socket]:
        """A server that is not started yet, and the socket of `base_url` for it."""
        server, listening = _server(self._engine), listen("127.0.0.1", 0)
        self.base_url = _base_url(listening)
        return server, listening

    def __enter__(self) -> Self:
        self._stop = _started(*self.prepared())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)


def rehearse(
    scenario: Scenario, *, seed: int | None = None, time_scale: float | None = None
) -> Rehearsal:
    """A model server on a free local port, to enter with `with` or `async with`.

    Args:
        scenario: what it knows and gets wrong.
        seed: instead of the scenario's.
        time_scale: instead of the scenario's; 0 never waits.

    Raises:
        InputError: a file the scenario names cannot be read, or a value does not fit.
    """
    return Rehearsal(scenario.rehearsed(seed=seed, time_scale=time_scale))


@contextlib.asynccontextmanager
async def rehearse_here(
    scenario: Scenario, *, seed: int | None = None, time_scale: float | None = None
) -> AsyncIterator[Rehearsal]:
    """A model server on the running event loop, for clients on that same loop.

    Its latencies follow the loop's clock, so on a virtual one they cost no real time. A client
    that blocks a thread would wait for ever there.

    Args:
        scenario: what it knows and gets wrong.
        seed: instead of the scenario's.
        time_scale: instead of the scenario's; 0 never waits.

    Raises:
        InputError: a file the scenario names cannot be read, or a value does not fit.
    """
    found = Rehearsal(scenario.rehearsed(seed=seed, time_scale=time_scale))
    server, listening = found.prepared()
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    # Not `serve`, which takes the process's signals and wakes up ten times a second.
    await server.startup([listening])
    try:
        yield found
    finally:
        await server.shutdown([listening])


def serve(
    scenario: Scenario,
    host: str = "127.0.0.1",
    port: int = 8765,
    *,
    on_listening: Callable[[str], object] | None = None,
) -> None:
    """Serve a scenario until the process is interrupted.

    Args:
        scenario: what it knows and gets wrong.
        host: the address to listen on; this machine only by default.
        port: the port; 0 takes a free one.
        on_listening: called with the `base_url` once clients may connect.

    Raises:
        InputError: the address is taken or not ours, or a file of the scenario cannot be read.
    """
    server = _server(Engine(scenario))
    listening = listen(host, port)
    if on_listening is not None:
        on_listening(_base_url(listening))
    with contextlib.suppress(KeyboardInterrupt):
        server.run([listening])


def _started(server: uvicorn.Server, listening: socket.socket) -> Callable[[], None]:
    """Serve in a daemon thread; returns what stops it and waits for its end."""
    thread = threading.Thread(target=server.run, args=([listening],), name="rehearsal", daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join()

    return stop


def _server(engine: Engine) -> uvicorn.Server:
    # Imported late: describing a scenario needs no web framework, and it is an extra.
    try:
        import uvicorn  # noqa: PLC0415

        from surestep.rehearsal.server import create_app  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            f"A rehearsal needs {error.name}, which is not installed.",
            remedy="Install surestep[rehearsal].",
        ) from None

    config = uvicorn.Config(
        create_app(engine),
        access_log=False,
        lifespan="off",
        log_config=None,
        log_level="critical",
        loop="asyncio",
        # Whoever closes a rehearsal does not wait for its stalls.
        timeout_graceful_shutdown=0,
        # A connection closed just as its client uses it again would be a fault nobody asked for.
        timeout_keep_alive=3600,
        ws="none",
    )
    return uvicorn.Server(config)


def _base_url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}/v1"
