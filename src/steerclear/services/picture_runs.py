"""The start of a picture in the journal: everything that is needed to run the same picture on the same reports again.

A picture is deterministic from its start, so the row names the terms that are this side's own, the version of the
agreement that gives the others, the limits, and the place in the segment files where its reports begin.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final, get_type_hints

import msgspec

from steerclear.model.agreement import Agreement
from steerclear.store.entries import Append, Event
from steerclear.store.protocol import Journal
from steerclear.tactical import Picture, PictureLimits, Terms

PICTURE_RUN: Final = "picture.run"
"""Journal kind of the start of a picture."""
AGREED: Final = frozenset(
    {
        "parties",
        "horizontal_m",
        "vertical_m",
        "lookahead_s",
        "pair_minima",
        "areas",
        "time_in_breach",
        "zones",
        "zone_lookahead_s",
    }
)
"""Terms that the agreement gives."""

_ENCODER = msgspec.json.Encoder()


class PictureRunStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A picture began to run."""

    started_s: float
    """By the node's clock."""
    agreement_sha256: str
    own_terms: dict[str, Any]
    """The terms that are not the agreement's, as JSON."""
    terms_sha256: str
    """Over all terms, so that it shows when the same agreement gives others."""
    limits: PictureLimits
    software: str
    """Version of the package, and the SHA-256 over its sources."""
    live: bool
    """Whether its time was the node's; otherwise a recording was played."""
    segment: int
    record: int
    """Its first report stands in this segment, after so many records."""


def run_started(
    *,
    terms: Terms,
    limits: PictureLimits,
    agreement_sha256: str,
    software: str,
    live: bool,
    place: tuple[int, int],
    now_s: float,
) -> PictureRunStarted:
    """The start of a picture under `terms`; `place` is (segment, record) where its reports begin."""
    own = {name: msgspec.to_builtins(getattr(terms, name)) for name in Terms.__struct_fields__ if name not in AGREED}
    return PictureRunStarted(
        started_s=now_s,
        agreement_sha256=agreement_sha256,
        own_terms=own,
        terms_sha256=terms_digest(terms),
        limits=limits,
        software=software,
        live=live,
        segment=place[0],
        record=place[1],
    )


def run_event(run: PictureRunStarted) -> Event:
    """Its journal event."""
    return Event(PICTURE_RUN, _ENCODER.encode(run), run.started_s)


def announce_run(journal: Journal, run: PictureRunStarted) -> None:
    """Put the start of a picture into the journal, before its first step. Raises StoreError."""
    key = f"picture.run/{run.segment}/{run.record}/{journal.last_sequence()}"
    journal.append(Append(key=key, events=(run_event(run),)))


def terms_of(run: PictureRunStarted, agreement: Agreement) -> Terms:
    """The terms that a run had. Raises ValueError for terms that this software does not know, PictureError."""
    kinds = get_type_hints(Terms)
    unknown = sorted(run.own_terms.keys() - kinds.keys())
    if unknown:
        raise ValueError(f"the run had terms that this software does not know: {', '.join(unknown)}")
    own = {name: msgspec.convert(value, kinds[name]) for name, value in run.own_terms.items()}
    return Terms.from_agreement(agreement, **own)


def picture_of(run: PictureRunStarted, agreement: Agreement) -> Picture:
    """A picture that is about to begin that run again. Raises what `terms_of` raises."""
    return Picture(terms_of(run, agreement), run.limits)


def terms_digest(terms: Terms) -> str:
    """SHA-256 over all terms, in hex."""
    return sha256(_ENCODER.encode(terms)).hexdigest()
