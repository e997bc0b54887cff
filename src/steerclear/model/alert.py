"""Alerts: what the picture found, in the order in which it was found.

An alert is a life, not a moment: it is raised, changes severity, and is cleared; each change is one `AlertEvent`,
complete in itself, so that the other side can read any of them without having seen the ones before.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

from steerclear.model.track import Identity


class AlertKind(StrEnum):
    """What an alert is about."""

    SEPARATION = "separation"
    """Two aircraft are predicted to be, or are, closer than the agreed minima."""
    TIME_IN_BREACH = "time_in_breach"
    """Two aircraft have been closer than the tolerated distance for longer than the tolerated time."""
    ZONE = "zone"
    """An aircraft is predicted to enter, has entered, dwells in or has left a declared zone."""
    STALE_TRACK = "stale_track"
    """An aircraft that an open alert is about is no longer reported: silence is neither absence nor all-clear."""
    FEED_SILENT = "feed_silent"
    """A source of reports has stopped."""
    FEED_MISALIGNED = "feed_misaligned"
    """A source shows aircraft turned, displaced, late or too high against where other sources have them."""
    OVERLOAD = "overload"
    """There are too many aircraft close together to compare all pairs as far ahead as agreed."""


class Severity(IntEnum):
    """How soon a person must look; ordered."""

    INFORMATION = 0
    ADVISORY = 1
    CAUTION = 2
    WARNING = 3
    BREACH = 4
    """It is happening: loss of separation, inside the zone, tolerated time exceeded."""


class AlertChange(StrEnum):
    """What happened to the alert at this event."""

    RAISED = "raised"
    ESCALATED = "escalated"
    EASED = "eased"
    CLEARED = "cleared"
    """It is over, and somebody saw it: reports made since show it."""
    LAPSED = "lapsed"
    """Closed without an all-clear: not heard of for a long time. Nobody knows how it ended."""


class AlertSubject(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft of an alert, as it was known at the time of the event."""

    track_id: str
    identity: Identity
    party: str | None
    latitude_deg: float
    longitude_deg: float
    altitude_m: float | None
    east_mps: float
    north_mps: float
    up_mps: float
    report_time_s: float


class AlertNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """The figures behind an alert; None where a figure has no meaning for the kind."""

    horizontal_now_m: float | None = None
    vertical_now_m: float | None = None
    time_to_loss_s: float | None = None
    time_to_end_s: float | None = None
    time_to_closest_s: float | None = None
    horizontal_closest_m: float | None = None
    vertical_closest_m: float | None = None
    in_breach_s: float | None = None
    inside_s: float | None = None
    silent_s: float | None = None
    minimum_horizontal_m: float | None = None
    minimum_vertical_m: float | None = None
    rotation_deg: float | msgspec.UnsetType = msgspec.UNSET
    """Of a source that is out of alignment, as the four after it; clockwise. Left out of every other kind."""
    displaced_m: float | msgspec.UnsetType = msgspec.UNSET
    late_s: float | msgspec.UnsetType = msgspec.UNSET
    altitude_off_m: float | msgspec.UnsetType = msgspec.UNSET
    aircraft: int | msgspec.UnsetType = msgspec.UNSET
    """On how many it was seen."""


class AlertEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One change in the life of one alert."""

    alert_id: str
    kind: AlertKind
    change: AlertChange
    severity: Severity
    time_s: float
    """The picture's `now` at which the change was decided."""
    subjects: tuple[AlertSubject, ...]
    parties: tuple[str, ...]
    """Parties concerned, sorted: operators of the subjects and owner of the zone."""
    zone_id: str | None = None
    source: str | None = None
    numbers: AlertNumbers = AlertNumbers()
    reason: str = ""
    """One sentence for a person, in the field's words."""
