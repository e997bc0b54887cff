"""What every store of the airspace directory must do; the same tests run against SQLite and PostgreSQL."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.model.airspace import Availability, ExchangeReport, Heartbeat, IntentReference, UssAvailability
from steerclear.store.airspace import AirspaceStore, AirspaceTransaction, Bounds, Kind, Placed, Places
from steerclear.store.airspace.postgres import PostgresAirspaceStore
from steerclear.store.airspace.sqlite import SqliteAirspaceStore
from steerclear.store.errors import StoreClosedError
from tests.postgres_cluster import Cluster
from tests.store.airspace.samples import constraint, intent, placed, places, subscription

POOL = "5f1a5d0e-0c5b-4f0e-9d8e-3a1f5f0d2c11"
KEYS = (-(2**62), 1, 2**62)

Open = Callable[[], AirspaceStore]


@pytest.fixture(params=["sqlite", "postgres"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same store again and again, as a restart or another instance would."""
    opened: list[AirspaceStore] = []
    url = request.getfixturevalue("cluster").cleaned() if request.param == "postgres" else ""

    def opening() -> AirspaceStore:
        if url:
            store: AirspaceStore = PostgresAirspaceStore(url, POOL)
        else:
            store = SqliteAirspaceStore(str(tmp_path / "airspace.sqlite"), POOL)
        opened.append(store)
        return store

    yield opening
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Open) -> AirspaceStore:
    return opener()


def do(store: AirspaceStore, work: Callable[[AirspaceTransaction], Any]) -> Any:
    return store.submit(work).result(20)


def look(store: AirspaceStore, work: Callable[[AirspaceTransaction], Any]) -> Any:
    return store.read(work).result(20)


@pytest.mark.requirement("SC-DSS-50")
@pytest.mark.parametrize(
    ("kind", "entity"),
    [(Kind.INTENT, intent()), (Kind.CONSTRAINT, constraint()), (Kind.SUBSCRIPTION, subscription())],
)
def test_what_was_put_is_read_back(store: AirspaceStore, kind: Kind, entity: Any) -> None:
    do(store, lambda tx: tx.put(placed(entity, *KEYS)))
    assert look(store, lambda tx: tx.get(kind, entity.entity_id)) == entity
    assert look(store, lambda tx: tx.found(kind, places(KEYS[0]))) == [entity]
    assert do(store, lambda tx: tx.get(kind, entity.entity_id)) == entity
    others = set(Kind) - {kind}
    assert all(look(store, lambda tx, other=other: tx.get(other, entity.entity_id)) is None for other in others)


@pytest.mark.requirement("SC-DSS-50")
def test_what_was_put_outlives_the_store(opener: Open) -> None:
    first, entity = opener(), intent()
    do(first, lambda tx: tx.put(placed(entity, 1)))
    do(first, lambda tx: tx.declare(Availability(uss="uss1", state=UssAvailability.DOWN, version="a")))
    first.close()
    again = opener()
    assert look(again, lambda tx: tx.found(Kind.INTENT, places(1))) == [entity]
    assert look(again, lambda tx: tx.availability("uss1")).state is UssAvailability.DOWN
    assert look(again, lambda tx: tx.pool_id()) == POOL


@pytest.mark.requirement("SC-DSS-50")
def test_a_changed_entity_is_found_where_it_is_and_no_longer_where_it_was(store: AirspaceStore) -> None:
    old = intent()
    new = msgspec.structs.replace(old, version=2)
    do(store, lambda tx: tx.put(placed(old, 1, 2)))
    do(store, lambda tx: tx.put(placed(new, 2, 3)))
    assert look(store, lambda tx: tx.found(Kind.INTENT, places(1))) == []
    assert look(store, lambda tx: tx.found(Kind.INTENT, places(2, 3))) == [new]
    do(store, lambda tx: tx.put(Placed(msgspec.structs.replace(new, version=3), None)))
    assert [one.version for one in look(store, lambda tx: tx.found(Kind.INTENT, places(3)))] == [3]
    do(store, lambda tx: tx.remove(Kind.INTENT, old.entity_id))
    assert look(store, lambda tx: tx.found(Kind.INTENT, places(2, 3))) == []
    do(store, lambda tx: tx.remove(Kind.INTENT, old.entity_id))


@pytest.mark.requirement("SC-DSS-50")
def test_bounds_belong_to_what_they_bound_and_open_ones_hold_everything(store: AirspaceStore) -> None:
    entity = intent()
    do(store, lambda tx: tx.put(Placed(entity, places(1, bounds=Bounds(10.0, 20.0, 100.0, 200.0)))))

    def hits(bounds: Bounds) -> bool:
        return bool(look(store, lambda tx: tx.found(Kind.INTENT, places(1, bounds=bounds))))

    assert hits(Bounds())
    assert hits(Bounds(20.0, 30.0, 200.0, 300.0))
    assert hits(Bounds(0.0, 10.0, 0.0, 100.0))
    assert not hits(Bounds(20.001, 30.0, 100.0, 200.0))
    assert not hits(Bounds(0.0, 9.999, 100.0, 200.0))
    assert not hits(Bounds(10.0, 20.0, 200.01, 300.0))
    assert not hits(Bounds(10.0, 20.0, 0.0, 99.99))


