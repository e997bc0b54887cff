"""A search of the store that leaves nothing out, or is refused."""

from __future__ import annotations

from steerclear.model.airspace import Entity
from steerclear.services.dss.faults import DirectoryRefusalError, Reason
from steerclear.services.dss.surveying import Survey, sought_places
from steerclear.store.airspace import AirspaceTransaction, Kind
from steerclear.store.limits import MAX_FOUND_ENTITIES


def all_found(transaction: AirspaceTransaction, kind: Kind, survey: Survey) -> list[Entity]:
    """Candidates of one search. Raises DirectoryRefusalError where the store may have left some out.

    Whoever is not found is not asked for in a key and is not told: better nothing is done than that.
    """
    found = transaction.found(kind, sought_places(survey))
    if len(found) >= MAX_FOUND_ENTITIES:
        raise DirectoryRefusalError(
            Reason.TOO_MANY, f"{len(found):,} or more {kind.name.lower()}s are about there: ask for a smaller volume"
        )
    return found
