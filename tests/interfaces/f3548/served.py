"""An application on a real server, on a thread of the test's."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvicorn


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """The base URL of a running server."""
    config = uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=2, ws="none")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


class Watched:
    """An ASGI application; the status and the server's time of the last request are noted."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.status = 0
        self.took_s = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def noting(message: Any) -> None:
            self.status = message.get("status", self.status)
            await send(message)

        began_s = time.perf_counter()
        try:
            await self.app(scope, receive, noting)
        finally:
            self.took_s = time.perf_counter() - began_s
