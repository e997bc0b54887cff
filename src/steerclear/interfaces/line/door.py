"""The line port's door: TLS before anything else, a few handshakes at a time, and a trace of those turned away.

asyncio's own TLS server takes any number of half-open handshakes and drops failed ones without a word. Here the
connection is accepted bare, counted against the limits, and only then asked for its certificate; the HTTP protocol
behind the door never sees a connection without a pinned one.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import ssl
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import msgspec

from steerclear.interfaces.line.limits import (
    FAILURES_IN_A_ROW,
    FORGIVEN_PER_S,
    HANDSHAKE_TIMEOUT_S,
    LOG_REFUSALS_EVERY_S,
    MAX_ADDRESSES,
    MAX_CONNECTIONS_OF_ONE,
    MAX_HANDSHAKES,
    MAX_HANDSHAKES_OF_ONE,
)
from steerclear.interfaces.line.peer_certificate import PeerCertificateProtocol

_EXPIRED: Final = 10
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED."""

_logger = logging.getLogger("steerclear.line")


class DoorRefusal(StrEnum):
    """Why a connection did not get in."""

    TOO_MANY = "too_many_handshakes"
    """As many as allowed are at the door already, of all or of this address."""
    TOO_OFTEN = "too_many_failures"
    """Too many failed attempts from this address; it may try again in a few seconds."""
    NO_CERTIFICATE = "no_certificate"
    UNKNOWN_CERTIFICATE = "unknown_certificate"
    """Not one of those that the node's file pins."""
    EXPIRED_CERTIFICATE = "expired_certificate"
    TOO_SLOW = "too_slow"
    BROKEN_OFF = "broken_off"
    """The other side closed the connection in the middle."""
    NOT_TLS = "not_our_tls"
    """Not TLS 1.3 at all, or no common parameters."""


class _Failures(msgspec.Struct):
    """A leaking count of failed attempts from one address."""

    count: float
    at_s: float


