"""Create, change and remove the reference of a constraint."""

from __future__ import annotations

from concurrent.futures import Future

import msgspec

from steerclear.model.airspace import ConstraintReference
from steerclear.services.dss.directory import Directory
from steerclear.services.dss.faults import invalid, not_allowed, not_current, unknown
from steerclear.services.dss.limits import MAX_CONSTRAINT_AREA_M2
from steerclear.services.dss.notify import Subscriber, for_constraints, subscribers
from steerclear.services.dss.referring import Referring
from steerclear.services.dss.surveying import Survey, check_area, stored_places
from steerclear.store.airspace import AirspaceTransaction, Kind, Placed


class ConstraintRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A constraint reference as its client wants it; `ovn` None for a new one."""

    client: str
    entity_id: str
    ovn: str | None
    uss_base_url: str
    survey: Survey


class ConstraintChanged(msgspec.Struct, frozen=True):
    """What became of a constraint, and who must be told."""

    reference: ConstraintReference
    referring: Referring
    subscribers: tuple[Subscriber, ...]


def put_constraint(directory: Directory, request: ConstraintRequest) -> Future[ConstraintChanged]:
    """Create or change a reference. Raises DirectoryRefusalError; the future also StoreError."""
    now_s = directory.clock.now_s()
    check_area(request.survey, MAX_CONSTRAINT_AREA_M2)
    minted = directory.minted()

    def work(transaction: AirspaceTransaction) -> ConstraintChanged:
        previous = _previous(transaction, request.entity_id)
        if previous is None and request.ovn is not None:
            raise invalid("there is no such constraint to change; it may have been removed")
        _check_current(request.client, request.ovn, previous)
        if previous is None:
            directory.check_count(transaction, Kind.CONSTRAINT, request.client)
        reference = ConstraintReference(
            entity_id=request.entity_id,
            manager=request.client,
            uss_base_url=request.uss_base_url,
            extents=tuple(one.volume for one in request.survey),
            version=1 if previous is None else previous.version + 1,
            ovn=minted.ovn,
        )
        changed = request.survey if previous is None else (*request.survey, *directory.survey_of(previous))
        told = for_constraints(directory.subscriptions_within(transaction, changed, now_s))
        transaction.put(Placed(reference, stored_places(request.survey)))
        transaction.count_up([one.entity_id for one in told])
        return ConstraintChanged(reference, Referring(transaction.declared()), subscribers(told))

    return directory.write(work)


def remove_constraint(directory: Directory, client: str, entity_id: str, ovn: str) -> Future[ConstraintChanged]:
    """Remove a reference. The future raises DirectoryRefusalError, StoreError."""
    now_s = directory.clock.now_s()

    def work(transaction: AirspaceTransaction) -> ConstraintChanged:
        previous = _previous(transaction, entity_id)
        if previous is None:
            raise unknown("there is no such constraint")
        _check_current(client, ovn, previous)
        told = for_constraints(directory.subscriptions_within(transaction, directory.survey_of(previous), now_s))
        transaction.remove(Kind.CONSTRAINT, entity_id)
        transaction.count_up([one.entity_id for one in told])
        return ConstraintChanged(previous, Referring(transaction.declared()), subscribers(told))

    return directory.write(work)


def _previous(transaction: AirspaceTransaction, entity_id: str) -> ConstraintReference | None:
    previous = transaction.get(Kind.CONSTRAINT, entity_id)
    assert previous is None or isinstance(previous, ConstraintReference)  # noqa: S101 narrows the type
    return previous


def _check_current(client: str, ovn: str | None, previous: ConstraintReference | None) -> None:
    if previous is None:
        return
    if previous.manager != client:
        raise not_allowed("this constraint is another client's")
    if ovn is None:
        raise not_current("there is a constraint of this id already; name its OVN to change it")
    if previous.ovn != ovn:
        raise not_current("this OVN is not the current one of the constraint: read it again")
