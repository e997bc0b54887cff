"""Why an aircraft may not be where the picture shows it: told with every question about it, and every stop for it."""

from __future__ import annotations

from steerclear.model.limits import MAX_TEXT_CHARS
from steerclear.model.track import Track, TrackAge


def doubt_about(track: Track, picture_s: float) -> str:
    """Why a track may not be where the picture of a time shows it, in words; empty where nothing says so."""
    words = []
    if track.place_doubtful:
        shown_by = ", ".join(track.sources)
        words.append(f"Only {shown_by} shows it, which is out of alignment: it is there, but not where it is shown.")
    if track.age not in (TrackAge.FRESH, TrackAge.COASTING):
        words.append(f"It was last heard {silent_s(track, picture_s):.0f} s ago: where it is now is not known.")
    return " ".join(words)


def silent_s(track: Track, picture_s: float) -> float:
    """For how long a track has not been heard."""
    return max(0.0, picture_s - track.time_s)


def with_doubt(text: str, doubt: str) -> str:
    """What a person has written, with the doubt behind it; what does not fit is the person's last words."""
    room = MAX_TEXT_CHARS - len(doubt) - 1 if doubt else MAX_TEXT_CHARS
    return " ".join(part for part in (text[:room], doubt) if part)
