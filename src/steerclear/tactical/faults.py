"""What the picture refuses: a caller's mistake is raised, a report's defect is counted under its reason."""

from enum import StrEnum


class PictureError(ValueError):
    """The caller's fault: terms out of range, or a `now` that goes back."""


class SetAside(StrEnum):
    """Why a report, or a part of it, did not enter the picture."""

    AHEAD_OF_CLOCK = "ahead_of_clock"
    """Its time of applicability is later than this side's clock allows: one of the two clocks is wrong."""
    TOO_OLD = "too_old"
    """Its time of applicability is too long ago to say anything about now, or one of the clocks is wrong."""
    BAD_POSITION = "bad_position"
    """Latitude or longitude are not on the Earth."""
    BAD_TEXT = "bad_text"
    """The source's name, a callsign, remote id or track number is empty or too long."""
    UNIDENTIFIED = "unidentified"
    """Nothing tells which aircraft it is about: no address, remote id, callsign or track number."""
    DUPLICATE = "duplicate"
    """The same source said the same before."""
    LATE = "late"
    """A newer report of the same aircraft is already in the picture."""
    REPEATED_POSITION = "repeated_position"
    """It claims to fly but stands where the last report stood: a receiver that repeats its last position."""
    CONTESTED = "contested"
    """Its identity is already claimed elsewhere, out of reach; held until the claim is confirmed by more reports."""
    TOO_MANY_CLAIMS = "too_many_claims"
    """Its identity is already claimed at as many places as the limit allows."""
    TOO_MANY_TRACKS = "too_many_tracks"
    TOO_MANY_REPORTS = "too_many_reports"
    TOO_MANY_SOURCES = "too_many_sources"
    VELOCITY_REFUSED = "velocity_refused"
    """The report was used, its velocity was not: not a number, or faster than anything that flies in air."""
    ALTITUDE_REFUSED = "altitude_refused"
    """The report was used, its altitude was not: not a number, or out of range."""
