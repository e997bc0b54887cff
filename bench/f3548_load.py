"""Load for the DSS: fills a store with active operational intents, and creates more while it counts.

Circles of 50 to 400 m for 10 to 60 minutes within a day, up to 300 m high, over ten degrees by fifteen. Each new one
has a subscription of its own, as a first plan has; its key is empty, so one that meets another is refused with
409 and counted apart. Programs of their own: `service URL CREATES CLIENTS` drives the use case in its process,
`http URL KEY CREATES CLIENTS` a server over connections that stay open.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import threading
import time
import uuid
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import msgspec

from steerclear.app.serving import settle_interpreter
from steerclear.interfaces.f3548.decode_volumes import write_volume
from steerclear.interfaces.f3548.issuing import issue_token, read_private_key
from steerclear.model.airspace import IntentReference
from steerclear.model.intent import IntentState
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.clock import SystemClock
from steerclear.services.dss.directory import Directory, DirectorySettings
from steerclear.services.dss.faults import KeysMissingError
from steerclear.services.dss.put_intent import IntentRequest, NewSubscription, put_intent
from steerclear.services.dss.surveying import stored_places
from steerclear.services.dss.warm import warm_geometry
from steerclear.store.airspace import AirspaceStore, Placed
from steerclear.store.airspace.postgres import PostgresAirspaceStore
from steerclear.store.airspace.sqlite import SqliteAirspaceStore

AUDIENCE: Final = "dss.example.com"
URL: Final = "https://uss.example.com/utm"
BATCH: Final = 200
"""Operational intents of one transaction while a store is filled."""
DAY_S: Final = 86_400.0


def open_directory(url: str) -> Directory:
    """A directory over a store: a file of SQLite, or the URL of a PostgreSQL."""
    opened = PostgresAirspaceStore if url.startswith("postgresql:") else SqliteAirspaceStore
    store: AirspaceStore = opened(url, str(uuid.uuid4()))
    return Directory(store, SystemClock(), DirectorySettings())


def volume(chance: random.Random, now_s: float) -> Volume4D:
    """Where and when one flight may be."""
    lower_m = chance.uniform(0.0, 300.0)
    from_s = now_s + chance.uniform(60.0, DAY_S)
    centre = Position(latitude_deg=chance.uniform(40.0, 50.0), longitude_deg=chance.uniform(0.0, 15.0))
    return Volume4D(
        area=CircleArea(centre=centre, radius_m=chance.uniform(50.0, 400.0)),
        lower_m=lower_m,
        upper_m=lower_m + chance.uniform(10.0, 60.0),
        altitude_datum=AltitudeDatum.ELLIPSOID,
        from_s=from_s,
        until_s=from_s + chance.uniform(600.0, 3_600.0),
    )


def fill(directory: Directory, count: int, seed: int = 1) -> None:
    """Store active operational intents of other managers."""
    chance, now_s = random.Random(seed), time.time()
    waiting: list[Future[None]] = []
    for _ in range(0, count, BATCH):
        batch = []
        for _ in range(BATCH):
            survey = directory.surveyor.survey([volume(chance, now_s)])
            reference = IntentReference(
                entity_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                manager=f"uss{chance.randrange(20)}",
                uss_base_url=URL,
                extents=(survey[0].volume,),
                version=1,
                ovn=f"{chance.getrandbits(128):032x}",
                state=IntentState.ACCEPTED,
            )
            batch.append(Placed(reference, stored_places(survey)))
        waiting.append(directory.write(lambda tx, batch=batch: [tx.put(one) for one in batch] and None))
        if len(waiting) > 8:
            waiting.pop(0).result(60)
    for future in waiting:
        future.result(60)


def drive_service(directory: Directory, creates: int, clients: int, seed: int) -> dict[str, Any]:
    """Create through the use case, as many at a time as there are clients; what it took."""
    warm_geometry()
    settle_interpreter()  # as every host does that answers others
    chance, now_s = random.Random(seed), time.time()
    free = threading.Semaphore(clients)
    took: list[float] = []
    refused = [0]

    def done(future: Future[Any], begun_s: float) -> None:
        took.append(time.perf_counter() - begun_s)
        error = future.exception()
        refused[0] += error is not None
        if error is not None and not isinstance(error, KeysMissingError):
            print(error, file=sys.stderr)
        free.release()

    begun_s = time.perf_counter()
    for _ in range(creates):
        free.acquire()
        sent_s = time.perf_counter()
        request = IntentRequest(
            client="bench",
            may_go_off_nominal=False,
            entity_id=str(uuid.uuid4()),
            ovn=None,
            state=IntentState.ACCEPTED,
            uss_base_url=URL,
            survey=directory.surveyor.survey([volume(chance, now_s)]),
            key=frozenset(),
            new_subscription=NewSubscription(URL, False),
        )
        put_intent(directory, request).add_done_callback(lambda future, sent_s=sent_s: done(future, sent_s))
    for _ in range(clients):
        free.acquire()
    return told(took, refused[0], time.perf_counter() - begun_s)


async def drive_http(url: str, key: Path, creates: int, clients: int, seed: int) -> dict[str, Any]:
    """Create over HTTP; each client has a connection that stays open."""
    token = issue_token(
        read_private_key(key),
        subject="bench",
        scope="utm.strategic_coordination",
        audience=AUDIENCE,
        issuer="bench",
        now_s=time.time(),
    )
    host, _, port = url.removeprefix("http://").partition(":")
    chance, now_s = random.Random(seed), time.time()
    took: list[float] = []
    refused = [0]
    # Before the clock runs: this program is on the machine that it measures.
    asked = iter([_create(token, volume(chance, now_s)) for _ in range(creates)])

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for entity_id, request in asked:
            sent_s = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            content = await reader.readexactly(length)
            took.append(time.perf_counter() - sent_s)
            status = head[9:12]
            refused[0] += status == b"409"
            if (status, entity_id in content) not in ((b"201", True), (b"409", False)):
                print(status, content[:300], file=sys.stderr)
        writer.close()

    begun_s = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return told(took, refused[0], time.perf_counter() - begun_s)


def _create(token: str, where: Volume4D) -> tuple[bytes, bytes]:
    """The id of a new operational intent, and the request that creates it."""
    extent = msgspec.to_builtins(write_volume(where))
    wanted = {"extents": [extent], "state": "Accepted", "uss_base_url": URL}
    body = msgspec.json.encode(wanted | {"new_subscription": {"uss_base_url": URL}})
    entity_id = str(uuid.uuid4())
    head = (
        f"PUT /dss/v1/operational_intent_references/{entity_id} HTTP/1.1\r\nHost: {AUDIENCE}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return entity_id.encode(), head.encode() + body


def told(took: list[float], refused: int, elapsed_s: float) -> dict[str, Any]:
    """What a run of creates came to."""
    ordered = sorted(took)
    return {
        "creates": len(took) - refused,
        "refused": refused,
        "elapsed_s": elapsed_s,
        "took_s": ordered,
    }


def main(arguments: list[str]) -> None:
    """Run one of the programs and print what it measured."""
    if arguments[0] == "service":
        directory = open_directory(arguments[1])
        result = drive_service(directory, int(arguments[2]), int(arguments[3]), int(arguments[4]))
        directory.store.close()
    else:
        url, key, creates, clients, seed = arguments[1:]
        result = asyncio.run(drive_http(url, Path(key), int(creates), int(clients), int(seed)))
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
