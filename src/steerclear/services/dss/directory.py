"""The directory: its store, clock and settings, and what every use case asks of them."""

from __future__ import annotations

import secrets
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

import msgspec

from steerclear.model.airspace import ConstraintReference, Entity, IntentReference, Subscription
from steerclear.services.clock import Clock
from steerclear.services.dss.faults import DirectoryRefusalError, Reason
from steerclear.services.dss.limits import COUNT_EVERY_S, MAX_ENTITIES_OF_MANAGER
from steerclear.services.dss.searching import all_found
from steerclear.services.dss.surveying import Survey, Surveyor, as_one, overlaps
from steerclear.store.airspace import NOTHING, AirspaceStore, AirspaceTransaction, Expected, Kind

T = TypeVar("T")


class DirectorySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator decides about a directory."""

    instance: str = "steerclear"
    """Name of this instance within its pool."""
    endpoint: str = ""
    """Where the other instances' operators reach it."""
    allow_http: bool = False
    """Whether services may be reached without TLS: for tests on one machine."""
    scopes_of_flags: bool = False
    """Whether asking for notifications of a kind takes the scope of that kind, as the OpenAPI has it.

    Off, because InterUSS's prober asks for notifications of constraints with the scope of strategic coordination.
    """
    max_ahead_s: float | None = None
    """How far ahead an operational intent may begin; None for no limit, which F3548-21 puts on the services."""


class Minted(msgspec.Struct, frozen=True):
    """What chance gives to one request, decided before its transaction, which may run more than once."""

    ovn: str
    subscription_id: str
    subscription_version: str


class Directory:
    """Holds what the use cases of the directory share; safe for any thread."""

    def __init__(self, store: AirspaceStore, clock: Clock, settings: DirectorySettings) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self.surveyor = Surveyor()
        self._counts: dict[tuple[Kind, str], tuple[float, int]] = {}

    def minted(self) -> Minted:
        """Fresh opaque names."""
        chance = secrets.token_bytes(52)  # in one go: each call to the system is a chance for other threads to cut in
        return Minted(
            ovn=urlsafe_b64encode(chance[:24]).decode(),
            subscription_id=str(uuid.UUID(bytes=chance[24:40], version=4)),
            subscription_version=urlsafe_b64encode(chance[40:]).decode(),
        )

    def write(self, work: Callable[[AirspaceTransaction], T], expected: Expected = NOTHING) -> Future[T]:
        """Run work that may write; see `AirspaceStore.submit`."""
        return self.store.submit(work, expected)

    def read(self, work: Callable[[AirspaceTransaction], T]) -> Future[T]:
        """Run work that only reads; see `AirspaceStore.read`."""
        return self.store.read(work)

    def survey_of(self, entity: Entity) -> Survey:
        """The volumes of an entity, prepared."""
        return self.surveyor.survey(entity.extents)

    def intents_within(self, transaction: AirspaceTransaction, survey: Survey) -> list[IntentReference]:
        """Operational intents that overlap volumes, each compared as one in time and height (`as_one`)."""
        whole = as_one(survey)
        found = all_found(transaction, Kind.INTENT, whole)
        return [
            one for one in found if isinstance(one, IntentReference) and overlaps(whole, as_one(self.survey_of(one)))
        ]

    def constraints_within(self, transaction: AirspaceTransaction, survey: Survey) -> list[ConstraintReference]:
        """Constraints that overlap volumes."""
        found = all_found(transaction, Kind.CONSTRAINT, survey)
        return [one for one in found if isinstance(one, ConstraintReference) and overlaps(survey, self.survey_of(one))]

    def subscriptions_within(
        self, transaction: AirspaceTransaction, survey: Survey, now_s: float
    ) -> list[Subscription]:
        """Subscriptions that have not ended and meet volumes on the ground and in time, whatever their heights."""
        found = all_found(transaction, Kind.SUBSCRIPTION, survey)
        return [
            one
            for one in found
            if isinstance(one, Subscription)
            and one.until_s >= now_s
            and overlaps(survey, self.survey_of(one), heights=False)
        ]

    def check_count(self, transaction: AirspaceTransaction, kind: Kind, manager: str) -> None:
        """Raises DirectoryRefusalError when a client has as many entities as it may; counts are some seconds old."""
        now_s = self.clock.steady_s()
        counted_s, count = self._counts.get((kind, manager), (float("-inf"), 0))
        if now_s - counted_s > COUNT_EVERY_S:
            count = transaction.count(kind, manager)
            self._counts[kind, manager] = (now_s, count)
        if count >= MAX_ENTITIES_OF_MANAGER:
            raise DirectoryRefusalError(
                Reason.TOO_MANY, f"{count:,} entities of this client are here: remove what has ended"
            )


def removable(subscription: Subscription | None, dependents: Iterable[str], entity_id: str) -> bool:
    """Whether a subscription goes with an operational intent: it was made for it and serves no other."""
    return subscription is not None and subscription.implicit and set(dependents) <= {entity_id}
