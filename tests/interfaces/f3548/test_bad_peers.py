"""Peers and DSSs that send garbage, too much, too slowly or nothing: planning fails in time, and nothing is stored."""

from __future__ import annotations

import asyncio
import copy
import gzip
import time
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from steerclear.interfaces.f3548 import bounded_http, dss_client, limits, peer_client
from steerclear.interfaces.f3548.bounded_http import BoundedHttp
from steerclear.interfaces.f3548.dss_client import DssClient
from steerclear.interfaces.f3548.peer_client import PeerClient
from steerclear.interfaces.f3548.token_source import ServerTokens, SignedTokens, TokenServer, TokenSourceError
from steerclear.model.intent import IntentState
from steerclear.services.uss.airspace import IntentPut
from steerclear.services.uss.plan_flight import FlightPlan, Result
from steerclear.services.uss.ports import DssError, DssRefusedError, DssUnsureError, Exchange, KeyIncompleteError
from tests.interfaces.f3548.mock_peer import MockPeer, http, http_json
from tests.interfaces.f3548.uss_world import moment, volume
from tests.interfaces.f3548.world import issuer_key
from tests.services.uss.world import NOW_S, HandClock, World, disc, fly

OVN = "an-ovn-of-sixteen-and-more"


@pytest.fixture(autouse=True)
def _short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_client, "PEER_TIMEOUT_S", 0.3)
    monkeypatch.setattr(dss_client, "DSS_TIMEOUT_S", 0.3)
    monkeypatch.setattr(dss_client, "_PAUSE_S", 0.01)
    monkeypatch.setattr(bounded_http, "MAX_ANSWER_BYTES", 500_000)


def over_http(client: httpx.AsyncClient, kept: list[Exchange] | None = None) -> BoundedHttp:
    tokens = SignedTokens(issuer_key(), "https://auth.example.com", "north", lambda: NOW_S)
    return BoundedHttp(client, tokens, lambda: NOW_S, ([] if kept is None else kept).append)


def good_details(intent_id: str, base_url: str) -> dict[str, Any]:
    reference = {
        "id": intent_id,
        "manager": "south",
        "uss_availability": "Unknown",
        "version": 1,
        "state": "Accepted",
        "ovn": OVN,
        "time_start": moment(0.0),
        "time_end": moment(600.0),
        "uss_base_url": base_url,
        "subscription_id": "00000000-0000-4000-8000-000000000001",
    }
    details = {"volumes": [volume()], "off_nominal_volumes": [], "priority": 0}
    return {"operational_intent": {"reference": reference, "details": details}}


def changed(part: str, name: str, value: Any) -> Callable[[dict[str, Any]], bytes]:
    def change(told: dict[str, Any]) -> bytes:
        told = copy.deepcopy(told)
        told["operational_intent"][part][name] = value
        return http_json(200, told)

    return change


def raw(data: bytes) -> Callable[[dict[str, Any]], bytes]:
    return lambda _told: data


GARBAGE: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "another id": changed("reference", "id", "00000000-0000-4000-8000-00000000ffff"),
    "another manager": changed("reference", "manager", "east"),
    "another url": changed("reference", "uss_base_url", "https://east.example"),
    "no ovn": changed("reference", "ovn", None),
    "a short ovn": changed("reference", "ovn", "x"),
    "an unknown state": changed("reference", "state", "Flying"),
    "a broken priority": changed("details", "priority", 1.2),
    "no volumes": changed("details", "volumes", []),
    "a volume beyond its reference": changed("details", "volumes", [volume(ends=9_000.0)]),
    "a volume upside down": changed("details", "volumes", [volume(lower=100.0, upper=50.0)]),
    "too many vertices": changed(
        "details",
        "volumes",
        [
            {
                "volume": {"outline_polygon": {"vertices": [{"lat": i / 1e4, "lng": 0.0} for i in range(10_001)]}},
                "time_start": moment(0.0),
                "time_end": moment(1.0),
            }
        ],
    ),
    "a huge body": raw(http(200, b" " * 600_000)),
    "no JSON": raw(http(200, b"<html>")),
    "endless nesting": raw(http(200, b"[" * 200_000)),
    "not a number": raw(http(200, b'{"operational_intent": NaN}')),
    "not HTTP": raw(b"SSH-2.0-OpenSSH\r\n"),
    "nothing": raw(b""),
    "half an answer": raw(http(200, b"x" * 100)[:-50]),
    "a bomb": lambda told: http(200, gzip.compress(b" " * 50_000_000), "Content-Encoding: gzip"),
    "a way round": raw(http(307, b"", "Location: https://elsewhere.example")),
    "500": raw(http(500, b"{}")),
    "503": raw(http(503)),
    "403": raw(http(403, b"{}")),
    "404": raw(http(404, b"{}")),
    "204": raw(http(204)),
}


