"""Advice for one aircraft of ours, from the picture as it stands: asked for by a person, shown to that person.

Nothing is sent and nothing is stored: whoever flies decides. Another party's aircraft is not advised on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from steerclear.model.advice import Advice
from steerclear.model.agreement import Agreement
from steerclear.model.track import Track
from steerclear.model.zone import Zone
from steerclear.services.faults import LineRequestError, UnknownTrackError
from steerclear.services.replay_sources import scans
from steerclear.services.report_sources import OpenedSources, SourceUsageError
from steerclear.tactical import Picture, Terms
from steerclear.tactical.advice import AdviceError, advise

_MAX_NAMED: Final = 8
BEFORE_S: Final = 900.0


class AdviceRefusedError(LineRequestError):
    """No advice can be given as asked; the message says why."""


def advise_track(picture: Picture, us: str | None, name: str, declared: Sequence[Zone] = ()) -> Advice:
    """Advice for the aircraft that a person names: by track id, callsign, remote id or address.

    `us` is our party; None where no agreement says who is who, and then any aircraft may be asked about. `declared`:
    zones beside those of the agreement. Raises UnknownTrackError or AdviceRefusedError.
    """
    tracks = picture.tracks()
    own = find_track(tracks, name)
    if us is not None and own.party not in (us, None):
        raise AdviceRefusedError(
            f"{own.identity.label} is {own.party}'s aircraft: advice is for our own; ask {own.party} over the line"
        )
    try:
        terms = msgspec.structs.replace(picture.terms, zones=(*picture.terms.zones, *declared))
        return advise(own, tracks, terms, picture.now_s, misaligned=picture.misaligned())
    except AdviceError as error:
        raise AdviceRefusedError(str(error)) from None


def advise_recorded(opened: OpenedSources, agreement: Agreement | None, at_s: float | None, name: str) -> Advice:
    """Advice from recordings as a picture of them stood at a time, or at their end; any aircraft may be asked about.

    What was received in the BEFORE_S before is played, which is more than anything of the picture remembers.
    Raises UnknownTrackError, AdviceRefusedError, SourceUsageError for live sources, SourceError.
    """
    if opened.live:
        raise SourceUsageError("a live feed cannot be asked at a time; ask the running node, or name recordings")
    terms = Terms(sites=opened.sites) if agreement is None else Terms.from_agreement(agreement, sites=opened.sites)
    picture = Picture(terms)
    from_s = None if at_s is None else at_s - BEFORE_S
    for scan in scans(opened.recorded, scan_period_s=terms.scan_period_s, from_s=from_s, until_s=at_s):
        picture.advance(scan.reports, scan.now_s)
    return advise_track(picture, None, name)


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
