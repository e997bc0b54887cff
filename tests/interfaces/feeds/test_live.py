"""Live sources on real sockets of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from steerclear.interfaces.feeds import live, open_sources
from steerclear.interfaces.feeds.asterix import AsterixOptions
from steerclear.interfaces.feeds.limits import MAX_RECORD_BYTES
from steerclear.interfaces.feeds.live import AsterixStream, SbsStream, SnapshotPoll
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import LiveSource, RejectionReason, SourceState
from tests.interfaces.feeds.recordings import assert_sound
from tests.interfaces.feeds.test_asterix import CAT062, block, cat062
from tests.interfaces.feeds.test_readsb import AIRCRAFT, snapshot
from tests.interfaces.feeds.test_sbs import message

WITHIN_S = 20.0


class Sink:
    """Takes what a source delivers, and lets a test wait for it."""

    def __init__(self) -> None:
        self.reports: list[TrackReport] = []
        self._changed = asyncio.Event()

    def deliver(self, reports: Sequence[TrackReport]) -> None:
        for report in reports:
            assert_sound(report)
        self.reports += reports
        self._changed.set()

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(WITHIN_S):
            while len(self.reports) < count:
                self._changed.clear()
                await self._changed.wait()


@contextlib.asynccontextmanager
async def running(source: LiveSource) -> AsyncIterator[Sink]:
    sink = Sink()
    task = asyncio.create_task(source.run(sink.deliver))
    try:
        yield sink
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await asyncio.sleep(0.01)


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def server(handler: Handler, port: int = 0) -> AsyncIterator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", port)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await listening.wait_closed()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MIN_RECONNECT_S", 0.02)
    monkeypatch.setattr(live, "MAX_RECONNECT_S", 0.1)


def sbs_position(latitude: str) -> bytes:
    now = time.gmtime()
    day, clock = time.strftime("%Y/%m/%d", now), time.strftime("%H:%M:%S", now)
    return message(3, time=clock, lat=latitude, lon="8.1").replace(b"2024/02/29", day.encode()) + b"\r\n"


@pytest.mark.requirement("SC-FEED-09")
def test_an_sbs_stream_survives_garbage_an_endless_line_and_a_lost_connection() -> None:
    connections = 0

    async def feed(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.write(b"garbage\n" + b"x" * (MAX_RECORD_BYTES * 3) + b"\n" + sbs_position(f"{40 + connections}"))
        await writer.drain()

    async def scenario() -> None:
        async with server(feed) as port:
            source = SbsStream("127.0.0.1", port, "antenna")
            async with running(source) as sink:
                await sink.wait_for(3)
            counts = source.status.rejections.counts
            assert counts[RejectionReason.MALFORMED] >= 3
            assert counts[RejectionReason.TOO_LONG] >= 3
            assert [round(report.latitude_deg) for report in sink.reports[:3]] == [41, 42, 43]

    asyncio.run(scenario())


@pytest.mark.requirement("SC-FEED-09")
def test_a_server_that_is_not_there_shows_and_is_found_when_it_comes() -> None:
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))
        port = placeholder.getsockname()[1]

    async def feed(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sbs_position("46.5"))
        await writer.drain()

    async def scenario() -> None:
        source = SbsStream("127.0.0.1", port, "antenna")
        async with running(source) as sink:
            await until(lambda: source.status.state is SourceState.RECONNECTING)
            assert "no connection" in source.status.detail
            async with server(feed, port):
                await sink.wait_for(1)

    asyncio.run(scenario())


@pytest.mark.requirement("SC-FEED-09")
def test_a_stream_that_stays_open_but_says_nothing_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SILENT_AFTER_S", 0.05)
    connections = 0

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.read()

    async def scenario() -> None:
        async with server(mute) as port:
            source = SbsStream("127.0.0.1", port, "antenna")
            async with running(source):
                await until(lambda: connections >= 3)
                await until(lambda: "nothing received" in source.status.detail)

    asyncio.run(scenario())


@pytest.mark.requirement("SC-FEED-09")
def test_asterix_datagrams_are_dated_by_this_machines_clock() -> None:
    async def scenario() -> None:
        source = AsterixStream("127.0.0.1", 0, "radar", AsterixOptions())
        async with running(source) as sink:
            await until(lambda: source.bound_port is not None)
            time_of_day_s = time.time() % 86_400.0
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.connect(("127.0.0.1", source.bound_port or 0))
                sender.send(b"\x3e\xff\xffgarbage")
                sender.send(block(CAT062, cat062(i070=(time_of_day_s, "s"))))
            await sink.wait_for(1)
        (report,) = sink.reports
        assert abs(report.time_s - time.time()) < WITHIN_S + 1.0
        assert report.receipt_time_s >= report.time_s - 0.01
        assert source.status.rejections.counts == {RejectionReason.MALFORMED: 1}

    asyncio.run(scenario())


@pytest.mark.requirement("SC-FEED-09")
def test_a_multicast_group_is_joined_and_left() -> None:
    async def scenario() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as placeholder:
            placeholder.bind(("", 0))
            port = placeholder.getsockname()[1]
        source = AsterixStream("239.255.1.1", port, "radar", AsterixOptions())
        async with running(source):
            await until(lambda: source.bound_port is not None or source.status.state is SourceState.RECONNECTING)
        assert source.bound_port == port or "cannot receive" in source.status.detail

    asyncio.run(scenario())


def http_answer(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}Connection: close\r\n\r\n".encode() + body


@pytest.mark.requirement("SC-FEED-09")
def test_polling_goes_on_past_errors_and_gives_each_position_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_SNAPSHOT_BYTES", 10_000)
    now_s = 1_700_000_000.0
    answers = [
        http_answer(b"", "503 Service Unavailable"),
        http_answer(b"<html>not a snapshot</html>"),
        http_answer(b" " * 20_000),
        b"not http at all\r\n\r\n",
        http_answer(snapshot(AIRCRAFT, now_s=now_s)),
        http_answer(snapshot(AIRCRAFT | {"seen_pos": 2.5}, now_s=now_s + 1.0)),
        http_answer(snapshot(AIRCRAFT | {"lat": 46.6}, now_s=now_s + 2.0)),
    ]
    asked = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answers[min(asked, len(answers) - 1)])
        asked += 1
        await writer.drain()

    async def scenario() -> None:
        async with server(answer) as port:
            source = SnapshotPoll(f"http://127.0.0.1:{port}/data/aircraft.json", "antenna", period_s=0.02)
            async with running(source) as sink:
                await sink.wait_for(2)
                await until(lambda: asked > len(answers) + 2)
        assert [report.latitude_deg for report in sink.reports] == [46.5, 46.6]

    asyncio.run(scenario())


@pytest.mark.requirement("SC-FEED-09")
def test_a_snapshot_that_drips_is_given_up_and_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SILENT_AFTER_S", 0.2)
    connections = 0

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.write(http_answer(b"", headers="").replace(b"Content-Length: 0", b"Content-Length: 9999"))
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)

    async def scenario() -> None:
        async with server(drip) as port:
            source = SnapshotPoll(f"http://127.0.0.1:{port}/aircraft.json", "antenna")
            async with running(source):
                await until(lambda: connections >= 2)
                await until(lambda: "no whole snapshot" in source.status.detail)

    asyncio.run(scenario())


@pytest.mark.requirement("SC-FEED-09")
def test_datagrams_are_received_under_a_name_as_well() -> None:
    async def scenario() -> None:
        source = AsterixStream("localhost", 0, "radar", AsterixOptions())
        async with running(source):
            await until(lambda: source.bound_port is not None)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(b"\x3e\xff\xffgarbage", ("127.0.0.1", source.bound_port or 0))
            await until(lambda: source.status.rejections.total == 1)

    asyncio.run(scenario())


@pytest.mark.requirement("SC-FEED-09")
@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".example"])
def test_a_host_that_cannot_be_one_shows_as_not_there(host: str) -> None:
    async def scenario() -> None:
        for source in (SbsStream(host, 30003, "antenna"), AsterixStream(host, 30003, "radar", AsterixOptions())):
            async with running(source):
                await until(lambda: source.status.state is SourceState.RECONNECTING)  # noqa: B023 run at once

    asyncio.run(scenario())


def test_a_password_in_a_sources_address_is_no_part_of_its_name():
    """A source is named in alerts, in questions to the other side and in every report of the evidence."""
    addresses = (
        "http://desk:secret@127.0.0.1:8080/data/aircraft.json?key=secret",
        "readsb:https://secret@127.0.0.1/aircraft.json",
        "http://127.0.0.1:8080/data/aircraft.json",
        "tcp://127.0.0.1:30003",
    )
    opened = open_sources(addresses)
    assert [source.status.name for source in opened.live] == [
        "http://...@127.0.0.1:8080/data/aircraft.json?...",
        "https://...@127.0.0.1/aircraft.json",
        *addresses[2:],
    ]
    assert not any("secret" in source.status.location for source in opened.live)
