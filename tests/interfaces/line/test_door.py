"""The line port's door: who is turned away leaves a trace, floods are bounded, peers are let in meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
import time

import httpx
import pytest
import uvicorn

from steerclear.interfaces.line import door as door_module
from steerclear.interfaces.line.door import Door, DoorRefusal, address_group
from steerclear.interfaces.line.limits import (
    FAILURES_IN_A_ROW,
    FORGIVEN_PER_S,
    LOG_REFUSALS_EVERY_S,
    MAX_ADDRESSES,
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_OF_ONE,
    MAX_HANDSHAKES,
    MAX_HANDSHAKES_OF_ONE,
)
from steerclear.interfaces.line.peer_certificate import PEER_CERTIFICATE
from steerclear.interfaces.line.tls import client_context, server_context
from steerclear.store.key_files import create_keys
from tests.interfaces.line.test_port import client, own, pinned


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("door")
    for party in ("north", "south", "east", "mallory"):
        create_keys(folder / party, party, time.time())
    create_keys(folder / "old", "old", time.time() - 6 * 365 * 86_400)
    return folder


@pytest.fixture
def door(keys):
    parties = ("north", "east", "old")
    return Door(server_context(own(keys / "south"), [pinned(keys / party, party) for party in parties]))


@pytest.fixture
def idle():
    """Connections that stay open until the server has stopped."""
    with contextlib.ExitStack() as opened:
        yield opened


@pytest.fixture
def url(idle, door):
    async def app(scope, receive, send):
        assert scope["state"][PEER_CERTIFICATE]
        assert scope["scheme"] == "https"
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(
        app,
        http=door.protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=1,
        limit_concurrency=MAX_CONNECTIONS,
    )
    server = uvicorn.Server(config)
    bound = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([bound])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"https://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive(), "those at the door hold up the stop"
    bound.close()


def dial(url) -> socket.socket:
    return socket.create_connection(("127.0.0.1", httpx.URL(url).port), timeout=10)


def refusals(door, why, count=1, within_s=10.0) -> bool:
    limit_s = time.monotonic() + within_s
    while door.refused[why] < count:
        if time.monotonic() > limit_s:
            return False
        time.sleep(0.01)
    return door.refused[why] == count


@pytest.mark.requirement("SC-OPS-08")
def test_each_reason_to_turn_someone_away_is_counted_and_logged(keys, door, url, caplog):
    caplog.set_level(logging.WARNING, "steerclear.line")
    with pytest.raises(httpx.HTTPError), client(keys, "mallory") as stranger:
        stranger.get(url)
    assert refusals(door, DoorRefusal.UNKNOWN_CERTIFICATE)
    with pytest.raises(httpx.HTTPError), client(keys, "old") as expired:
        expired.get(url)
    assert refusals(door, DoorRefusal.EXPIRED_CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(httpx.HTTPError), httpx.Client(verify=context, trust_env=False) as nobody:
        nobody.get(url)
    assert refusals(door, DoorRefusal.NO_CERTIFICATE)
    with contextlib.closing(dial(url)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert refusals(door, DoorRefusal.NOT_TLS)
    # Who is gone before it was let in was not turned away: then another one breaks off.
    assert any(dial(url).close() or refusals(door, DoorRefusal.BROKEN_OFF, within_s=2.0) for _ in range(5))
    assert {record.code for record in caplog.records} == {
        "unknown_certificate",
        "expired_certificate",
        "no_certificate",
        "not_our_tls",
        "broken_off",
    }
    assert {record.address for record in caplog.records} == {"127.0.0.1"}
    with client(keys, "north") as north:
        assert north.get(url).status_code == 204
    assert door.entered == 1


@pytest.mark.requirement("SC-OPS-09")
def test_half_open_handshakes_are_bounded_and_time_out(keys, door, url, monkeypatch):
    monkeypatch.setattr(door_module, "MAX_HANDSHAKES", 4)
    monkeypatch.setattr(door_module, "HANDSHAKE_TIMEOUT_S", 0.5)
    with contextlib.ExitStack() as idle:
        for _ in range(10):
            idle.enter_context(contextlib.closing(dial(url)))
        assert refusals(door, DoorRefusal.TOO_MANY, 6)
        assert refusals(door, DoorRefusal.TOO_SLOW, 4)
        with client(keys, "north") as north:  # the places are free again
            assert north.get(url).status_code == 204


@pytest.mark.requirement("SC-OPS-09")
def test_no_party_takes_all_connections_and_its_newest_one_always_gets_in(keys, door, url, idle):
    context = client_context(own(keys / "north"), pinned(keys / "south", "south"))
    held = [idle.enter_context(context.wrap_socket(dial(url))) for _ in range(MAX_CONNECTIONS + 4)]
    for connection in held[-MAX_CONNECTIONS_OF_ONE:]:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: south\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 204")
    for connection in held[:-MAX_CONNECTIONS_OF_ONE]:
        with contextlib.suppress(ConnectionError):
            assert connection.recv(100) == b""
    with client(keys, "east") as east:
        assert east.get(url).status_code == 204
    assert door.entered == len(held) + 1


def test_those_at_the_door_do_not_hold_up_the_stop(idle, url):
    idle.enter_context(contextlib.closing(dial(url)))


@pytest.mark.requirement("SC-OPS-09")
def test_an_address_that_fails_again_and_again_has_to_wait_and_a_peer_is_forgiven():
    now_s = [0.0]
    door = Door(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), lambda: now_s[0])

    def fail(address, times):
        for _ in range(times):
            assert door.knock(address) is None
            door.leave(address, ConnectionResetError())

    fail("192.0.2.1", FAILURES_IN_A_ROW)
    assert door.knock("192.0.2.1") is DoorRefusal.TOO_OFTEN
    assert door.knock("192.0.2.2") is None  # another address does not suffer for it
    door.leave("192.0.2.2", None)
    now_s[0] += 0.5 / FORGIVEN_PER_S
    fail("192.0.2.1", 1)
    assert door.knock("192.0.2.1") is DoorRefusal.TOO_OFTEN
    now_s[0] += 1.01 / FORGIVEN_PER_S
    assert door.knock("192.0.2.1") is None
    door.leave("192.0.2.1", None)
    fail("192.0.2.1", FAILURES_IN_A_ROW)


@pytest.mark.requirement("SC-OPS-09")
def test_what_is_remembered_and_logged_of_a_flood_is_bounded(caplog):
    caplog.set_level(logging.WARNING, "steerclear.line")
    now_s = [0.0]
    door = Door(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), lambda: now_s[0])
    for number in range(2 * MAX_ADDRESSES):
        address = f"10.0.{number // 256}.{number % 256}"
        assert door.knock(address) is None
        door.leave(address, ConnectionResetError())
    assert len(door._failures) == MAX_ADDRESSES
    assert len(caplog.records) == 1
    now_s[0] += LOG_REFUSALS_EVERY_S
    door.knock("10.9.9.9")
    door.leave("10.9.9.9", ConnectionResetError())
    assert f"{2 * MAX_ADDRESSES - 1} more" in caplog.records[-1].detail
    assert door.refused[DoorRefusal.BROKEN_OFF] == 2 * MAX_ADDRESSES + 1


def test_handshakes_at_a_time_are_counted_down_however_they_end():
    door = Door(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    for _ in range(3):
        addresses = [f"10.0.0.{number}" for number in range(MAX_HANDSHAKES)]
        assert [door.knock(address) for address in addresses] == [None] * MAX_HANDSHAKES
        assert door.knock("10.1.1.1") is DoorRefusal.TOO_MANY
        for number, address in enumerate(addresses):
            door.leave(address, None if number % 2 else TimeoutError())


@pytest.mark.requirement("SC-OPS-09")
def test_one_address_cannot_take_all_places_at_the_door(caplog):
    door = Door(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    for _ in range(2):
        assert [door.knock("192.0.2.1") for _ in range(MAX_HANDSHAKES_OF_ONE)] == [None] * MAX_HANDSHAKES_OF_ONE
        assert door.knock("192.0.2.1") is DoorRefusal.TOO_MANY
        assert door.knock("192.0.2.2") is None
        door.leave("192.0.2.2", None)
        for _ in range(MAX_HANDSHAKES_OF_ONE):
            door.leave("192.0.2.1", None)
    assert MAX_HANDSHAKES_OF_ONE * 2 < MAX_HANDSHAKES
    assert not door._handshakes, "nothing is kept of those that left"


def test_one_holder_of_ipv6_is_one_address():
    assert address_group(("2001:db8::1", 1, 0, 0)) == address_group(("2001:db8::ffff:2", 2, 0, 0))
    assert address_group(("2001:db8:0:1::1", 1, 0, 0)) != address_group(("2001:db8::1", 1, 0, 0))
    assert address_group(("::ffff:192.0.2.1", 1, 0, 0)) == address_group(("192.0.2.1", 5)) == "192.0.2.1"
    assert address_group(None) == address_group(("", 0)) == "unknown"
