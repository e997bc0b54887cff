"""Advice for one aircraft of ours, from the picture as it stands: asked for by a person, shown to that person.

Nothing is sent and nothing is stored: whoever flies decides. Another party's aircraft is not advised on.
"""

from __future__ import annotations

from collections.abc import Sequence

from steerclear.model.advice import Advice
from steerclear.model.track import Track
from steerclear.services.faults import LineRequestError, UnknownTrackError
from steerclear.tactical import Picture
from steerclear.tactical.advice import AdviceError, advise

_MAX_NAMED = 8


class AdviceRefusedError(LineRequestError):
    """No advice can be given as asked; the message says why."""


def advise_track(picture: Picture, us: str | None, name: str) -> Advice:
    """Advice for the aircraft that a person names: by track id, callsign, remote id or address.

    `us` is our party; None where no agreement says who is who, and then any aircraft may be asked about.
    Raises UnknownTrackError or AdviceRefusedError.
    """
    tracks = picture.tracks()
    own = find_track(tracks, name)
    if us is not None and own.party not in (us, None):
        raise AdviceRefusedError(
            f"{own.identity.label} is {own.party}'s aircraft: advice is for our own; ask {own.party} over the line"
        )
    try:
        off = [feed.source for feed in picture.feeds() if feed.alignment.state == "off"]
        return advise(own, tracks, picture.terms, picture.now_s, misaligned=off)
    except AdviceError as error:
        raise AdviceRefusedError(str(error)) from None


def find_track(tracks: Sequence[Track], name: str) -> Track:
    """The one aircraft with a name. Raises UnknownTrackError, with the candidates where there are several."""
    wanted = name.strip().casefold()
    found = [track for track in tracks if track.track_id.casefold() == wanted]
    if not found:
        found = [track for track in tracks if wanted in _names(track)]
    if not found:
        raise UnknownTrackError(f"the picture has no aircraft {name[:64]!r}; `steerclear watch` lists them")
    if len(found) > 1:
        ids = ", ".join(track.track_id for track in found[:_MAX_NAMED])
        raise UnknownTrackError(f"{len(found)} aircraft are called {name[:64]!r}; name one by its track: {ids}")
    return found[0]


def _names(track: Track) -> set[str]:
    identity = track.identity
    names = {identity.callsign, identity.remote_id}
    if identity.icao_address is not None:
        names.add(f"{identity.icao_address:06x}")
    return {name.strip().casefold() for name in names if name}
