"""Sockets and servers as the node and its ports use them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import importlib.util
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

import uvicorn

from steerclear.interfaces.cli.file_fields import NodeFileError

COLLECT_AFTER: Final = (20_000, 20, 20)
"""Objects made and not freed after which the youngest are looked through for circles, and how often those that stay."""
TURN_S: Final = 0.001
"""How long a thread may hold the interpreter while another waits for it. A message passes through several threads, and
the writers of stores give it back with every statement: with Python's five milliseconds, most of its time is waiting.
"""


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


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run a program on the fastest event loop that is installed: uvloop, else the one of Python."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if importlib.util.find_spec("uvloop") is not None:
        factory = importlib.import_module("uvloop").new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)


def settle_interpreter() -> None:
    """To be called once everything is loaded, by a program that answers others.

    What was loaded stays loaded: unfrozen, each full collection looks at all of it, a tenth of a second long. What
    requests leave behind is freed when it is last used; circles, which only the collector frees, are rare in it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(TURN_S)
