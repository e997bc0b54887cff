"""What the USS's services need of the outside, and how it can fail; `interfaces.f3548` brings it over HTTP."""

from __future__ import annotations

from typing import Protocol

import msgspec

from steerclear.model.volumes import Volume4D
from steerclear.services.uss.airspace import (
    AnyNotice,
    ConstraintAnswer,
    ConstraintPut,
    ConstraintReference,
    IntentAnswer,
    IntentPut,
    IntentReference,
    SharedConstraint,
    SharedIntent,
    SubscriptionPut,
    SubscriptionStanding,
)


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request and its answer, as it was sent or received."""

    url: str
    method: str
    client: bool
    """We have asked; False where we were asked."""
    headers: tuple[str, ...] = ()
    asked_s: float
    request_body: bytes = b""
    answered_s: float | None = None
    """None where no answer came."""
    response_body: bytes = b""
    response_code: int = 0
    problem: str | None = None


class OutsideError(Exception):
    """Somebody outside did not do what we need; nothing of ours has changed."""

    def __init__(self, problem: str, exchange: Exchange | None = None) -> None:
        super().__init__(problem)
        self.exchange = exchange


class DssError(OutsideError):
    """The DSS cannot be reached, or answered what it should not: its operators must look."""


class DssRefusedError(DssError):
    """The DSS has refused the request and says why; nothing has changed there."""

    def __init__(self, problem: str, status: int, exchange: Exchange | None = None) -> None:
        super().__init__(problem, exchange)
        self.status = status


class DssUnsureError(DssError):
    """No answer came: the DSS may have done it or not. The next look at the DSS tells."""


class KeyIncompleteError(DssRefusedError):
    """The plan would touch what its key does not show knowledge of; these references are to be looked at."""

    def __init__(
        self,
        problem: str,
        intents: tuple[IntentReference, ...],
        constraints: tuple[ConstraintReference, ...],
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__(problem, 409, exchange)
        self.intents = intents
        self.constraints = constraints


class KeyOutOfReachError(DssError):
    """The DSS asks for OVNs that only a USS which was declared Down could tell; the text says what can be done."""


class PeerError(OutsideError):
    """Another USS cannot be reached, refused, or sent what cannot be used: its operators must look."""

    def __init__(self, problem: str, exchange: Exchange | None = None, base_url: str = "") -> None:
        super().__init__(problem, exchange)
        self.base_url = base_url


class PeerSilentError(PeerError):
    """Another USS gave no answer at all, or one that says that it cannot serve now."""


class PeerRefusedError(PeerError):
    """Another USS has refused the request for good (4xx): asking again the same would not help."""

    def __init__(self, problem: str, status: int, exchange: Exchange | None = None, base_url: str = "") -> None:
        super().__init__(problem, exchange, base_url)
        self.status = status


class PeerDataError(PeerError):
    """What another USS sent contradicts the standard, the DSS or itself; nothing of it was used."""


class Dss(Protocol):
    """The directory of the airspace. Every call raises DssError (see there) and nothing else."""

    async def intents_in(self, area: Volume4D) -> tuple[IntentReference, ...]:
        """References of all operational intents that may meet the area."""
        ...

    async def constraints_in(self, area: Volume4D) -> tuple[ConstraintReference, ...]:
        """References of all constraints that may meet the area."""
        ...

    async def intent(self, intent_id: str) -> IntentReference | None:
        """One reference; None when there is none."""
        ...

    async def put_intent(self, put: IntentPut) -> IntentAnswer:
        """Create or change an operational intent reference. Raises KeyIncompleteError too."""
        ...

    async def delete_intent(self, intent_id: str, ovn: str) -> IntentAnswer:
        """Remove an operational intent reference."""
        ...

    async def subscription(self, subscription_id: str) -> SubscriptionStanding | None:
        """One subscription of ours; None when there is none."""
        ...

    async def put_subscription(self, put: SubscriptionPut) -> SubscriptionStanding:
        """Create or change a subscription of ours."""
        ...

    async def delete_subscription(self, subscription_id: str, version: str) -> None:
        """Remove a subscription of ours."""
        ...

    async def constraint(self, constraint_id: str) -> ConstraintReference | None:
        """One reference; None when there is none."""
        ...

    async def put_constraint(self, put: ConstraintPut) -> ConstraintAnswer:
        """Create or change a constraint reference."""
        ...

    async def delete_constraint(self, constraint_id: str, ovn: str) -> ConstraintAnswer:
        """Remove a constraint reference."""
        ...


class Peers(Protocol):
    """The other USSs. Every call raises PeerError (see there) and nothing else."""

    async def intent(self, reference: IntentReference, *, exactly: bool = False) -> tuple[SharedIntent, Exchange]:
        """Details of an operational intent from its manager, decoded; whether they fit is the caller's to check.

        `exactly`: the version of the reference, which its manager may not have published yet.
        """
        ...

    async def constraint(self, reference: ConstraintReference) -> tuple[SharedConstraint, Exchange]:
        """Details of a constraint from its manager, decoded."""
        ...

    async def notify(self, base_url: str, notice: AnyNotice) -> None:
        """Tell a USS of a change."""
        ...

    async def report(self, base_url: str, exchange: Exchange) -> None:
        """Tell a USS of an exchange with it that went wrong."""
        ...
