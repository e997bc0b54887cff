"""What the timeline page shows; times are POSIX UTC seconds, distances metres, positions WGS84 degrees."""

from __future__ import annotations

import msgspec


class FlownTrack(msgspec.Struct, frozen=True, kw_only=True):
    """The flown path of one aircraft."""

    label: str
    party: str | None
    points: tuple[tuple[float, float, float, float | None], ...]
    """(time_s, latitude_deg, longitude_deg, altitude_m), in time order."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of traffic."""

    name: str
    note: str
    from_s: float
    until_s: float
    tracks: tuple[FlownTrack, ...]


class AlertStep(msgspec.Struct, frozen=True, kw_only=True):
    """One change in an alert's life."""

    time_s: float
    change: str
    severity: str
    reason: str
    places: tuple[tuple[float, float], ...]
    """Where the aircraft were: (latitude_deg, longitude_deg)."""


class AlertLife(msgspec.Struct, frozen=True, kw_only=True):
    """One alert from raised to cleared, as one side saw it."""

    alert_id: str
    kind: str
    seen_by: str
    recording: str
    subjects: tuple[str, ...]
    parties: tuple[str, ...]
    worst: str
    steps: tuple[AlertStep, ...]


class LineMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message on the line; received, acknowledged and unanswered are kept apart."""

    message_id: str
    kind: str
    from_party: str
    to_party: str
    text: str
    sent_s: float
    state: str
    received_s: float | None = None
    acknowledged_s: float | None = None
    acknowledged_by: str | None = None
    due_s: float | None = None
    alert_id: str | None = None


class LogProof(msgspec.Struct, frozen=True, kw_only=True):
    """One direction's log as the verifier found it."""

    log: str
    size: int
    root: str
    cosigned_by: str


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was checked, and how it came out."""

    text: str
    holds: bool
    detail: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on the page."""

    title: str
    subtitle: str
    parties: tuple[tuple[str, str], ...]
    """(party id, name), in the order of their colours."""
    recordings: tuple[Recording, ...]
    alerts: tuple[AlertLife, ...]
    messages: tuple[LineMessage, ...]
    proofs: tuple[LogProof, ...]
    claims: tuple[Claim, ...]
