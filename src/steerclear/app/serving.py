"""Sockets and servers as the node and its ports use them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from steerclear.interfaces.cli.file_fields import NodeFileError


class QuietServer(uvicorn.Server):
    """A server that leaves the signals to the program, which may run several of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are handled elsewhere."""
        yield


def listening_socket(address: str) -> socket.socket:
    """A bound socket for "host:port". Raises NodeFileError when the address cannot be had."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named: asyncio sends small answers at once only on sockets that say they are TCP.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, int(port)))
    except (OSError, OverflowError) as error:
        bound.close()
        raise NodeFileError(f"cannot listen on {address}: {error}; is another node running there?") from None
    return bound


def address_of(bound: socket.socket) -> str:
    """host:port of a bound socket."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
