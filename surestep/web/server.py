"""The inbox as a process that serves until it is interrupted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import uvicorn

from surestep.rehearsal.listening import listen
from surestep.web.app import create_app
from surestep.web.inbox import Inbox


def serve(
    inbox: Inbox, host: str, port: int, *, on_listening: Callable[[str], object] | None = None
) -> None:
    """Serve an inbox until the process is interrupted.

    Args:
        inbox: what to serve.
        host: the address to listen on.
        port: the port; 0 takes a free one.
        on_listening: called with the address of the first page once browsers may connect.

    Raises:
        InputError: the address is taken, or not ours.
    """
    listening = listen(host, port)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(inbox),
            access_log=False,
            log_level="warning",
            loop="asyncio",
            server_header=False,
            # A browser that keeps a connection must not keep the server from ending.
            timeout_graceful_shutdown=2,
            ws="none",
        )
    )
    if on_listening is not None:
        address, free = listening.getsockname()[:2]
        on_listening(f"http://{address}:{free}/")
    with contextlib.suppress(KeyboardInterrupt):
        server.run([listening])
