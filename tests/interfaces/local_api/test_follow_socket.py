"""The journal as a WebSocket: every event once, in order, as it comes; nobody is buffered for without end."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from steerclear.interfaces.local_api import follow_socket
from steerclear.interfaces.local_api.follow_socket import SUBPROTOCOL, TOKEN_SUBPROTOCOL, TOO_SLOW
from steerclear.interfaces.local_api.limits import MAX_FOLLOWERS
from steerclear.store.entries import Append, Event
from tests.interfaces.local_api.served import READER
from tests.services.parties import START_S

BEARER = {"Authorization": f"Bearer {READER}"}


def write(node, number, payload=b'{"n":1}') -> None:
    node.store.append(Append(key=f"test/{number}", events=(Event("test.event", payload, START_S),)))


def follow(address, after=0, headers=BEARER, **options):
    url = f"ws://{address}/api/v1/journal/follow?after={after}"
    return connect(url, additional_headers=headers, proxy=None, max_size=2**21, **options)


def heard(follower, count) -> list[dict]:
    return [json.loads(follower.recv(timeout=10)) for _ in range(count)]


@pytest.mark.requirement("SC-OPS-06")
def test_every_event_comes_once_in_order_while_others_write(parties, address):
    north, _ = parties
    for number in range(20):
        write(north, number)
    writers = [
        threading.Thread(target=lambda base=base: [write(north, base + number) for number in range(150)])
        for base in (1_000, 2_000)
    ]
    with follow(address) as everything, follow(address, after=7) as later:
        for writer in writers:
            writer.start()
        assert [item["sequence"] for item in heard(everything, 320)] == list(range(1, 321))
        assert [item["sequence"] for item in heard(later, 313)] == list(range(8, 321))
        for writer in writers:
            writer.join()
        with pytest.raises(TimeoutError):
            everything.recv(timeout=0.2)
        write(north, "last", b'{"said":"now"}')
        (item,) = heard(everything, 1)
    assert item == {"sequence": 321, "kind": "test.event", "time_s": START_S, "event": {"said": "now"}}


@pytest.mark.requirement("SC-OPS-06")
def test_an_event_wakes_its_followers_at_once(parties, address):
    north, _ = parties
    with follow(address) as follower:
        write(north, 0)
        heard(follower, 1)
        took_s = []
        for number in range(1, 21):
            began_s = time.monotonic()
            write(north, number)
            heard(follower, 1)
            took_s.append(time.monotonic() - began_s)
    assert sorted(took_s)[10] < 0.1


@pytest.mark.requirement("SC-OPS-06")
def test_a_follower_that_takes_nothing_is_dropped_and_holds_up_nobody(parties, address, monkeypatch):
    monkeypatch.setattr(follow_socket, "TAKE_TIMEOUT_S", 0.3)
    monkeypatch.setattr(follow_socket, "CLOSE_GRACE_S", 0.3)
    north, _ = parties
    big = json.dumps({"pad": "x" * 500_000}).encode()
    deaf = socket.create_connection(tuple(address.split(":")))
    deaf.sendall(
        (
            f"GET /api/v1/journal/follow HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Authorization: Bearer {READER}\r\n\r\n"
        ).encode()
    )
    count = 50  # more than the kernel's buffers at both ends hold
    for number in range(count):
        write(north, number, big)
    with follow(address) as follower:
        assert [item["sequence"] for item in heard(follower, count)] == list(range(1, count + 1))
    time.sleep(1.5)
    deaf.settimeout(10)
    taken = 0
    with contextlib.suppress(ConnectionResetError):
        while data := deaf.recv(1_000_000):
            taken += len(data)
    deaf.close()
    assert taken < count * len(big) / 2


@pytest.mark.requirement("SC-OPS-06")
def test_a_slow_follower_that_still_reads_is_told_why(parties, address, monkeypatch):
    monkeypatch.setattr(follow_socket, "TAKE_TIMEOUT_S", 0.2)
    monkeypatch.setattr(follow_socket, "CLOSE_GRACE_S", 10.0)
    north, _ = parties
    big = json.dumps({"pad": "x" * 900_000}).encode()
    with follow(address, max_queue=1) as follower:
        for number in range(30):
            write(north, number, big)
        time.sleep(1.0)
        known = 0
        with contextlib.suppress(ConnectionClosed):
            while True:
                known = json.loads(follower.recv(timeout=10))["sequence"]
        assert follower.close_code == TOO_SLOW
    with follow(address, after=known) as again:
        assert heard(again, 1)[0]["sequence"] == known + 1


def refused(address, **options) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as told, follow(address, **options):
        pass
    return told.value.response.status_code, json.loads(told.value.response.body)["problem"]


@pytest.mark.requirement("SC-LINE-17")
def test_only_roles_follow(address):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {READER}"}):
        assert refused(address, headers=headers)[0] == 401
    for subprotocols in ([SUBPROTOCOL], [SUBPROTOCOL, TOKEN_SUBPROTOCOL + "wrong"]):
        assert refused(address, headers={}, subprotocols=subprotocols)[0] == 401
    with follow(address, headers={}, subprotocols=[SUBPROTOCOL, TOKEN_SUBPROTOCOL + READER]) as page:
        assert page.subprotocol == SUBPROTOCOL


def test_what_is_asked_for_must_be_a_place_in_the_journal(address):
    for after in ("-1", "x", "9223372036854775808", "1" * 100, "%20", "1.5"):
        status, problem = refused(address, after=after)
        assert status == 400
        assert "after" in problem


def test_followers_are_limited_and_a_place_comes_free(address):
    with contextlib.ExitStack() as others:
        for _ in range(MAX_FOLLOWERS - 1):
            others.enter_context(follow(address))
        with follow(address):
            assert refused(address)[0] == 503
        limit_s = time.monotonic() + 10
        while True:
            try:
                with follow(address):
                    break
            except InvalidStatus:
                assert time.monotonic() < limit_s
                time.sleep(0.05)


def test_a_follower_has_nothing_to_say(address):
    with follow(address) as follower:
        follower.send("give me more")
        with pytest.raises(ConnectionClosed) as ended:
            follower.recv(timeout=10)
    assert ended.value.rcvd.code == follow_socket.SPOKE
    with follow(address) as follower:
        follower.send("x" * 5_000)
        with pytest.raises(ConnectionClosed):
            follower.recv(timeout=10)
