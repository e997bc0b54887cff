"""OVNs that we ask for: what peers are shown of a flight while the DSS has not answered, and what they are not."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from steerclear.model.intent import IntentState
from steerclear.services.dss.ovn import requested_ovn
from steerclear.services.uss.airspace import IntentAnswer, IntentPut
from steerclear.services.uss.plan_flight import Result
from steerclear.services.uss.ports import DssRefusedError, DssUnsureError
from steerclear.services.uss.requested_ovn import ovn_suffix, served
from tests.services.uss.world import World, disc, fly, run

ENTITY = "10000000-0000-4000-8000-000000000000"


@pytest.mark.requirement("SC-UPC-02")
@given(st.floats(1.0, 4e9), st.uuids(version=4))
def test_a_suffix_is_one_that_a_directory_takes_at_that_time(now_s: float, random_id: uuid.UUID) -> None:
    suffix = ovn_suffix(now_s, str(random_id))
    made = uuid.UUID(suffix)
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert abs((made.int >> 80) / 1_000.0 - now_s) <= 0.001 + 1e-6
    assert requested_ovn(ENTITY, suffix, now_s) == f"{ENTITY}_{suffix}"
    other = ovn_suffix(now_s, str(uuid.UUID(int=random_id.int ^ 1, version=4)))
    assert other != suffix, "two of one millisecond differ"


@pytest.mark.requirement("SC-UPC-02")
def test_a_new_flight_is_shown_at_once_and_a_change_to_whoever_asks_for_that_version() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north", requests_ovns=True), world.uss("south")
        shown = []
        put_intent = north.uss.dss.put_intent

        async def looked_at(put: IntentPut) -> IntentAnswer:
            flight = north.uss.flights["n"]
            shown.append([served(flight, version) for version in (None, 1, 2)])
            return await put_intent(put)

        north.uss.dss.put_intent = looked_at  # type: ignore[method-assign]
        assert (await fly(north, "n", disc())).result is Result.COMPLETED
        flight = north.uss.flights["n"]
        assert flight.shared is not None
        published, first, second = shown.pop()
        assert published == first
        assert first is not None
        assert second is None
        assert first.reference.ovn == flight.shared.reference.ovn
        assert (first.reference.version, first.intent) == (1, flight.shared.intent)
        assert (await fly(north, "n", disc(), state=IntentState.ACTIVATED)).result is Result.COMPLETED
        published, first, second = shown.pop()
        assert published == first == flight.shared, "what is published is what the DSS has accepted"
        changed = north.uss.flights["n"].shared
        assert changed is not None
        assert second is not None
        assert second.reference.ovn == changed.reference.ovn != flight.shared.reference.ovn
        assert second.reference.state is IntentState.ACTIVATED
        # A peer plans with it.
        assert (await fly(south, "s", disc(), priority=1)).result is Result.COMPLETED

    run(scene())


@pytest.mark.requirement("SC-UPC-02")
def test_a_peer_that_finds_an_old_version_published_asks_for_the_one_that_the_directory_holds() -> None:
    async def scene() -> None:
        world = World()
        north, south = world.uss("north", requests_ovns=True), world.uss("south")
        await fly(north, "n", disc())
        world.directory.after.append(DssUnsureError("no answer"))
        outcome = await fly(north, "n", disc(), state=IntentState.ACTIVATED)
        assert outcome.result is Result.FAILED
        held = north.uss.flights["n"]
        assert held.shared is not None
        assert held.shared.reference.version == 1, "it is not published"
        outcome = await fly(south, "s", disc(), priority=1)
        assert outcome.result is Result.COMPLETED
        assert world.directory.intents[held.intent_id][0].ovn in world.directory.puts[-1].key

    run(scene())


@pytest.mark.requirement("SC-UPC-02")
def test_what_the_directory_refuses_is_shown_no_longer_and_one_that_gives_another_ovn_is_right() -> None:
    async def scene() -> None:
        world = World()
        north = world.uss("north", requests_ovns=True)
        world.directory.before.append(DssRefusedError("the suffix is from another time", 400))
        assert (await fly(north, "n", disc())).result is Result.FAILED
        assert not north.uss.flights
        await fly(north, "n", disc())
        world.directory.before.append(DssRefusedError("the suffix is from another time", 400))
        assert (await fly(north, "n", disc(), state=IntentState.ACTIVATED)).result is Result.FAILED
        flight = north.uss.flights["n"]
        assert (served(flight, None), served(flight, 2)) == (flight.shared, None)
        put_intent = north.uss.dss.put_intent

        async def own_choice(put: IntentPut) -> IntentAnswer:
            return await put_intent(replace(put, ovn_suffix=None))

        north.uss.dss.put_intent = own_choice  # type: ignore[method-assign]
        await fly(north, "n", disc(), state=IntentState.ACTIVATED)
        shared = north.uss.flights["n"].shared
        assert shared is not None
        assert shared.reference.ovn == world.directory.intents[flight.intent_id][0].ovn

    run(scene())
