"""What an importer makes of a person's file: a plan that nobody has declared yet, and what was assumed to make it."""

from __future__ import annotations

import msgspec

from steerclear.model.track import Identity
from steerclear.model.vocabulary import AircraftKind
from steerclear.model.volumes import Volume4D


class PlanDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it was read, before it has a name, a party and a state."""

    title: str
    volumes: tuple[Volume4D, ...]
    off_nominal_volumes: tuple[Volume4D, ...] = ()
    """Only where the file tells of an aircraft that does not conform."""
    priority: int = 0
    kind: AircraftKind = AircraftKind.UNCREWED
    identities: tuple[Identity, ...] = ()
    source: str
    """Where it comes from, in words: format, file and what was taken of it."""
    assumptions: tuple[str, ...] = ()
    """What the file did not say and the importer supplied, one sentence each; shown before anything is declared."""
