"""Our flights followed by the tracks of a node's picture: those that are one of a flight's declared identities.

A track is a flight's when something of its identity is declared and nothing of it contradicts what is; where several
are, the one that fits best. Only what is seen now counts: a replayed day, or a feed that hangs, says nothing of where
an aircraft is. Heights of other datums are as uncertain as the datum makes them. That the picture has lost a flight in
use is told to its user: unseen is not conforming.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from steerclear.geodesy.vertical import LARGEST_UNDULATION_M, sea_level_bounds
from steerclear.model.track import AltitudeDatum, Identity, Track
from steerclear.services.uss.context import Uss
from steerclear.services.uss.flight_events import Flight
from steerclear.services.uss.limits import MAX_CLOCK_DIFFERENCE_S, TELEMETRY_AGE_S
from steerclear.services.uss.tell_user import UserDesk
from steerclear.services.uss.watch_flights import Watch
from steerclear.strategic.conformance import FlownPosition
from steerclear.strategic.uss_conflicts import IN_FLIGHT

FOLLOW_EVERY_S: Final = 1.0
"""Time between two looks at the picture."""


class PictureFollower:
    """Hands the picture's tracks of our flights to the conformance monitoring."""

    def __init__(self, uss: Uss, users: UserDesk, watch: Watch, tracks: Callable[[], Sequence[Track]]) -> None:
        """`tracks` gives every aircraft of the picture at its last step, from any thread."""
        self._uss = uss
        self._users = users
        self._watch = watch
        self._tracks = tracks
        self._seen: dict[str, float] = {}
        """By flight: time of the newest track, or when it was first looked for."""
        self._handed_on: dict[str, float] = {}
        self._lost: set[str] = set()

    async def run(self) -> None:
        """Follow until cancelled. Raises the store's errors."""
        while True:
            await self.tick()
            await asyncio.sleep(FOLLOW_EVERY_S)

    async def tick(self) -> None:
        """One look at the picture. Raises the store's errors."""
        flights = [one for one in self._uss.flights.values() if one.shared is not None and _identities(one)]
        for flight_id in self._seen.keys() - {one.flight_id for one in flights}:
            self._seen.pop(flight_id)
            self._handed_on.pop(flight_id, None)
            self._lost.discard(flight_id)
        if not flights:
            return
        tracks = _Tracks(await asyncio.to_thread(self._tracks))
        now_s = self._uss.clock.now_s()
        taken: set[str] = set()
        for flight in sorted(flights, key=_in_use, reverse=True):
            track = tracks.best(_identities(flight), now_s)
            self._seen.setdefault(flight.flight_id, now_s)
            if track is not None and self._is_of(track, flight, taken, now_s):
                taken.add(track.track_id)
                self._seen[flight.flight_id] = track.time_s
                if self._handed_on.get(flight.flight_id) != track.time_s:
                    self._handed_on[flight.flight_id] = track.time_s
                    self._watch.report(flight.flight_id, [flown(track)])
            await self._tell_whether_seen(flight, now_s)

    def _is_of(self, track: Track, flight: Flight, taken: set[str], now_s: float) -> bool:
        """Whether a track that fits shows a flight: an aircraft that flies another one of ours, or flies before the
        time of its next one, has not begun that.
        """
        if flight.flight_id not in self._uss.flights or flight.shared is None:
            return False
        from_s, until_s = flight.shared.reference.from_s, flight.shared.reference.until_s
        return _in_use(flight) or (track.track_id not in taken and from_s <= now_s <= until_s)

    async def _tell_whether_seen(self, flight: Flight, now_s: float) -> None:
        """Once for each spell without a track, while the flight is in use."""
        unseen = now_s - self._seen[flight.flight_id] > TELEMETRY_AGE_S
        if unseen and _in_use(flight) and flight.flight_id not in self._lost:
            self._lost.add(flight.flight_id)
            words = (
                f"the picture has not shown the flight for {TELEMETRY_AGE_S:.0f} s: whether it conforms is not known"
            )
            await self._users.tell(flight.flight_id, "GEN0400", now_s, words)
        elif not unseen and flight.flight_id in self._lost:
            self._lost.discard(flight.flight_id)
            await self._users.tell(flight.flight_id, "GEN0405", now_s, "the picture shows the flight again")


class _Tracks:
    """The tracks of one look, by each part of their identity."""

    def __init__(self, tracks: Iterable[Track]) -> None:
        self._by_part: dict[tuple[str, object], list[Track]] = {}
        for track in tracks:
            for part in _parts(track.identity):
                self._by_part.setdefault(part, []).append(track)

    def best(self, identities: Sequence[Identity], now_s: float) -> Track | None:
        """The track of one of these identities that is seen now and fits best; of equals the newest."""
        found = [
            (len(set(_parts(identity)).intersection(_parts(track.identity))), track.time_s, track.track_id, track)
            for identity in identities
            for part in _parts(identity)
            for track in self._by_part.get(part, ())
            if -TELEMETRY_AGE_S <= track.time_s - now_s <= MAX_CLOCK_DIFFERENCE_S and not _contradict(identity, track)
        ]
        return max(found, key=lambda one: one[:3])[3] if found else None


def flown(track: Track) -> FlownPosition:
    """A track as a position: its height above the ellipsoid as far as it can be known."""
    height_m, uncertainty_m = _above_ellipsoid(track.altitude_m, track.altitude_datum)
    return FlownPosition(
        measured_s=track.time_s,
        latitude_deg=track.latitude_deg,
        longitude_deg=track.longitude_deg,
        height_m=height_m,
        datum_uncertainty_m=uncertainty_m,
        airborne=not track.on_ground,
    )


def _above_ellipsoid(altitude_m: float | None, datum: AltitudeDatum | None) -> tuple[float | None, float]:
    if altitude_m is None or datum is None:
        return None, 0.0
    if datum is AltitudeDatum.ELLIPSOID:
        return altitude_m, 0.0
    low_m, high_m = sea_level_bounds(altitude_m) if datum is AltitudeDatum.PRESSURE_STANDARD else (altitude_m,) * 2
    return (low_m + high_m) / 2.0, (high_m - low_m) / 2.0 + LARGEST_UNDULATION_M


def _in_use(flight: Flight) -> bool:
    return flight.shared is not None and flight.shared.reference.state in IN_FLIGHT


def _identities(flight: Flight) -> tuple[Identity, ...]:
    return () if flight.shared is None else flight.shared.intent.identities


def _parts(identity: Identity) -> Iterator[tuple[str, object]]:
    if identity.icao_address is not None:
        yield "icao_address", identity.icao_address
    if identity.callsign:
        yield "callsign", identity.callsign.strip().upper()
    if identity.remote_id:
        yield "remote_id", identity.remote_id.strip()


def _contradict(identity: Identity, track: Track) -> bool:
    declared, seen = dict(_parts(identity)), dict(_parts(track.identity))
    return any(declared[name] != seen[name] for name in declared.keys() & seen.keys())
