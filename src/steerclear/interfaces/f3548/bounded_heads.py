"""uvicorn's protocol over httptools, the parser written in C, with the limit on a request's head that it lacks.

A head, and whatever else of a request is no body (trailers, sizes of chunks), is at most MAX_HEAD_BYTES long; what is
longer is answered with 400 and the connection is closed. Import it only where httptools is installed.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from steerclear.interfaces.f3548.limits import MAX_HEAD_BYTES
from steerclear.interfaces.f3548.whole_answers import JoiningTransport


class BoundedHeadsProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose heads end somewhere."""

    _unbodied = 0
    """Bytes of the request that are no body, as far as is known."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client is here."""
        super().connection_made(JoiningTransport(transport, self.loop))

    def data_received(self, data: bytes) -> None:
        """Bytes from the client."""
        self._unbodied += len(data)
        super().data_received(data)
        if self._unbodied > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("the head of a request is too long")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._unbodied = 0
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Part of a body."""
        self._unbodied = max(0, self._unbodied - len(body))
        super().on_body(body)