@pytest.mark.requirement("SC-USS-05")
def test_whatever_a_peer_answers_planning_ends_cleanly() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north")
        outcome = await fly(world.uss("south"), "s", disc())
        assert outcome.flight is not None
        intent_id = outcome.flight.intent_id
        answer = b""
        slow = False

        async def reply(method: str, _path: str, _body: bytes) -> bytes:
            if method == "GET" and slow:
                await asyncio.sleep(5.0)
            return answer if method == "GET" else http(201, b"{}")

        async with MockPeer(reply) as peer, httpx.AsyncClient(trust_env=False) as client:
            reference, extents = world.directory.intents[intent_id]
            reference = msgspec.structs.replace(reference, base_url=peer.url)
            world.directory.intents[intent_id] = (reference, extents)
            north.uss.peers = PeerClient(over_http(client))
            good = good_details(intent_id, peer.url)
            before = north.uss.journal.last_sequence()
            for name, garbage in GARBAGE.items():
                answer = garbage(good)
                began_s = time.monotonic()
                outcome = await fly(north, "n", disc(), priority=9)
                assert outcome.result is Result.FAILED, name
                assert outcome.flight is None, name
                assert outcome.words, name
                assert time.monotonic() - began_s < 3.0, name
            slow = True
            assert (await fly(north, "n", disc(), priority=9)).result is Result.FAILED
            assert north.uss.journal.last_sequence() == before
            assert not north.uss.flights
            assert len(world.directory.intents) == 1
            # The peer is told of what it sent, and a sound answer is used.
            assert peer.of("POST", "/uss/v1/reports")
            slow, answer = False, http_json(200, good)
            assert (await fly(north, "n", disc())).result is Result.REJECTED
            assert (await north.planner.plan(_higher())).result is Result.FAILED, "the DSS knows another OVN"
            held = msgspec.structs.replace(reference, ovn=OVN)
            world.directory.intents[intent_id] = (held, extents)
            assert (await north.planner.plan(_higher())).result is Result.COMPLETED

    asyncio.run(scene())


def _higher() -> FlightPlan:
    return FlightPlan(flight_id="n", state=IntentState.ACCEPTED, volumes=(disc(),), priority=9)


def _put() -> IntentPut:
    return IntentPut(
        intent_id="00000000-0000-4000-8000-000000000001",
        ovn=None,
        extents=(disc(),),
        state=IntentState.ACCEPTED,
        key=(),
        base_url="https://north.example",
        hears_constraints=True,
    )


@pytest.mark.requirement("SC-USS-06")
def test_a_dss_that_fails_is_told_apart_by_whether_it_may_have_done_it() -> None:
    reference = good_details("00000000-0000-4000-8000-000000000001", "https://s.example")["operational_intent"]
    conflict = {"message": "stale", "missing_operational_intents": [reference["reference"]]}
    answers: dict[str, tuple[bytes, type[DssError]]] = {
        "409 with what is missing": (http_json(409, conflict), KeyIncompleteError),
        "409 without": (http_json(409, {"message": "old version"}), DssRefusedError),
        "409 with garbage": (http(409, b"[]"), DssRefusedError),
        "400": (http_json(400, {"message": "no"}), DssRefusedError),
        "412": (http_json(412, {"message": "down"}), DssRefusedError),
        "429": (http(429), DssRefusedError),
        "500": (http(500), DssUnsureError),
        "garbage": (http(201, b"{}"), DssUnsureError),
        "no JSON": (http(201, b"<html>"), DssUnsureError),
        "cut off": (http(201, b"x" * 90)[:-40], DssUnsureError),
    }

    async def scene() -> None:
        answer = b""

        async def reply(_method: str, _path: str, _body: bytes) -> bytes:
            return answer

        kept: list[Exchange] = []
        async with MockPeer(reply) as dss, httpx.AsyncClient(trust_env=False) as client:
            asked = DssClient(dss.url, over_http(client, kept))
            for name, (told, kind) in answers.items():
                answer = told
                with pytest.raises(DssError) as caught:
                    await asked.put_intent(_put())
                assert type(caught.value) is kind, name
            assert all(one.headers[0].endswith(".") for one in kept), "no signature is kept"
            for told in (http(200, b"{}"), http(500), http(200, b"x" * 90)[:-40]):
                answer = told
                with pytest.raises(DssError):
                    await asked.intents_in(disc())
            answer = http(404, b"{}")
            assert await asked.intent("x") is None
        gone = DssClient(dss.url, over_http(httpx.AsyncClient(trust_env=False)))
        with pytest.raises(DssError) as caught:
            await gone.put_intent(_put())
        assert type(caught.value) is DssError, "it surely never arrived"

    asyncio.run(scene())


@pytest.mark.requirement("SC-USS-22")
def test_tokens_are_asked_for_by_audience_and_scope_and_kept_while_they_last() -> None:
    async def scene() -> None:
        clock = HandClock()
        signed = SignedTokens(issuer_key(), "https://auth.example.com", "north", clock.now_s)

        async def reply(_method: str, path: str, body: bytes) -> bytes:
            if "broken" in path:
                return http(200, b"{}")
            wanted = httpx.QueryParams(path.partition("?")[2] or body.decode())
            assert wanted["grant_type"] == "client_credentials"
            audience = wanted.get("intended_audience") or wanted["audience"]
            token = await signed.token(f"https://{audience}", frozenset(wanted["scope"].split()))
            return http_json(200, {"access_token": token, "token_type": "bearer"})

        async with MockPeer(reply) as server, httpx.AsyncClient(trust_env=False) as client:
            for secret, method in ((None, "GET"), ("s3cret", "POST")):
                asked = TokenServer(url=f"{server.url}/token", client_id="north", secret=secret)
                tokens = ServerTokens(asked, client, clock.now_s)
                first = await tokens.token("https://dss.example/dss/v1", frozenset({"a", "b"}))
                assert await tokens.token("https://dss.example:444/x", frozenset({"b", "a"})) == first
                assert await tokens.token("https://peer.example", frozenset({"a", "b"})) != first
                assert len(server.of(method, "/token")) == 2
                clock.time_s += 1_790.0
                await tokens.token("https://dss.example", frozenset({"a", "b"}))
                assert len(server.of(method, "/token")) == 3
            broken = TokenServer(url=f"{server.url}/broken", client_id="north")
            with pytest.raises(TokenSourceError):
                await ServerTokens(broken, client).token("https://dss.example", frozenset())

    asyncio.run(scene())
    assert limits.TOKEN_TIMEOUT_S < limits.DSS_TIMEOUT_S
