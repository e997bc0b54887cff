"""uvicorn's WebSocket protocol with one thing added: the application can drop a connection that does not take its data.

A closing frame would have to wait behind the very data that the reader does not take.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

DROP_CONNECTION: Final = "drop_connection"
"""Key in the scope's state: a function that ends the connection at once."""


class FollowProtocol(WebSocketsSansIOProtocol):
    """WebSocket whose connection the application can drop."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to drop this connection for the application."""
        super().connection_made(transport)
        # A new dict: the one given is shared by all connections.
        state: dict[str, Any] = {**self.app_state, DROP_CONNECTION: cast(asyncio.Transport, transport).abort}
        self.app_state = state
