"""Sockets that listen on loopback, and nowhere else; knows nothing of what answers there."""

from __future__ import annotations

import errno
import socket

LOOPBACK = "127.0.0.1"
BACKLOG = 2048


def listen(port: int) -> socket.socket:
    """Listen on a port; 0 for a free one.

    Raises:
        OSError: The port is taken, or may not be used.
    """
    # The protocol is named because asyncio switches Nagle's algorithm off only on sockets that say TCP,
    # and with it every small answer would wait 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        trouble = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise OSError(error.errno, f"Port {port} {trouble}; name another one, or 0 for free ones") from None
    return listening


def port_of(listening: socket.socket) -> int:
    """The port a socket listens on."""
    port: int = listening.getsockname()[1]
    return port
