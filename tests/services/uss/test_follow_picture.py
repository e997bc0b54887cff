"""Flights followed by the tracks of a picture: which track is whose, what its height says, and what silence means."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.intent import IntentState
from steerclear.model.track import AltitudeDatum, Identity, Track, TrackAge
from steerclear.services.uss.close_flight import close_flight
from steerclear.services.uss.follow_picture import PictureFollower, flown
from steerclear.services.uss.plan_flight import FlightPlan, Result
from steerclear.services.uss.services import UssServices
from steerclear.strategic.conformance import is_inside, is_outside
from steerclear.strategic.volumes import prepare
from tests.services.uss.world import NOW_S, World, disc, fly, run

ACTIVATED = IntentState.ACTIVATED
MINE = Identity(icao_address=0x4B1234, callsign="N12")


def track(world: World, east: float = 0.0, ago_s: float = 0.0, track_id: str = "t", **changes: object) -> Track:
    seen = Track(
        track_id=track_id,
        identity=MINE,
        party=None,
        age=TrackAge.FRESH,
        time_s=world.clock.time_s - ago_s,
        latitude_deg=1.0,
        longitude_deg=2.0 + east / 1000.0,
        altitude_m=75.0,
        altitude_datum=AltitudeDatum.ELLIPSOID,
        east_mps=0.0,
        north_mps=0.0,
        up_mps=0.0,
        on_ground=False,
        sources=("radar",),
    )
    return msgspec.structs.replace(seen, **changes)


class Watched:
    """A USS with a picture that shows what a test puts into it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shown: tuple[Track, ...] = ()
        self.north = world.uss("north")
        uss, users, watch = self.north.uss, self.north.users, self.north.watch
        self.follower = PictureFollower(uss, users, watch, lambda: self.shown)

    async def plan(self, flight_id: str, *volumes, state=ACTIVATED, identities=(MINE,)) -> None:
        plan = FlightPlan(flight_id=flight_id, state=state, volumes=volumes, identities=identities)
        assert (await self.north.planner.plan(plan)).result is Result.COMPLETED

    async def look(self, *shown: Track, after_s: float = 1.0) -> None:
        """The picture shows this, a second later."""
        self.shown = shown
        await self.follower.tick()
        await self.north.watch.tick()
        self.world.clock.time_s += after_s

    def state(self, flight_id: str = "n") -> IntentState:
        return state_of(self.north, flight_id)

    def told(self, flight_id: str = "n") -> list[str]:
        return [one.trigger for one in self.north.users.told_about(flight_id)]


def state_of(services: UssServices, flight_id: str) -> IntentState:
    shared = services.uss.flights[flight_id].shared
    assert shared is not None
    return shared.reference.state


@pytest.mark.requirement("SC-PLR-13")
def test_a_flight_is_followed_out_of_its_volumes_back_and_out_for_good_and_the_others_are_told() -> None:
    async def scene() -> None:
        world = World()
        seen = Watched(world)
        south = world.uss("south")
        await seen.plan("n", disc())
        await fly(south, "s", disc(east=1.0, from_s=0.0), priority=5)
        await seen.look(track(world))
        assert seen.state() is ACTIVATED
        await seen.look(track(world, east=3.0))
        await seen.north.courier.deliver_waiting()
        assert seen.state() is IntentState.NONCONFORMING
        assert "CMSA0115" in seen.told()
        assert "CMSA0300" in [one.trigger for one in south.users.told_about("s")]
        await seen.look(track(world, east=0.2))
        assert seen.state() is ACTIVATED
        # Out again, this time for good; a change of state loses no identity.
        for _ in range(65):
            await seen.look(track(world, east=4.0))
        assert seen.state() is IntentState.CONTINGENT
        newest = seen.north.watch.telemetry(seen.north.uss.flights["n"].intent_id)
        assert newest.longitude_deg == pytest.approx(2.004)
        await close_flight(seen.north.uss, "n")
        await seen.look(track(world, east=4.0))
        assert not seen.north.uss.flights

    run(scene())


@pytest.mark.requirement("SC-PLR-13")
@pytest.mark.parametrize(
    ("identity", "is_it"),
    [
        (Identity(icao_address=0x4B1234), True),
        (Identity(callsign="n12 "), True),
        (Identity(icao_address=0x4B1234, callsign="N12", remote_id="drone-7"), True),
        (Identity(icao_address=0x4B9999, callsign="N12"), False),
        (Identity(icao_address=0x4B1234, callsign="OTHER"), False),
        (Identity(callsign="N123"), False),
        (Identity(), False),
    ],
)
def test_a_track_is_a_flights_when_it_fits_and_nothing_contradicts_it(identity: Identity, is_it: bool) -> None:
    async def scene() -> None:
        world = World()
        seen = Watched(world)
        await seen.plan("n", disc())
        await seen.look(track(world, east=3.0, identity=identity))
        assert seen.state() is (IntentState.NONCONFORMING if is_it else ACTIVATED)

    run(scene())


