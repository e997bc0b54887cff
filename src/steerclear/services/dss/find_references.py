"""Read references: one by its id, or all that overlap a volume."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

import msgspec

from steerclear.model.airspace import ConstraintReference, IntentReference
from steerclear.services.dss.directory import Directory
from steerclear.services.dss.faults import DirectoryRefusalError, Reason, unknown
from steerclear.services.dss.limits import MAX_ANSWER_REFERENCES, MAX_AREA_M2
from steerclear.services.dss.referring import Referring
from steerclear.services.dss.surveying import Survey, check_area
from steerclear.store.airspace import AirspaceTransaction, Kind

Reference = TypeVar("Reference", IntentReference, ConstraintReference)


class Found(msgspec.Struct, Generic[Reference], frozen=True):
    """References, with what has been declared about their managers."""

    references: tuple[Reference, ...]
    referring: Referring


def get_intent(directory: Directory, entity_id: str) -> Future[Found[IntentReference]]:
    """One operational intent reference, also one that has ended. The future raises DirectoryRefusalError."""
    return directory.read(_one(Kind.INTENT, IntentReference, entity_id, "operational intent"))


def get_constraint(directory: Directory, entity_id: str) -> Future[Found[ConstraintReference]]:
    """One constraint reference, also one that has ended. The future raises DirectoryRefusalError."""
    return directory.read(_one(Kind.CONSTRAINT, ConstraintReference, entity_id, "constraint"))


def query_intents(directory: Directory, survey: Survey) -> Future[Found[IntentReference]]:
    """Operational intents that overlap a volume, past ones too. Raises DirectoryRefusalError."""
    check_area(survey, MAX_AREA_M2)
    return directory.read(lambda tx: _found(directory.intents_within(tx, survey), tx))


def query_constraints(directory: Directory, survey: Survey) -> Future[Found[ConstraintReference]]:
    """Constraints that overlap a volume, past ones too. Raises DirectoryRefusalError."""
    check_area(survey, MAX_AREA_M2)
    return directory.read(lambda tx: _found(directory.constraints_within(tx, survey), tx))


def _one(
    kind: Kind, type_: type[Reference], entity_id: str, name: str
) -> Callable[[AirspaceTransaction], Found[Reference]]:
    def work(transaction: AirspaceTransaction) -> Found[Reference]:
        entity = transaction.get(kind, entity_id)
        if not isinstance(entity, type_):
            raise unknown(f"there is no such {name}")
        return Found((entity,), Referring(transaction.declared()))

    return work


def _found(references: list[Reference], transaction: AirspaceTransaction) -> Found[Reference]:
    if len(references) >= MAX_ANSWER_REFERENCES:
        raise DirectoryRefusalError(Reason.TOO_MANY, "too many references there for one answer: ask for less")
    return Found(tuple(references), Referring(transaction.declared()))
