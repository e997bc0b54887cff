"""uvicorn's HTTP protocol with one thing added: the application learns which certificate the client showed.

No released ASGI server hands it on. `connection_made` is where the TLS handshake is complete and nothing has been
read yet; what is put into `app_state` there reaches every request of the connection in `scope["state"]`.
"""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

PEER_CERTIFICATE: Final = "peer_certificate"
"""Key in the scope's state: DER bytes of the client's certificate, None without TLS."""


class PeerCertificateProtocol(H11Protocol):
    """HTTP/1.1 that keeps the client's certificate for the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the certificate of a connection that has just been made."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        certificate = None if tls is None else tls.getpeercert(binary_form=True)
        # A new dict: the one given is shared by all connections.
        self.app_state = {**self.app_state, PEER_CERTIFICATE: certificate}

    def shutdown(self) -> None:
        """Close an idle connection at once: a client that is not reading does not answer TLS's goodbye, and would
        hold up the stop of the node.
        """
        idle = self.cycle is None or self.cycle.response_complete
        super().shutdown()
        if idle:
            self.transport.abort()