@pytest.mark.requirement("SC-PLR-13")
def test_of_two_tracks_the_one_that_fits_best_is_followed_whatever_their_order() -> None:
    async def scene() -> None:
        world = World()
        seen = Watched(world)
        await seen.plan("n", disc())
        both = (track(world, track_id="a"), track(world, east=5.0, track_id="b", identity=Identity(callsign="N12")))
        await seen.look(*both)
        await seen.look(*reversed([msgspec.structs.replace(one, time_s=world.clock.time_s) for one in both]))
        assert seen.state() is ACTIVATED

    run(scene())


@pytest.mark.requirement("SC-PLR-13")
@pytest.mark.parametrize("ago_s", [3_600.0, 61.0, -6.0])
def test_what_is_not_seen_now_says_nothing(ago_s: float) -> None:
    async def scene() -> None:
        world = World()
        seen = Watched(world)
        await seen.plan("n", disc())
        await seen.look(track(world, east=5.0, ago_s=ago_s))
        assert seen.state() is ACTIVATED
        assert seen.told() == []

    run(scene())


@pytest.mark.requirement("SC-PLR-13")
def test_a_flight_in_use_that_the_picture_loses_is_told_once_and_so_is_that_it_is_seen_again() -> None:
    async def scene() -> None:
        world = World()
        seen = Watched(world)
        await seen.plan("n", disc())
        await seen.plan("unwatched", disc(east=20.0), identities=())
        await seen.look(track(world))
        for _ in range(7):
            await seen.look(after_s=10.0)
        assert seen.told() == ["GEN0400"]
        await seen.look()
        await seen.look(track(world))
        assert seen.told() == ["GEN0400", "GEN0405"]
        assert seen.state() is ACTIVATED
        assert seen.told("unwatched") == []

    run(scene())


@pytest.mark.requirement("SC-PLR-13")
def test_an_aircraft_that_flies_another_leg_has_not_begun_the_next_one() -> None:
    async def scene() -> None:
        world = World()
        seen = Watched(world)
        await seen.plan("first", disc(for_s=300.0))
        await seen.plan("next", disc(east=20.0, from_s=10.0, for_s=600.0), state=IntentState.ACCEPTED)
        await seen.plan("later", disc(east=40.0, from_s=500.0, for_s=600.0), state=IntentState.ACCEPTED)
        world.clock.time_s += 20.0
        await seen.look(track(world))
        assert [seen.state(one) for one in ("first", "next", "later")] == [ACTIVATED] + [IntentState.ACCEPTED] * 2
        # The first has ended, and it still flies: that is the next one, not activated.
        await close_flight(seen.north.uss, "first")
        await seen.look(track(world))
        assert seen.state("next") is IntentState.NONCONFORMING
        assert seen.state("later") is IntentState.ACCEPTED

    run(scene())


@pytest.mark.requirement("SC-PLR-13")
@pytest.mark.parametrize(
    ("altitude_m", "datum", "outside", "inside"),
    [
        (75.0, AltitudeDatum.ELLIPSOID, False, True),
        (400.0, AltitudeDatum.ELLIPSOID, True, False),
        (150.0, AltitudeDatum.MSL_GEOID, False, True),
        (400.0, AltitudeDatum.MSL_GEOID, True, False),
        (800.0, AltitudeDatum.PRESSURE_STANDARD, False, True),
        (5_000.0, AltitudeDatum.PRESSURE_STANDARD, True, False),
        (None, None, False, True),
    ],
)
def test_a_height_says_as_much_as_its_datum_allows(
    altitude_m: float | None, datum: AltitudeDatum | None, outside: bool, inside: bool
) -> None:
    position = flown(track(World(), altitude_m=altitude_m, altitude_datum=datum))
    volumes = [prepare(disc())]
    assert (is_outside(volumes, position), is_inside(volumes, position)) == (outside, inside)


@pytest.mark.requirement("SC-PLR-13")
def test_an_aircraft_without_a_height_that_left_may_be_at_any_height() -> None:
    async def scene() -> None:
        world = World()
        seen = Watched(world)
        await seen.plan("n", disc())
        await seen.look(track(world, east=3.0, altitude_m=None, altitude_datum=None))
        shared = seen.north.uss.flights["n"].shared
        assert shared is not None
        (around,) = shared.intent.off_nominal_volumes
        assert around.lower_m == -500.0
        assert around.upper_m == 20_000.0
        assert world.clock.time_s > NOW_S

    run(scene())
