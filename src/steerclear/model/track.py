"""What a surveillance source says about an aircraft, and the track made of it.

Frame: WGS84 latitude and longitude in degrees; velocity east, north and up in m/s; time as POSIX UTC seconds.
An altitude is never a bare number: the datum is part of the field's name, because two altitudes of different
datums must not be compared silently.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class AltitudeDatum(StrEnum):
    """The surface an altitude is measured from."""

    PRESSURE_STANDARD = "pressure_standard"
    """Barometric, 1013.25 hPa: flight levels and Mode S/ADS-B barometric altitude."""
    ELLIPSOID = "ellipsoid"
    """Geometric, above the WGS84 ellipsoid: GNSS height."""
    MSL_GEOID = "msl_geoid"
    """Geometric, above mean sea level (the geoid)."""


class TrackReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report of one source about one aircraft; absent values are None, never zero.

    `time_s` is the time of applicability (when the aircraft was there); `receipt_time_s` is when this side
    learned of it. Both are kept because the difference is evidence.
    """

    source: str
    time_s: float
    receipt_time_s: float
    latitude_deg: float
    longitude_deg: float
    pressure_altitude_m: float | None = None
    ellipsoid_altitude_m: float | None = None
    east_mps: float | None = None
    north_mps: float | None = None
    up_mps: float | None = None
    icao_address: int | None = None
    callsign: str | None = None
    remote_id: str | None = None
    source_track: str | None = None
    """The source's own track number, the key of last resort when nothing else identifies the aircraft."""
    on_ground: bool | None = None
    horizontal_accuracy_m: float | None = None
    """95 % containment radius of the position, where the source declares one."""
    vertical_accuracy_m: float | None = None


class TrackAge(StrEnum):
    """How much a track's last report still says about now."""

    FRESH = "fresh"
    COASTING = "coasting"
    STALE = "stale"
    DROPPED = "dropped"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of who an aircraft is; any of it may be missing or false."""

    icao_address: int | None = None
    callsign: str | None = None
    remote_id: str | None = None

    @property
    def label(self) -> str:
        """The short name a person uses for the aircraft: callsign, else remote id, else address in hex."""
        if self.callsign:
            return self.callsign
        if self.remote_id:
            return self.remote_id
        if self.icao_address is not None:
            return f"{self.icao_address:06x}"
        return "unidentified"


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft in the picture, at the time of the picture's last step."""

    track_id: str
    identity: Identity
    party: str | None
    """The party that the agreement's fleet rules name as the operator's; None where no rule matches."""
    age: TrackAge
    time_s: float
    """Time of applicability of the last report used."""
    latitude_deg: float
    longitude_deg: float
    altitude_m: float | None
    altitude_datum: AltitudeDatum | None
    east_mps: float
    north_mps: float
    up_mps: float
    on_ground: bool
    sources: tuple[str, ...]
    place_doubtful: bool = False
    """Every source that shows it is known to be out of alignment: it is, but not where it is shown."""
