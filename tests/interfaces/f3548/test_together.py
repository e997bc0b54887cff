"""Many clients at once, at one instance or at several that share a database: what comes of it is some order of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from steerclear.store.airspace import AirspaceStore
from steerclear.store.airspace.postgres import PostgresAirspaceStore
from steerclear.store.airspace.sqlite import SqliteAirspaceStore
from tests.interfaces.f3548.world import INTENTS, POOL, SUBSCRIPTIONS, World, new_id, reference, told

CLIENTS = 6
EACH = 5


@pytest.fixture(params=["sqlite", "postgres"])
def worlds(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[World]]:
    """One instance on SQLite, or two that share a PostgreSQL."""
    stores: list[AirspaceStore]
    if request.param == "postgres":
        url = request.getfixturevalue("cluster").cleaned()
        stores = [PostgresAirspaceStore(url, POOL), PostgresAirspaceStore(url, new_id())]
    else:
        stores = [SqliteAirspaceStore(str(tmp_path / "airspace.sqlite"), POOL)]
    yield [World(store) for store in stores]
    for store in stores:
        store.close()


def together(worlds: list[World], work: Any) -> None:
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(worlds[number % len(worlds)], f"uss{number}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures, failures


@pytest.mark.requirement("SC-DSS-52")
def test_clients_that_plan_in_one_place_each_know_all_who_came_before(worlds: list[World]) -> None:
    listener = new_id()
    assert worlds[0].put_subscription(listener, worlds[0].circle(ends=7_200), sub="listener").status == 200
    lock = threading.Lock()
    ovns: dict[str, str] = {}
    orders: list[tuple[int, str, frozenset[str]]] = []

    def plan(world: World, client: str) -> None:
        for _ in range(EACH):
            entity_id = new_id()
            while True:
                with lock:
                    known = dict(ovns)
                answer = world.put_intent(
                    entity_id, world.circle(starts=0, ends=3_000), sub=client, key=sorted(known.values())
                )
                if answer.status == 201:
                    break
                assert answer.status == 409, answer
                # What is missing really is there, and was not known when we asked.
                missing = {one["id"] for one in answer.json["missing_operational_intents"]}
                assert missing
                assert not missing & set(known)
            (index,) = (subscriptions[listener] for subscriptions in told(answer).values() if listener in subscriptions)
            with lock:
                ovns[entity_id] = reference(answer)["ovn"]
                orders.append((index, entity_id, frozenset(known)))

    together(worlds, plan)
    # The listener's index numbers the creations: each knew exactly those that are numbered before it.
    orders.sort()
    assert [index for index, _, _ in orders] == list(range(1, CLIENTS * EACH + 1))
    before: set[str] = set()
    for _, entity_id, known in orders:
        assert known == before
        before.add(entity_id)
    for world in worlds:
        assert world.found(INTENTS, world.circle()) == before


@pytest.mark.requirement("SC-DSS-52")
def test_of_changes_to_one_version_one_comes_through(worlds: list[World]) -> None:
    entity_id = new_id()
    ovn = reference(worlds[0].put_intent(entity_id, sub="uss0"))["ovn"]
    statuses: list[int] = []

    def change(world: World, _client: str) -> None:
        answer = world.put_intent(entity_id, ovn=ovn, sub="uss0", state="Activated")
        statuses.append(answer.status)

    together(worlds, change)
    assert sorted(statuses) == [200] + [409] * (CLIENTS - 1)


@pytest.mark.requirement("SC-DSS-53")
def test_what_one_instance_stores_every_instance_knows_at_once(worlds: list[World]) -> None:
    here, there = worlds[0], worlds[-1]
    for _ in range(3):
        entity_id, sub_id = new_id(), new_id()
        made = reference(here.put_intent(entity_id, here.circle(-20.0)))
        assert reference(there.ask("GET", f"{INTENTS}/{entity_id}")) == made
        created = there.put_subscription(sub_id, there.circle(-20.0))
        assert [one["id"] for one in created.json["operational_intent_references"]] == [entity_id]
        changed = there.put_intent(entity_id, there.circle(-20.0), ovn=made["ovn"])
        assert changed.status == 200
        assert here.put_intent(entity_id, here.circle(-20.0), ovn=made["ovn"]).status == 409
        assert here.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").json["subscription"]["notification_index"] == 1
        version = created.json["subscription"]["version"]
        assert here.ask("DELETE", f"{SUBSCRIPTIONS}/{sub_id}/{version}").status == 200
        assert there.ask("GET", f"{SUBSCRIPTIONS}/{sub_id}").status == 404
        assert here.ask("DELETE", f"{INTENTS}/{entity_id}/{reference(changed)['ovn']}").status == 200
        assert there.ask("GET", f"{INTENTS}/{entity_id}").status == 404
    pools = {world.directory.read(lambda tx: tx.pool_id()).result(10) for world in worlds}
    assert pools == {POOL}