@pytest.mark.requirement("SC-DSS-50")
def test_an_entity_of_several_volumes_is_found_once_by_any_of_them(store: AirspaceStore) -> None:
    entity = intent()
    parts = (Places((1, 2), Bounds(0, 1, 0, 1)), Places((2, 3), Bounds(5, 6, 0, 1)), Places((2,), Bounds(0, 1, 8, 9)))
    do(store, lambda tx: tx.put(Placed(entity, parts)))
    assert look(store, lambda tx: tx.found(Kind.INTENT, [Places((1, 2, 3), Bounds())])) == [entity]
    assert look(store, lambda tx: tx.found(Kind.INTENT, [Places((3,), Bounds(5, 5, 0, 0)), *parts])) == [entity]
    assert look(store, lambda tx: tx.found(Kind.INTENT, [Places((1,), Bounds(5, 5, 0, 0))])) == []


@pytest.mark.requirement("SC-DSS-51")
def test_a_work_that_raises_leaves_nothing_behind_and_its_neighbours_live(store: AirspaceStore) -> None:
    hold = threading.Event()
    futures: list[Future[Any]] = [store.submit(lambda tx: hold.wait(10))]
    good, bad = [intent() for _ in range(5)], intent()

    def refused(transaction: AirspaceTransaction) -> None:
        transaction.put(placed(bad, 1))
        transaction.declare(Availability(uss="uss9", state=UssAvailability.DOWN, version="x"))
        raise LookupError("refused")

    for index, entity in enumerate(good):
        futures.append(store.submit(lambda tx, entity=entity: tx.put(placed(entity, 1))))
        if index == 2:
            futures.append(store.submit(refused))
    hold.set()
    outcomes = [future.exception(20) for future in futures]
    assert [type(one) for one in outcomes if one is not None] == [LookupError]
    assert {one.entity_id for one in look(store, lambda tx: tx.found(Kind.INTENT, places(1)))} == {
        one.entity_id for one in good
    }
    assert look(store, lambda tx: tx.availability("uss9")) is None


@pytest.mark.requirement("SC-DSS-51")
def test_works_of_one_group_see_each_other_in_order(store: AirspaceStore) -> None:
    hold = threading.Event()
    store.submit(lambda tx: hold.wait(10))
    entity = intent()

    def bump(transaction: AirspaceTransaction) -> int:
        standing = transaction.get(Kind.INTENT, entity.entity_id)
        version = 1 if standing is None else standing.version + 1  # type: ignore[union-attr]
        transaction.put(placed(msgspec.structs.replace(entity, version=version), version))
        return version

    futures = [store.submit(bump) for _ in range(20)]
    hold.set()
    assert [future.result(20) for future in futures] == list(range(1, 21))
    assert look(store, lambda tx: tx.found(Kind.INTENT, places(19))) == []


