"""Where a server of ours listens."""

from __future__ import annotations

import socket

from surestep.errors import InputError


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections; port 0 takes a free one.

    Raises:
        InputError: the address is taken, or not ours.
    """
    # asyncio turns Nagle's delay off only for sockets that name their protocol.
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except (OSError, OverflowError) as error:
        listening.close()
        raise InputError(
            f"Cannot listen on {host}:{port}: {error}.", remedy="Choose another host or port."
        ) from None
    return listening
