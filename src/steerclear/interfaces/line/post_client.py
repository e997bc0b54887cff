"""The connection to a peer's line port: one post at a time, to the pinned certificate only, each step within its time.

A general HTTP client costs more for each post than TLS and the peer's signatures together; this one knows one request.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import h11
import msgspec

from steerclear.interfaces.line.limits import ANSWER_TIMEOUT_S, CONNECT_TIMEOUT_S, MAX_ANSWER_BYTES
from steerclear.interfaces.line.port import BATCH_TYPE, POST_PATH

_PART_BYTES: Final = 65_536


class PeerAddress(msgspec.Struct, frozen=True):
    """Where a peer's line port is, and which certificate it must show."""

    party: str
    url: str
    certificate_sha256: bytes


class UnreachableError(Exception):
    """The post was not answered as the protocol says; what the peer did with it is unknown, so it goes again."""


class PostClient:
    """Posts over a connection that stays open; after any trouble the next post makes a new one."""

    def __init__(self, address: PeerAddress, context: ssl.SSLContext) -> None:
        self._address = address
        self._context = context
        parts = urlsplit(address.url)
        self._host, self._port = parts.hostname or "", parts.port or 443
        self._target = parts.path.rstrip("/") + POST_PATH
        self._headers = [("host", parts.netloc), ("content-type", BATCH_TYPE), ("accept-encoding", "identity")]
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._http = h11.Connection(h11.CLIENT)
        self._asking_names = ThreadPoolExecutor(1, "steerclear-names")
        """A name server that does not answer holds a thread for half a minute: here it is one that no other needs."""

    async def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises UnreachableError."""
        whole = False
        try:
            reader, writer = await self._connected()
            try:
                answer = await self._exchanged(reader, writer, body)
                whole = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
            except (OSError, h11.RemoteProtocolError) as error:
                if isinstance(error, TimeoutError):
                    raise
                # In TLS 1.3 a server judges our certificate after we think the connection is made, and just closes it.
                party, url = self._address.party, self._address.url
                raise UnreachableError(
                    f"{party} closed the connection at {url} ({_words_of_end(error)}); if it goes on, {party} may"
                    " have pinned another certificate than ours, or ours has expired: compare both by telephone"
                ) from None
        except ssl.SSLCertVerificationError as error:
            party, url = self._address.party, self._address.url
            raise UnreachableError(
                f"{party} shows another certificate at {url} than the pinned one ({error.verify_message}): ask {party}"
                " by telephone which one is right"
            ) from None
        except OSError as error:  # TimeoutError and ssl.SSLError are some
            words = _words(error)
            raise UnreachableError(f"{self._address.party} does not answer at {self._address.url}: {words}") from None
        finally:
            if not whole:
                self.close()
        if whole:
            self._http.start_next_cycle()
        return answer

    def close(self) -> None:
        """Break the connection off."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is not None and self._writer is not None:
            if not self._reader.at_eof() and not self._writer.is_closing():
                return self._reader, self._writer
            self.close()
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            self._reader, self._writer = await self._opened()
        self._http = h11.Connection(h11.CLIENT)
        tls = self._writer.get_extra_info("ssl_object")
        shown = b"" if tls is None else sha256(tls.getpeercert(binary_form=True) or b"").digest()
        if shown != self._address.certificate_sha256:
            raise UnreachableError(f"{self._address.party} showed another certificate than the pinned one")
        return self._reader, self._writer

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the first address of the peer's host that takes one. Raises OSError."""
        asked = self._host, self._port, socket.AF_UNSPEC, socket.SOCK_STREAM
        found = await asyncio.get_running_loop().run_in_executor(self._asking_names, socket.getaddrinfo, *asked)
        refused = OSError(f"{self._host} has no address")
        for address in dict.fromkeys(str(place[0]) for *_, place in found):
            try:
                return await asyncio.open_connection(address, self._port, ssl=self._context, server_hostname=self._host)
            except OSError as error:
                refused = error
        raise refused

    async def _exchanged(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes
    ) -> tuple[int, bytes]:
        http = self._http
        headers = [*self._headers, ("content-length", str(len(body)))]
        data = http.send(h11.Request(method="POST", target=self._target, headers=headers)) or b""
        data += http.send(h11.Data(data=body)) or b""
        data += http.send(h11.EndOfMessage()) or b""
        for start in range(0, len(data), _PART_BYTES):
            writer.write(data[start : start + _PART_BYTES])
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await writer.drain()
        status, answer = 0, bytearray()
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    http.receive_data(await reader.read(_PART_BYTES))
            elif isinstance(event, h11.Response):
                status = event.status_code
                if any(name == b"content-encoding" for name, _ in event.headers):
                    raise UnreachableError(f"{self._address.party} compressed its answer")
            elif isinstance(event, h11.Data):
                answer += event.data
                if len(answer) > MAX_ANSWER_BYTES:
                    raise UnreachableError(f"{self._address.party} answered with more than {MAX_ANSWER_BYTES} bytes")
            elif isinstance(event, h11.EndOfMessage):
                return status, bytes(answer)
            elif not isinstance(event, h11.InformationalResponse):
                raise ConnectionResetError("it ended before its answer")


def _words_of_end(error: Exception) -> str:
    """Why a connection ended; h11 tells the commonest end in terms of its own states."""
    if isinstance(error, h11.RemoteProtocolError) and "ConnectionClosed" in str(error):
        return "without an answer"
    return _words(error)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