class Door:
    """Guards one port; `protocol` is what uvicorn takes for its HTTP protocol class. On the event loop's thread."""

    def __init__(self, context: ssl.SSLContext, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self.context = context
        self.entered = 0
        """Connections that showed a pinned certificate."""
        self.refused: Counter[DoorRefusal] = Counter()
        self._monotonic_s = monotonic_s
        self._handshakes: Counter[str] = Counter()
        """At the door now, by address."""
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._inside: dict[bytes, list[asyncio.Transport]] = {}
        """Connections by the certificate that was shown, the oldest first."""
        self._logged_s: dict[DoorRefusal, float] = {}
        self._unlogged: Counter[DoorRefusal] = Counter()

    def protocol(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> asyncio.Protocol:
        """The protocol of one new connection, as uvicorn makes them."""

        def inside() -> PeerCertificateProtocol:
            return PeerCertificateProtocol(config, server_state, app_state, _loop)

        return _Threshold(self, inside, server_state.connections)

    def knock(self, address: str) -> DoorRefusal | None:
        """A connection from an address begins: None when its handshake may; `leave` must follow then."""
        refusal = None
        if self._handshakes.total() >= MAX_HANDSHAKES or self._handshakes[address] >= MAX_HANDSHAKES_OF_ONE:
            refusal = DoorRefusal.TOO_MANY
        elif self._failed(address) >= FAILURES_IN_A_ROW:
            refusal = DoorRefusal.TOO_OFTEN
        if refusal is None:
            self._handshakes[address] += 1
        else:
            self._note(refusal, address, "")
        return refusal

    def leave(self, address: str, failed: Exception | None) -> None:
        """The handshake has ended, well or not."""
        self._handshakes -= Counter((address,))  # one that falls to 0 is gone
        if failed is None:
            self.entered += 1
            self._failures.pop(address, None)
            return
        self._failures[address] = _Failures(self._failed(address) + 1.0, self._monotonic_s())
        self._failures.move_to_end(address)
        if len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)
        self._note(_reason(failed), address, str(failed))

    def let_in(self, secured: asyncio.Transport) -> None:
        """A connection has shown a pinned certificate; the oldest one of that certificate makes room for it."""
        shown = secured.get_extra_info("ssl_object").getpeercert(binary_form=True)
        held = [one for one in self._inside.get(shown, ()) if not one.is_closing()]
        for oldest in held[: max(0, len(held) + 1 - MAX_CONNECTIONS_OF_ONE)]:
            oldest.abort()
        self._inside[shown] = [*held[-(MAX_CONNECTIONS_OF_ONE - 1) :], secured]

    def _failed(self, address: str) -> float:
        held = self._failures.get(address)
        if held is None:
            return 0.0
        return max(0.0, held.count - FORGIVEN_PER_S * (self._monotonic_s() - held.at_s))

    def _note(self, refusal: DoorRefusal, address: str, detail: str) -> None:
        """Count it, and log it unless the same was logged a moment ago: a flood must not fill the disk."""
        self.refused[refusal] += 1
        now_s = self._monotonic_s()
        if now_s - self._logged_s.get(refusal, -LOG_REFUSALS_EVERY_S) < LOG_REFUSALS_EVERY_S:
            self._unlogged[refusal] += 1
            return
        more = self._unlogged.pop(refusal, 0)
        self._logged_s[refusal] = now_s
        since = f"; {more} more since the last such line" if more else ""
        _logger.warning(
            "a connection to the line's port was turned away",
            extra={"code": refusal.value, "address": address, "detail": f"{detail}{since}"},
        )


class _Threshold(asyncio.Protocol):
    """One connection until its handshake is done."""

    def __init__(self, door: Door, inside: Callable[[], asyncio.Protocol], connections: set[Any]) -> None:
        self._door = door
        self._inside = inside
        self._connections = connections
        self._early = bytearray()
        self._lost = False
        self._bare: asyncio.Transport | None = None
        self._entering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A bare connection stands at the door."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 narrows the type: a TCP server makes no other
        address = address_group(transport.get_extra_info("peername"))
        if self._door.knock(address) is not None:
            transport.abort()
            return
        self._bare = transport
        transport.pause_reading()
        self._connections.add(self)  # so that the server's stop finds it
        self._entering = asyncio.get_running_loop().create_task(self._enter(transport, address))

    async def _enter(self, bare: asyncio.Transport, address: str) -> None:
        failed: Exception | None = ConnectionResetError("the handshake was broken off")
        try:
            secured = await asyncio.get_running_loop().start_tls(
                bare, self, self._door.context, server_side=True, ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S
            )
            failed = None
        except OSError as error:  # ssl.SSLError is one
            failed = error
            return
        finally:
            self._connections.discard(self)
            self._door.leave(address, failed)
        if secured is None or self._lost:
            return
        inside = self._inside()
        self._door.let_in(secured)
        secured.set_protocol(inside)
        inside.connection_made(secured)
        if self._early:  # came with the last packet of the handshake
            inside.data_received(bytes(self._early))

    def data_received(self, data: bytes) -> None:
        """Bytes between the end of the handshake and the protocol behind the door."""
        self._early += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 asyncio's name for it
        """The other side has gone before the protocol behind the door was there."""
        self._lost = True

    def shutdown(self) -> None:
        """The server stops: nobody at the door is let in any more."""
        if self._entering is not None:
            self._entering.cancel()
        if self._bare is not None:
            self._bare.abort()


def address_group(peer: Any) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one holder of IPv6 has."""
    try:
        address = ipaddress.ip_address(peer[0])
    except (ValueError, TypeError, IndexError):
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


def _reason(failed: Exception) -> DoorRefusal:
    match failed:
        case ssl.SSLCertVerificationError(verify_code=code):
            return DoorRefusal.EXPIRED_CERTIFICATE if code == _EXPIRED else DoorRefusal.UNKNOWN_CERTIFICATE
        case ssl.SSLError(reason="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
            return DoorRefusal.NO_CERTIFICATE
        case ssl.SSLError(reason="TLSV1_ALERT_UNKNOWN_CA" | "SSLV3_ALERT_BAD_CERTIFICATE"):
            return DoorRefusal.BROKEN_OFF  # the other side does not trust ours
        case ssl.SSLError():
            return DoorRefusal.NOT_TLS
        case ConnectionAbortedError() | TimeoutError():
            return DoorRefusal.TOO_SLOW
        case _:
            return DoorRefusal.BROKEN_OFF
