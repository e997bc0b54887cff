"""Live sources: SBS over TCP, ASTERIX over UDP, aircraft.json over HTTP.

Each runs until it is cancelled. A lost peer is tried again, waiting longer each time; meanwhile the status says so, and
the picture sees a feed that is silent, never one that has nothing to report.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import struct
import time
from collections.abc import Callable, Sequence

from steerclear.interfaces.feeds.asterix import AsterixDecoder, AsterixOptions
from steerclear.interfaces.feeds.limits import (
    CONNECT_TIMEOUT_S,
    MAX_DATAGRAM_BYTES,
    MAX_RECONNECT_S,
    MAX_RECORD_BYTES,
    MAX_SNAPSHOT_BYTES,
    MIN_RECONNECT_S,
    POLL_PERIOD_S,
    SILENT_AFTER_S,
)
from steerclear.interfaces.feeds.readsb import SnapshotReader
from steerclear.interfaces.feeds.sbs import SbsDecoder
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RejectionReason, SourceError, SourceState, SourceStatus

Deliver = Callable[[Sequence[TrackReport]], None]
Clock = Callable[[], float]


class _Backoff:
    """Waiting times between attempts: doubled after each failure, short again after a success."""

    def __init__(self, status: SourceStatus) -> None:
        self._status = status
        self._wait_s = MIN_RECONNECT_S

    def succeeded(self) -> None:
        self._wait_s = MIN_RECONNECT_S
        self._status.detail = ""

    async def failed(self, what: str) -> None:
        """Say what happened and wait."""
        self._status.state = SourceState.RECONNECTING
        self._status.detail = f"{what}; trying again in {self._wait_s:.1f} s"
        await asyncio.sleep(self._wait_s)
        self._wait_s = min(2.0 * self._wait_s, MAX_RECONNECT_S)


class SbsStream:
    """SBS lines from a TCP server, as dump1090, readsb and BaseStation offer them on port 30003."""

    def __init__(self, host: str, port: int, name: str, clock: Clock = time.time) -> None:
        self._host, self._port, self._clock = host, port, clock
        self.status = SourceStatus(name=name, format="sbs", location=f"tcp://{host}:{port}", live=True)

    async def run(self, deliver: Deliver) -> None:
        """Deliver each position as its line comes."""
        decoder = SbsDecoder(self.status)
        backoff = _Backoff(self.status)
        while True:
            try:
                # Not asyncio.wait_for: before Python 3.12 it can swallow the cancellation that ends this source.
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    reader, writer = await asyncio.open_connection(self._host, self._port, limit=MAX_RECORD_BYTES)
            except (OSError, TimeoutError, UnicodeError) as error:  # the last for a name that is none
                await backoff.failed(f"no connection: {error or 'timed out'}")
                continue
            backoff.succeeded()
            try:
                await self._read(reader, decoder, deliver)
                ended = "the sender closed the connection"
            except TimeoutError:
                ended = f"nothing received for {SILENT_AFTER_S:.0f} s"
            except OSError as error:
                ended = f"connection lost: {error}"
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
            await backoff.failed(ended)

    async def _read(self, reader: asyncio.StreamReader, decoder: SbsDecoder, deliver: Deliver) -> None:
        number = 0
        while True:
            number += 1
            try:
                async with asyncio.timeout(SILENT_AFTER_S):
                    line = await reader.readline()
            except ValueError:  # longer than the limit; asyncio has thrown the line's beginning away
                self.status.rejections.add(RejectionReason.TOO_LONG, f"line {number}", "line too long")
                continue
            if not line:
                return
            report = decoder.report(line, f"line {number}", self._clock())
            if report is not None:
                deliver((report,))


class AsterixStream:
    """ASTERIX datagrams, unicast or multicast (IPv4)."""

    def __init__(self, host: str, port: int, name: str, options: AsterixOptions, clock: Clock = time.time) -> None:
        self._host, self._port, self._clock, self._options = host, port, clock, options
        self.status = SourceStatus(name=name, format="asterix", location=f"udp://{host}:{port}", live=True)
        self.status.site_deg = options.site_deg
        self.bound_port: int | None = None

    async def run(self, deliver: Deliver) -> None:
        """Deliver the reports of each datagram as it comes."""
        decoder = AsterixDecoder(self.status, self._options)
        backoff = _Backoff(self.status)
        loop = asyncio.get_running_loop()
        while True:
            try:
                with self._socket() as receiver:
                    self.bound_port = receiver.getsockname()[1]
                    backoff.succeeded()
                    number = 0
                    while True:
                        datagram = await loop.sock_recv(receiver, MAX_DATAGRAM_BYTES)
                        number += 1
                        now_s = self._clock()
                        deliver(decoder.decode(datagram, f"datagram {number}", receipt_time_s=now_s, reference_s=now_s))
            except (OSError, UnicodeError) as error:
                await backoff.failed(f"cannot receive: {error}")

    def _socket(self) -> socket.socket:
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            receiver.setblocking(False)
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            receiver.bind((self._host, self._port))
            address = receiver.getsockname()[0]  # of the host where a name was given
            if ipaddress.ip_address(address).is_multicast:
                membership = struct.pack("4s4s", socket.inet_aton(address), socket.inet_aton("0.0.0.0"))  # noqa: S104
                receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        except BaseException:
            receiver.close()
            raise
        return receiver


class SnapshotPoll:
    """`aircraft.json` fetched again and again over HTTP."""

    def __init__(self, url: str, name: str, period_s: float = POLL_PERIOD_S) -> None:
        self._url, self._period_s = url, period_s
        self.status = SourceStatus(name=name, format="readsb", location=url, live=True)

    async def run(self, deliver: Deliver) -> None:
        """Deliver the new positions of each snapshot.

        Raises:
            SourceError: httpx is not installed.
        """
        try:
            import httpx  # noqa: PLC0415 - a quarter of a second, only for HTTP
        except ImportError as error:
            raise SourceError("fetching over HTTP needs httpx; install steerclear[feeds]") from error
        reader = SnapshotReader(self.status)
        backoff = _Backoff(self.status)
        number = 0
        async with httpx.AsyncClient(timeout=CONNECT_TIMEOUT_S) as client:
            while True:
                number += 1
                try:
                    # httpx has limits for each part only: a server that drips would be waited for without end.
                    async with asyncio.timeout(SILENT_AFTER_S):
                        data = await self._fetch(client)
                    reports = reader.reports(data, f"snapshot {number}")
                except TimeoutError:
                    await backoff.failed(f"no whole snapshot within {SILENT_AFTER_S:.0f} s")
                    continue
                except (httpx.HTTPError, SourceError) as error:
                    await backoff.failed(str(error) or type(error).__name__)
                    continue
                backoff.succeeded()
                self.status.state = SourceState.READING
                deliver(reports)
                await asyncio.sleep(self._period_s)

    async def _fetch(self, client: object) -> bytes:
        parts: list[bytes] = []
        size_bytes = 0
        async with client.stream("GET", self._url) as response:  # type: ignore[attr-defined]
            response.raise_for_status()
            # Decoded bytes are counted as they come, so that a compressed bomb stops at the limit.
            async for part in response.aiter_bytes(65_536):
                size_bytes += len(part)
                if size_bytes > MAX_SNAPSHOT_BYTES:
                    raise SourceError(f"{self._url}: larger than {MAX_SNAPSHOT_BYTES // 1024 // 1024} MiB; refused")
                parts.append(part)
        return b"".join(parts)
