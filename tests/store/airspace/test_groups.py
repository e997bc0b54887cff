"""Works of one group, with what they were expected to read right, wrong or left open, come to what they do one by one.

The oracle is the store in SQLite, which reads nothing ahead and runs each work by itself.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.model.airspace import Availability, Subscription, UssAvailability
from steerclear.store.airspace import AirspaceStore, AirspaceTransaction, Bounds, Expected, Kind, Placed, Places
from steerclear.store.airspace.postgres import PostgresAirspaceStore
from steerclear.store.airspace.sqlite import SqliteAirspaceStore
from tests.postgres_cluster import Cluster
from tests.store.airspace.samples import intent, subscription

POOL = "5f1a5d0e-0c5b-4f0e-9d8e-3a1f5f0d2c11"
IDS = [str(uuid.UUID(int=number + (4 << 76))) for number in range(3)]
KINDS = [Kind.INTENT, Kind.SUBSCRIPTION]

places = st.builds(
    lambda keys, from_s, lasts_s: Places(tuple(sorted(keys)), Bounds(from_s, from_s + lasts_s, 0.0, 100.0)),
    st.frozensets(st.integers(0, 2), min_size=1, max_size=2),
    st.sampled_from([0.0, 10.0]),
    st.sampled_from([5.0, 15.0]),
)
names = st.tuples(st.sampled_from(KINDS), st.sampled_from(IDS))
expectations = st.builds(
    Expected,
    st.lists(names, max_size=3).map(tuple),
    st.lists(st.tuples(st.sampled_from(KINDS), places), max_size=3).map(tuple),
    st.booleans(),
)
read = st.one_of(
    st.tuples(st.just("get"), names),
    st.tuples(st.just("found"), st.tuples(st.sampled_from(KINDS), places)),
    st.tuples(st.just("found"), st.tuples(st.sampled_from(KINDS), places)),
    st.tuples(st.just("declared"), st.none()),
)
seldom = st.one_of(
    st.tuples(st.just("count"), st.sampled_from(KINDS)),
    st.tuples(st.just("dependents"), st.sampled_from(IDS)),
)
"""What nobody can foresee: it makes a group send what it has decided."""
reads = st.one_of(*[st.lists(read, max_size=3)] * 7, st.lists(st.one_of(read, seldom), max_size=3))
chance = st.integers(0, 7).map(bool)

write = st.one_of(
    st.tuples(st.just("put"), st.tuples(names, st.lists(places, min_size=1, max_size=2).map(tuple), st.booleans())),
    st.tuples(st.just("put in place"), names),
    st.tuples(st.just("remove"), names),
    st.tuples(st.just("count up"), st.lists(st.sampled_from(IDS), min_size=1, max_size=2, unique=True)),
    st.tuples(st.just("declare"), st.sampled_from(["uss1", "uss2"])),
)
works = st.tuples(reads, st.lists(write, max_size=3), st.booleans(), expectations, chance)
groups = st.lists(st.lists(works, min_size=3, max_size=8), min_size=2, max_size=3)


class RefusedError(Exception):
    """A work that decides against itself."""


def entity(named: Any, number: int) -> Any:
    kind, entity_id = named
    if kind is Kind.INTENT:
        return intent(entity_id, version=number, subscription_id=IDS[number % 3])
    return msgspec.structs.replace(subscription(index=number), entity_id=entity_id, version=f"v{number}")


def looked(transaction: AirspaceTransaction, what: str, of: Any) -> Any:
    match what:
        case "get":
            return transaction.get(*of)
        case "found":
            return transaction.found(of[0], [of[1]])
        case "declared":
            return dict(sorted(transaction.declared().items()))
        case "count":
            return transaction.count(of)
    return transaction.dependents(of)


def written(transaction: AirspaceTransaction, what: str, of: Any, number: int) -> None:
    match what:
        case "put":
            named, at, _ = of
            standing = transaction.get(*named)
            transaction.put(Placed(entity(named, number), at, fresh=standing is None and of[2]))
        case "put in place":
            transaction.put(Placed(entity(of, number), None))
        case "remove":
            transaction.remove(*of)
        case "count up":
            transaction.count_up(of)
        case "declare":
            transaction.declare(Availability(uss=of, state=UssAvailability.DOWN, version=f"a{number}"))


def work_of(spec: Any, number: int) -> tuple[Callable[[AirspaceTransaction], Any], Expected]:
    reads, writes, refuses, expected, right = spec
    if right:
        named = [of for what, of in reads if what == "get"] + [of[0] for what, of in writes if what == "put"]
        expected = Expected(tuple(named), tuple(of for what, of in reads if what == "found"), True)
    # Within a work an entity is written once: what a work reads does not show what it has written.

    def work(transaction: AirspaceTransaction) -> Any:
        found = [looked(transaction, what, of) for what, of in reads]
        seen: set[Any] = set()
        for what, of in writes:
            touched = (
                {(Kind.SUBSCRIPTION, one) for one in of} if what == "count up" else {of[0] if what == "put" else of}
            )
            if not touched & seen:
                written(transaction, what, of, number)
            seen |= touched
        if refuses and number % 4 == 0:
            raise RefusedError
        return found

    return work, expected


def outcome(future: Any) -> Any:
    error = future.exception(30)
    assert error is None or isinstance(error, RefusedError), error
    return RefusedError if error is not None else future.result()


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[tuple[AirspaceStore, AirspaceStore]]:
    one = SqliteAirspaceStore(str(tmp_path_factory.mktemp("groups") / "airspace.sqlite"), POOL)
    other = PostgresAirspaceStore(cluster.database(), POOL)
    yield one, other
    one.close()
    other.close()


@pytest.mark.requirement("SC-DSS-51")
@settings(max_examples=150, deadline=None)
@given(groups=groups)
def test_a_group_comes_to_what_its_works_come_to_one_by_one(groups: Any, stores: Any) -> None:
    by_one, together = stores

    def empty(transaction: AirspaceTransaction) -> None:
        for kind in KINDS:
            for entity_id in IDS:
                transaction.remove(kind, entity_id)
        for uss in ("uss1", "uss2"):
            transaction.declare(Availability(uss=uss, state=UssAvailability.UNKNOWN, version=""))

    for store in stores:
        store.submit(empty).result(20)
    number = 0
    for group in groups:
        specs = [work_of(spec, number + place) for place, spec in enumerate(group)]
        number += len(group)
        wanted = [outcome(by_one.submit(work)) for work, _ in specs]
        begun, hold = threading.Event(), threading.Event()
        together.submit(lambda tx, begun=begun, hold=hold: begun.set() or hold.wait(20))
        assert begun.wait(20)
        futures = [together.submit(work, expected) for work, expected in specs]
        hold.set()
        assert [outcome(future) for future in futures] == wanted

        def everything(transaction: AirspaceTransaction) -> Any:
            found = [transaction.found(kind, [Places((key,), Bounds())]) for kind in KINDS for key in range(3)]
            return found, [transaction.get(kind, one) for kind in KINDS for one in IDS]

        assert together.read(everything).result(20) == by_one.read(everything).result(20)


def test_more_than_can_be_read_ahead_is_read_when_it_is_asked_for(stores: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = stores[1]
    monkeypatch.setattr("steerclear.store.airspace.postgres_group.MAX_FOUND_ENTITIES", 3)
    entities = [subscription() for _ in range(5)]
    at = Places((77,), Bounds(0.0, 10.0, 0.0, 100.0))
    store.submit(lambda tx: [tx.put(Placed(one, (at,), fresh=True)) for one in entities] and None).result(20)
    expected = Expected((), ((Kind.SUBSCRIPTION, at),))
    found: list[Subscription] = store.submit(lambda tx: tx.found(Kind.SUBSCRIPTION, [at]), expected).result(20)
    assert len(found) == 3, "as many as one answer holds, as without reading ahead"


def test_within_a_group_nothing_stands_where_it_was_taken_from(stores: Any) -> None:
    store = stores[1]
    named, at, elsewhere = str(uuid.uuid4()), Places((81,), Bounds()), Places((82,), Bounds())
    looking = Expected(((Kind.INTENT, named),), ((Kind.INTENT, at), (Kind.INTENT, elsewhere)))

    def found(transaction: AirspaceTransaction) -> list[bool]:
        return [bool(transaction.found(Kind.INTENT, [one])) for one in (at, elsewhere)]

    begun, hold = threading.Event(), threading.Event()
    store.submit(lambda tx: begun.set() or hold.wait(20))
    assert begun.wait(20)
    works = [
        lambda tx: tx.put(Placed(intent(named), (at,), fresh=True)),
        found,
        lambda tx: tx.put(Placed(intent(named, version=2), (elsewhere,))),
        found,
        lambda tx: tx.remove(Kind.INTENT, named),
        found,
    ]
    futures = [store.submit(work, looking) for work in works]
    hold.set()
    assert [future.result(20) for future in futures][1::2] == [[True, False], [False, True], [False, False]]
    assert store.read(found).result(20) == [False, False]
