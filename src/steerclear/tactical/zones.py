"""Aircraft and declared zones: predicted entry, entry, dwell and exit, scan by scan, into alerts.

The owner's own aircraft are expected in its zone and are no alert. On the way in it is an advisory, then a caution;
inside, a warning; inside for the zone's `dwell_s`, a breach. With a dwell of 0 the entry is the breach.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from steerclear.model.alert import AlertChange, AlertKind, AlertNumbers, Severity
from steerclear.model.limits import MAX_ZONES
from steerclear.model.zone import Zone
from steerclear.tactical.faults import PictureError
from steerclear.tactical.life import Life, LifeState, Persistence
from steerclear.tactical.parties import Fleets
from steerclear.tactical.register import Register, alert_id
from steerclear.tactical.table import TrackTable
from steerclear.tactical.terms import Terms
from steerclear.tactical.zonescan import Presence, ZoneScan


class _Visit:
    """What is kept of one aircraft that is in a zone, on its way into it, or just was."""

    __slots__ = (
        "alert_id",
        "enters_in_s",
        "inside_since_s",
        "inside_until_s",
        "life",
        "outside_since_s",
        "slot",
        "zone",
    )

    def __init__(self, zone: Zone, slot: int, persistence: Persistence) -> None:
        self.zone = zone
        self.slot = slot
        self.life = Life(persistence)
        self.alert_id = ""
        self.enters_in_s = 0.0
        self.inside_since_s: float | None = None
        self.inside_until_s = 0.0
        self.outside_since_s: float | None = None
        """Since when it was seen outside; silence is not being seen outside."""

    def inside_s(self) -> float | None:
        """For how long it has been inside, None if it has not been."""
        return None if self.inside_since_s is None else self.inside_until_s - self.inside_since_s


class ZoneWatch:
    """Alerts of kind ZONE."""

    def __init__(
        self, table: TrackTable, register: Register, fleets: Fleets, terms: Terms, zones: Sequence[Zone]
    ) -> None:
        if len(zones) > MAX_ZONES:
            raise PictureError(f"{len(zones)} zones in the terms: at most {MAX_ZONES} are watched in one picture")
        self._table = table
        self._register = register
        self._terms = terms
        self._zones = tuple(zones)
        self._owners = [fleets.ids.index(zone.party) if zone.party in fleets.ids else None for zone in zones]
        self._scan = ZoneScan(table, terms, zones)
        self._persistence = Persistence.of(terms)
        self._visits: dict[tuple[int, int], _Visit] = {}

    def scan(self, now_s: float) -> None:
        """Look at all zones at `now_s` and write what a person must be told."""
        table = self._table
        present = set()
        for presence in self._scan.find(now_s):
            owner = self._owners[presence.zone]
            if owner is not None and table.party[presence.slot] == owner:
                continue
            key = presence.zone, presence.slot
            present.add(key)
            visit = self._visits.get(key)
            if visit is None:
                visit = self._visits[key] = _Visit(self._zones[presence.zone], presence.slot, self._persistence)
            self._present(visit, presence, now_s)
        for key in [key for key in self._visits if key not in present]:
            self._not_present(key, now_s)

    def forget(self, slots: Set[int]) -> None:
        """The slots' tracks are dropped; only visits that are no alert can still be about them."""
        for key in [key for key in self._visits if key[1] in slots]:
            del self._visits[key]

    def _present(self, visit: _Visit, presence: Presence, now_s: float) -> None:
        visit.enters_in_s = presence.enters_in_s
        inside = presence.enters_in_s == 0.0
        if inside:
            if visit.inside_since_s is None or self._was_away(visit, now_s):
                visit.inside_since_s = now_s
            visit.inside_until_s = now_s
            visit.outside_since_s = None
        elif visit.outside_since_s is None:
            visit.outside_since_s = now_s
        if not visit.life.is_alert and not self._register.has_room:
            return
        certain = inside and now_s <= self._table.fresh_until[visit.slot]
        severity = self._severity(visit, inside)
        change = visit.life.predicted(severity, certain, self._table.time[visit.slot], now_s)
        if change is not None:
            self._write(presence.zone, visit, change, now_s)

    def _was_away(self, visit: _Visit, now_s: float) -> bool:
        # As for pairs in breach: a short step over the edge and back does not begin the dwell anew.
        return visit.outside_since_s is not None and now_s - visit.outside_since_s >= self._terms.ease_after_s

    def _severity(self, visit: _Visit, inside: bool) -> Severity:
        if inside:
            return Severity.BREACH if (visit.inside_s() or 0.0) >= visit.zone.dwell_s else Severity.WARNING
        return Severity.CAUTION if visit.enters_in_s <= self._terms.caution_within_s else Severity.ADVISORY

    def _not_present(self, key: tuple[int, int], now_s: float) -> None:
        visit = self._visits[key]
        time_s = self._table.time[visit.slot]
        if self._table.coast_until[visit.slot] < now_s:
            change = visit.life.silent(now_s)
        else:
            if visit.outside_since_s is None:
                visit.outside_since_s = now_s
            change = visit.life.clean(time_s, time_s, now_s)
        if change is not None:
            self._write(key[0], visit, change, now_s)
        if visit.life.state is LifeState.QUIET:
            del self._visits[key]

    def _write(self, index: int, visit: _Visit, change: AlertChange, now_s: float) -> None:
        zone, slot = visit.zone, visit.slot
        if change is AlertChange.RAISED:
            visit.alert_id = alert_id(AlertKind.ZONE, now_s, zone.zone_id, self._table.known(slot).track_id)
        over = change in (AlertChange.CLEARED, AlertChange.LAPSED)
        self._register.write(
            visit.alert_id,
            AlertKind.ZONE,
            change,
            visit.life.severity,
            now_s,
            slots=(slot,),
            owner=self._owners[index],
            zone_id=zone.zone_id,
            numbers=AlertNumbers(
                time_to_loss_s=None if over else visit.enters_in_s,
                inside_s=visit.inside_s(),
            ),
            reason=self._reason(visit, change, now_s),
        )

    def _reason(self, visit: _Visit, change: AlertChange, now_s: float) -> str:
        zone, inside_s = visit.zone, visit.inside_s()
        label = self._register.placed(visit.slot, now_s, None).label
        if change is AlertChange.LAPSED:
            return f"closed without an all-clear after {self._terms.lapse_after_s:.0f} s: {label} was not heard again"
        if change is AlertChange.CLEARED:
            if zone.until_s < now_s:
                return f"{zone.name} is no longer in force"
            if inside_s is None:
                return f"{label} is no longer expected to enter {zone.name}"
            if self._table.known(visit.slot).on_ground:
                return f"{label} is on the ground, after {inside_s:.0f} s inside {zone.name}"
            return f"{label} has left {zone.name} after {inside_s:.0f} s"
        if visit.enters_in_s > 0.0:
            back = "" if inside_s is None else " again"
            if now_s < zone.from_s and visit.enters_in_s <= zone.from_s - now_s + 1.0:
                words = f"{zone.name} comes into force in {visit.enters_in_s:.0f} s with {label} inside"
            else:
                words = f"{label} enters {zone.name}{back} in {visit.enters_in_s:.0f} s"
            words += " if it flies straight on"
        elif inside_s and zone.dwell_s:
            words = f"{label} has been inside {zone.name} for {inside_s:.0f} s"
        else:
            words = f"{label} is inside {zone.name}"
        if self._register.altitude_m(visit.slot, now_s) is None:
            words += "; its altitude is unknown and taken to be within the zone's"
        return words
