"""Open alerts: their ids, their last events, and the aircraft that are held because of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256
from math import isnan

from steerclear.model.alert import AlertChange, AlertEvent, AlertKind, AlertNumbers, AlertSubject, Severity
from steerclear.tactical.encounter import Placed
from steerclear.tactical.parties import Fleets
from steerclear.tactical.reckoning import move
from steerclear.tactical.table import TrackTable


class Register:
    """Every alert that a person has been told of and that is not over; writes the events."""

    def __init__(self, table: TrackTable, fleets: Fleets, max_open: int) -> None:
        self.open: dict[str, AlertEvent] = {}
        self.full = 0
        """Alerts that were not raised because as many as allowed were open."""
        self._table = table
        self._fleets = fleets
        self._max_open = max_open
        self._slots: dict[str, tuple[int, ...]] = {}
        self._events: list[AlertEvent] = []

    @property
    def has_room(self) -> bool:
        """Whether another alert may be raised; counts the one that may not."""
        if len(self.open) < self._max_open:
            return True
        self.full += 1
        return False

    def gravest_by_slot(self, kinds: Collection[AlertKind]) -> dict[int, Severity]:
        """Slots of all aircraft that open alerts of these kinds are about, with the gravest severity of each."""
        gravest: dict[int, Severity] = {}
        for alert_id, slots in self._slots.items():
            event = self.open[alert_id]
            if event.kind in kinds:
                for slot in slots:
                    gravest[slot] = max(event.severity, gravest.get(slot, event.severity))
        return gravest

    def write(
        self,
        alert_id: str,
        kind: AlertKind,
        change: AlertChange,
        severity: Severity,
        now_s: float,
        *,
        slots: Sequence[int] = (),
        owner: int | None = None,
        zone_id: str | None = None,
        source: str | None = None,
        numbers: AlertNumbers | None = None,
        reason: str = "",
    ) -> AlertEvent:
        """Write one event, keep it while its alert is open, and hold its aircraft for as long."""
        indices = [int(self._table.party[slot]) for slot in slots]
        if owner is not None:
            indices.append(owner)
        event = AlertEvent(
            alert_id=alert_id,
            kind=kind,
            change=change,
            severity=severity,
            time_s=now_s,
            subjects=tuple(self.subject(slot, now_s) for slot in slots),
            parties=self._fleets.concerned(indices),
            zone_id=zone_id,
            source=source,
            numbers=numbers or AlertNumbers(),
            reason=reason,
        )
        if change in (AlertChange.CLEARED, AlertChange.LAPSED):
            del self.open[alert_id]
            for slot in self._slots.pop(alert_id):
                self._table.known(slot).pins -= 1
        else:
            self.open[alert_id] = event
            if alert_id not in self._slots:
                self._slots[alert_id] = tuple(slots)
                for slot in slots:
                    self._table.known(slot).pins += 1
        self._events.append(event)
        return event

    def take_events(self) -> tuple[AlertEvent, ...]:
        """The events written since the last call, in an order that depends only on their content."""
        events = tuple(sorted(self._events, key=lambda event: (-event.severity, event.kind, event.alert_id)))
        self._events.clear()
        return events

    def placed(self, slot: int, now_s: float, altitude_m: float | None) -> Placed:
        """The aircraft flown on to `now_s`, with the altitude that the check used."""
        table = self._table
        latitude, longitude = move(
            table.latitude[slot],
            table.longitude[slot],
            table.east[slot],
            table.north[slot],
            self.believed_seconds(slot, now_s),
        )
        label = table.known(slot).identity.label
        if label == "unidentified":
            label = table.known(slot).track_id
        return Placed(label, latitude, longitude, altitude_m, table.east[slot], table.north[slot], table.up[slot])

    def believed_seconds(self, slot: int, now_s: float) -> float:
        """How long the aircraft is flown straight on: to `now_s`, but not beyond the time it is believed."""
        table = self._table
        return min(now_s, max(table.coast_until[slot], table.time[slot])) - table.time[slot]

    def altitude_m(self, slot: int, now_s: float) -> float | None:
        """The altitude to show: pressure where known, else ellipsoid."""
        table = self._table
        for column in (table.pressure, table.ellipsoid):
            altitude = column[slot]
            if not isnan(altitude):
                return float(altitude + table.up[slot] * self.believed_seconds(slot, now_s))
        return None

    def subject(self, slot: int, now_s: float) -> AlertSubject:
        """The aircraft as it is known now."""
        table = self._table
        names = table.known(slot)
        placed = self.placed(slot, now_s, self.altitude_m(slot, now_s))
        return AlertSubject(
            track_id=names.track_id,
            identity=names.identity,
            party=self._fleets.name(int(table.party[slot])),
            latitude_deg=placed.latitude_deg,
            longitude_deg=placed.longitude_deg,
            altitude_m=placed.altitude_m,
            east_mps=placed.east_mps,
            north_mps=placed.north_mps,
            up_mps=placed.up_mps,
            report_time_s=table.time[slot],
        )


def alert_id(kind: AlertKind, raised_s: float, *about: str) -> str:
    """An id made of what the alert is about and when it was raised: the same picture gives the same id."""
    content = "\x1f".join((kind.value, repr(raised_s), *about))
    return f"{kind.value}-{raised_s:.0f}-{sha256(content.encode()).hexdigest()[:12]}"
