"""The DSS beside a model of it that knows no geometry, no index and no database: squares in a row and dictionaries.

Operational intents and subscriptions lie in a row of squares that are far apart, so that what overlaps is plain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from steerclear.store.airspace import Kind
from tests.interfaces.f3548.world import (
    CM,
    CONSTRAINTS,
    INTENTS,
    NO_SUBSCRIPTION,
    SA,
    SC,
    SUBSCRIPTIONS,
    World,
    new_id,
    reference,
    told_ids,
)

SQUARES = st.frozensets(st.integers(0, 3), min_size=1, max_size=2)
CLIENTS = st.sampled_from(["uss1", "uss2"])
STATES = st.sampled_from(["Accepted", "Activated", "Nonconforming", "Contingent"])
AFTER = {
    "Accepted": {"Accepted", "Activated", "Nonconforming", "Contingent"},
    "Activated": {"Accepted", "Activated", "Nonconforming", "Contingent"},
    "Nonconforming": {"Nonconforming", "Activated", "Contingent"},
    "Contingent": {"Contingent"},
}


@dataclass
class ModelIntent:
    client: str
    squares: frozenset[int]
    state: str
    ovn: str
    subscription: str | None
    version: int = 1


@dataclass
class ModelSubscription:
    client: str
    squares: frozenset[int]
    implicit: bool
    index: int = 0


@dataclass
class Model:
    intents: dict[str, ModelIntent] = field(default_factory=dict)
    subscriptions: dict[str, ModelSubscription] = field(default_factory=dict)

    def missing(self, entity_id: str, squares: frozenset[int], key: set[str]) -> set[str]:
        return {
            other
            for other, one in self.intents.items()
            if other != entity_id and one.squares & squares and one.ovn not in key
        }

    def tell(self, squares: frozenset[int]) -> set[str]:
        told = {name for name, one in self.subscriptions.items() if one.squares & squares}
        for name in told:
            self.subscriptions[name].index += 1
        return told

    def drop_unused(self, name: str | None) -> None:
        if name is None or not self.subscriptions[name].implicit:
            return
        if not any(one.subscription == name for one in self.intents.values()):
            del self.subscriptions[name]


class Machine(RuleBasedStateMachine):
    world: World
    intents = Bundle("intents")

    @initialize()
    def begin(self) -> None:
        self.model = Model()
        stale = self.world.directory.read(lambda tx: tx.ended(1e12)).result(10)
        for kind, entity_id in stale:
            self.world.directory.write(lambda tx, k=kind, e=entity_id: tx.remove(k, e)).result(10)

    def extents(self, squares: frozenset[int]) -> list[Any]:
        return [
            self.world.circle(10.0 + 2.0 * square, 20.0, 500.0, starts=10, ends=3_000) for square in sorted(squares)
        ]

    @rule(target=intents, client=CLIENTS, squares=SQUARES, know=st.booleans(), relies=st.booleans())
    def create(self, client: str, squares: frozenset[int], know: bool, relies: bool) -> str:
        entity_id = new_id()
        key = {one.ovn for one in self.model.intents.values()} if know else set()
        more: dict[str, Any] = {"key": sorted(key)}
        if not relies:
            more["new_subscription"] = None
        answer = self.world.put_intent(entity_id, *self.extents(squares), sub=client, **more)
        missing = self.model.missing(entity_id, squares, key)
        if missing:
            assert answer.status == 409, answer
            assert {one["id"] for one in answer.json["missing_operational_intents"]} == missing
            return entity_id
        assert answer.status == 201, answer
        self._stored(entity_id, client, squares, "Accepted", relies, answer, None)
        return entity_id

    def _stored(
        self,
        entity_id: str,
        client: str,
        squares: frozenset[int],
        state: str,
        relies: bool,
        answer: Any,
        before: ModelIntent | None,
    ) -> None:
        made = reference(answer)
        name = made["subscription_id"] if relies else None
        assert relies or made["subscription_id"] == NO_SUBSCRIPTION
        version = 1 if before is None else before.version + 1
        assert (made["version"], made["state"], made["manager"]) == (version, state, client)
        self.model.intents[entity_id] = ModelIntent(client, squares, state, made["ovn"], name, version)
        if before is not None:
            self.model.drop_unused(before.subscription)
        if name is not None:
            self.model.subscriptions[name] = ModelSubscription(client, squares, True)
        touched = squares if before is None else squares | before.squares
        assert told_ids(answer) == self.model.tell(touched)

    @rule(
        entity_id=intents,
        squares=SQUARES,
        state=STATES,
        client=CLIENTS,
        know=st.booleans(),
        current=st.sampled_from([True, True, True, False]),
        relies=st.booleans(),
    )
    def change(
        self, entity_id: str, squares: frozenset[int], state: str, client: str, know: bool, current: bool, relies: bool
    ) -> None:
        before = self.model.intents.get(entity_id)
        ovn = before.ovn if before is not None and current else "x" * 20
        key = {one.ovn for one in self.model.intents.values()} if know else set()
        more: dict[str, Any] = {"key": sorted(key), "state": state}
        if not relies:
            more["new_subscription"] = None
        answer = self.world.put_intent(entity_id, *self.extents(squares), ovn=ovn, sub=client, scope=(SC, SA), **more)
        if before is None or (state != "Accepted" and not relies):
            assert answer.status == 400, answer
        elif before.client != client:
            assert answer.status == 403, answer
        elif not current:
            assert answer.status == 409, answer
        elif state not in AFTER[before.state]:
            assert answer.status == 400, answer
        elif state in ("Accepted", "Activated") and self.model.missing(entity_id, squares, key):
            assert answer.status == 409, answer
        else:
            assert answer.status == 200, answer
            self._stored(entity_id, client, squares, state, relies, answer, before)

    @rule(entity_id=intents, client=CLIENTS)
    def remove(self, entity_id: str, client: str) -> None:
        before = self.model.intents.get(entity_id)
        ovn = "x" * 20 if before is None else before.ovn
        answer = self.world.ask("DELETE", f"{INTENTS}/{entity_id}/{ovn}", sub=client)
        if before is None:
            assert answer.status == 404
        elif before.client != client:
            assert answer.status == 403
        else:
            assert answer.status == 200
            assert told_ids(answer) == self.model.tell(before.squares)
            del self.model.intents[entity_id]
            self.model.drop_unused(before.subscription)

    @rule(client=CLIENTS, square=st.integers(0, 3))
    def subscribe(self, client: str, square: int) -> None:
        name = new_id()
        (extent,) = self.extents(frozenset({square}))
        answer = self.world.put_subscription(name, extent, sub=client)
        assert answer.status == 200, answer
        there = {entity_id for entity_id, one in self.model.intents.items() if square in one.squares}
        assert {one["id"] for one in answer.json["operational_intent_references"]} == there
        self.model.subscriptions[name] = ModelSubscription(client, frozenset({square}), False)

    @rule(square=st.integers(0, 3))
    def query(self, square: int) -> None:
        (extent,) = self.extents(frozenset({square}))
        expected = {entity_id for entity_id, one in self.model.intents.items() if square in one.squares}
        assert self.world.found(INTENTS, extent) == expected
        for client in ("uss1", "uss2"):
            own = {
                name for name, one in self.model.subscriptions.items() if square in one.squares and one.client == client
            }
            assert self.world.found(SUBSCRIPTIONS, extent, sub=client) == own

    @rule(entity_id=consumes(intents))
    def forget(self, entity_id: str) -> None:
        """Only so that other rules do not always come back to the same ones."""

    @invariant()
    def counted_alike(self) -> None:
        if not hasattr(self, "model"):
            return
        for name, one in self.model.subscriptions.items():
            held = self.world.directory.read(lambda tx, name=name: tx.get(Kind.SUBSCRIPTION, name)).result(10)
            assert held is not None
            assert held.notification_index == one.index
        counted = self.world.directory.read(lambda tx: tx.count(Kind.SUBSCRIPTION)).result(10)
        assert counted == len(self.model.subscriptions)


@pytest.mark.requirement("SC-DSS-62")
def test_the_dss_agrees_with_its_model(both: World) -> None:
    class Bound(Machine):
        world = both

    run_state_machine_as_test(
        Bound,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert both.ask("GET", f"{CONSTRAINTS}/{new_id()}", scope=CM).status == 404
