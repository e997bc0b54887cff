"""What a desk sees of the picture; light to import, so that a node without a picture does not pay for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from steerclear.model.advice import Advice
from steerclear.model.alert import AlertEvent
from steerclear.model.feed_alignment import FeedAlignment
from steerclear.model.identification import Approach, IdentificationCase, TrackIdentification
from steerclear.model.track import Track
from steerclear.model.zone import Zone


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """One source as a desk sees it."""

    name: str
    format: str
    state: str
    detail: str
    reports: int
    set_aside: int
    dropped: int
    alignment: FeedAlignment
    """How it lies against the other sources, where that is known; "not known" is not "in alignment"."""


class PictureView(msgspec.Struct, frozen=True, kw_only=True):
    """The picture at its last step; `now_s` is None before the first."""

    now_s: float | None
    ended: bool
    """Every recording has been played to its end."""
    tracks: int
    open_alerts: tuple[AlertEvent, ...]
    sources: tuple[SourceView, ...]


class ShownPicture(Protocol):
    """A picture that can be looked at while it runs; from any thread."""

    def view(self) -> PictureView:
        """The picture at its last step."""
        ...

    def tracks(self) -> tuple[Track, ...]:
        """Every aircraft at the last step."""
        ...

    def advice(self, us: str, name: str, declared: Sequence[Zone] = ()) -> Advice:
        """Advice for the aircraft of ours that a person names, clear of declared zones too.

        Raises LineRequestError where none can be given.
        """
        ...

    @property
    def identify(self) -> KnownTracks | None:
        """What is known of the tracks; None for a picture without identification."""
        ...


class KnownTracks(Protocol):
    """What is known of every track of a picture; from any thread."""

    @property
    def now_s(self) -> float:
        """The picture's time at its last step."""
        ...

    def known(self) -> list[tuple[Track, TrackIdentification]]:
        """Every track with what is known of it, by track id."""
        ...

    def approaches(self, track_id: str) -> tuple[Approach, ...]:
        """What a track is in or heads for."""
        ...

    def track(self, track_id: str) -> Track:
        """One track."""
        ...

    def ask(self, track_id: str, desk_id: str, function: str, text: str = "") -> IdentificationCase:
        """Ask every party about one track."""
        ...