@pytest.mark.requirement("SC-DSS-52")
def test_two_instances_or_two_threads_lose_no_update(opener: Open, request: pytest.FixtureRequest) -> None:
    first = opener()
    stores = [first, first if isinstance(first, SqliteAirspaceStore) else opener()]
    entity = subscription()
    do(first, lambda tx: tx.put(placed(entity, 1)))
    made: list[int] = []

    def client(store: AirspaceStore) -> None:
        for _ in range(25):

            def next_version(transaction: AirspaceTransaction) -> int:
                found = transaction.found(Kind.INTENT, places(7))
                number = len(found) + 1
                transaction.put(placed(intent(str(uuid.UUID(int=number + (4 << 76)))), 7))
                transaction.count_up([entity.entity_id])
                return number

            made.append(do(store, next_version))

    threads = [threading.Thread(target=client, args=(store,)) for store in stores for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(made) == list(range(1, 101))
    assert look(first, lambda tx: tx.get(Kind.SUBSCRIPTION, entity.entity_id)).notification_index == 100


@pytest.mark.requirement("SC-DSS-50")
def test_dependents_are_the_intents_that_rely_on_a_subscription(store: AirspaceStore) -> None:
    one, other = subscription(), subscription()
    relying = sorted((intent(subscription_id=one.entity_id) for _ in range(3)), key=lambda entity: entity.entity_id)
    for entity in (*relying, intent(subscription_id=other.entity_id), intent()):
        do(store, lambda tx, entity=entity: tx.put(placed(entity, 1)))
    assert look(store, lambda tx: tx.dependents(one.entity_id)) == [entity.entity_id for entity in relying]
    moved = msgspec.structs.replace(relying[0], subscription_id=None)
    do(store, lambda tx: tx.put(placed(moved, 1)))
    assert look(store, lambda tx: tx.dependents(one.entity_id)) == [entity.entity_id for entity in relying[1:]]


@pytest.mark.requirement("SC-DSS-50")
def test_counting_up_changes_the_index_and_nothing_else(store: AirspaceStore) -> None:
    one, other = subscription(index=4), subscription()
    do(store, lambda tx: (tx.put(placed(one, 1)), tx.put(placed(other, 1))))
    do(store, lambda tx: tx.count_up([one.entity_id]))
    do(store, lambda tx: tx.count_up([one.entity_id, other.entity_id]))
    do(store, lambda tx: tx.count_up([]))
    assert look(store, lambda tx: tx.get(Kind.SUBSCRIPTION, one.entity_id)) == msgspec.structs.replace(
        one, notification_index=6
    )
    found = look(store, lambda tx: tx.found(Kind.SUBSCRIPTION, places(1)))
    assert sorted(entity.notification_index for entity in found) == [1, 6]


@pytest.mark.requirement("SC-DSS-50")
def test_availability_reports_and_signs_of_life_are_kept(store: AirspaceStore) -> None:
    down = Availability(uss="uss1", state=UssAvailability.DOWN, version="1")
    normal = Availability(uss="uss1", state=UssAvailability.NORMAL, version="2")
    do(store, lambda tx: tx.declare(down))
    do(store, lambda tx: tx.declare(normal))
    assert look(store, lambda tx: tx.availability("uss1")) == normal
    assert look(store, lambda tx: tx.availability("uss2")) is None
    assert look(store, lambda tx: tx.declared()) == {"uss1": normal}
    reports = [
        ExchangeReport(report_id=f"r{number}", reporter="uss1", received_s=float(number), content=b"{}")
        for number in range(3)
    ]
    for report in reports:
        do(store, lambda tx, report=report: tx.add_report(report))
    assert look(store, lambda tx: tx.reports(2)) == [reports[2], reports[1]]
    beats = [
        Heartbeat(instance=name, endpoint="", reporter="x", source="y", at_s=at, next_before_s=before)
        for name, at, before in (("b", 1.0, None), ("a", 2.0, 3.5), ("b", 4.25, 5.0))
    ]
    for heartbeat in beats:
        do(store, lambda tx, heartbeat=heartbeat: tx.beat(heartbeat))
    assert look(store, lambda tx: tx.heartbeats()) == [beats[1], beats[2]]


@pytest.mark.requirement("SC-DSS-50")
def test_counts_and_what_has_ended(store: AirspaceStore) -> None:
    entities = [intent(manager=f"uss{number % 2}", until_s=float(10 * number)) for number in range(1, 6)]
    for entity in entities:
        do(store, lambda tx, entity=entity: tx.put(placed(entity, 1)))
    do(store, lambda tx: tx.put(placed(constraint(), 1)))
    assert look(store, lambda tx: tx.count(Kind.INTENT)) == 5
    assert look(store, lambda tx: tx.count(Kind.INTENT, "uss1")) == 3
    ended = look(store, lambda tx: tx.ended(25.0))
    assert (Kind.INTENT, entities[0].entity_id) in ended
    assert (Kind.INTENT, entities[1].entity_id) in ended
    assert len(ended) == 3  # and the constraint, which ends at 10


def test_a_closed_store_takes_no_more_work(opener: Open) -> None:
    store = opener()
    store.close()
    store.close()
    with pytest.raises(StoreClosedError):
        store.submit(lambda tx: None)


IDS = [str(uuid.UUID(int=number + (4 << 76))) for number in range(4)]
step = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(IDS), st.frozensets(st.integers(0, 5), min_size=1, max_size=4)),
    st.tuples(st.just("remove"), st.sampled_from(IDS), st.just(frozenset())),
)


@pytest.mark.requirement("SC-DSS-50")
@settings(max_examples=25)
@given(groups=st.lists(st.lists(step, max_size=4), max_size=6))
def test_the_index_agrees_with_a_dictionary(groups: list[Any], model_store: AirspaceStore) -> None:
    store = model_store
    for entity_id in IDS:
        do(store, lambda tx, entity_id=entity_id: tx.remove(Kind.INTENT, entity_id))
    held: dict[str, tuple[IntentReference, frozenset[int]]] = {}
    for group in groups:

        def work(transaction: AirspaceTransaction, group: Any = group) -> None:
            for what, entity_id, keys in group:
                if what == "put":
                    entity = intent(entity_id)
                    held[entity_id] = (entity, keys)
                    transaction.put(placed(entity, *keys))
                else:
                    held.pop(entity_id, None)
                    transaction.remove(Kind.INTENT, entity_id)

        do(store, work)
        for key in range(6):
            expected = sorted(entity_id for entity_id, (_, keys) in held.items() if key in keys)
            found = look(store, lambda tx, key=key: tx.found(Kind.INTENT, places(key)))
            assert [one.entity_id for one in found] == expected


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def model_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cluster: Cluster
) -> Iterator[AirspaceStore]:
    if request.param == "postgres":
        store: AirspaceStore = PostgresAirspaceStore(cluster.database(), POOL)
    else:
        store = SqliteAirspaceStore(str(tmp_path_factory.mktemp("model") / "airspace.sqlite"), POOL)
    yield store
    store.close()
