"""What USSs share through a DSS and with each other, as the services know it: references, details, subscribers.

SI and POSIX seconds; F3548-21's own spelling stands in `interfaces.f3548`. The details of an operational intent are a
`model.intent.OperationalIntent`, so a flight of the standard and a notice of the line are two faces of one value:
its `revision` is the version of the reference, its `party` the managing USS.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.intent import IntentState, OperationalIntent
from steerclear.model.volumes import Volume4D


class Availability(StrEnum):
    """What the DSS holds of a USS."""

    UNKNOWN = "unknown"
    NORMAL = "normal"
    DOWN = "down"


class IntentReference(msgspec.Struct, frozen=True, kw_only=True):
    """That an operational intent is there, whose it is, and where its details are to be had."""

    intent_id: str
    manager: str
    availability: Availability = Availability.UNKNOWN
    version: int
    state: IntentState
    from_s: float
    until_s: float
    base_url: str
    subscription_id: str
    ovn: str | None = None
    """Told only by the manager itself; the DSS tells each manager its own."""


class ConstraintReference(msgspec.Struct, frozen=True, kw_only=True):
    """That a constraint is there, whose it is, and where its details are to be had."""

    constraint_id: str
    manager: str
    availability: Availability = Availability.UNKNOWN
    version: int
    from_s: float
    until_s: float
    base_url: str
    ovn: str | None = None


class SharedIntent(msgspec.Struct, frozen=True, kw_only=True):
    """A reference with its details."""

    reference: IntentReference
    intent: OperationalIntent


class SharedConstraint(msgspec.Struct, frozen=True, kw_only=True):
    """A reference with its details."""

    reference: ConstraintReference
    volumes: tuple[Volume4D, ...]
    kind: str | None = None
    """Type of the airspace feature, in the words of whoever declared it."""
    geozone_json: str | None = None
    """The ED-269 zone as it came: carried, not read."""


class SubscriptionState(msgspec.Struct, frozen=True):
    """A subscription and how many notifications it has caused."""

    subscription_id: str
    notification_index: int


class Subscriber(msgspec.Struct, frozen=True):
    """Whom the DSS wants to be told of a change, and for which of its subscriptions."""

    base_url: str
    subscriptions: tuple[SubscriptionState, ...]


class IntentNotice(msgspec.Struct, frozen=True, kw_only=True, tag="intent"):
    """Between USSs: an operational intent as it now is, or without one that it is gone."""

    intent_id: str
    intent: SharedIntent | None
    subscriptions: tuple[SubscriptionState, ...]


class ConstraintNotice(msgspec.Struct, frozen=True, kw_only=True, tag="constraint"):
    """Between USSs: a constraint as it now is, or without one that it is gone."""

    constraint_id: str
    constraint: SharedConstraint | None
    subscriptions: tuple[SubscriptionState, ...]


AnyNotice = IntentNotice | ConstraintNotice


class IntentPut(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the DSS: create (without `ovn`) or change an operational intent reference."""

    intent_id: str
    ovn: str | None
    extents: tuple[Volume4D, ...]
    state: IntentState
    key: tuple[str, ...]
    base_url: str
    hears_constraints: bool
    """The subscription that comes with it is told of constraints too."""
    subscription_id: str | None = None
    """A subscription of ours that it relies on; None: the DSS makes one for it."""
    ovn_suffix: str | None = None
    """A UUID of version 7 that its OVN is to end with; None: the DSS chooses."""


class SubscriptionPut(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the DSS: create (without `version`) or change a subscription of our own."""

    subscription_id: str
    version: str | None
    area: Volume4D
    base_url: str
    hears_constraints: bool


class SubscriptionStanding(msgspec.Struct, frozen=True):
    """A subscription of ours as the DSS holds it."""

    version: str
    from_s: float | None
    """None where the DSS does not say."""
    until_s: float | None


class ConstraintPut(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the DSS: create (without `ovn`) or change a constraint reference."""

    constraint_id: str
    ovn: str | None
    extents: tuple[Volume4D, ...]
    base_url: str


class IntentAnswer(msgspec.Struct, frozen=True):
    """The DSS has done it, and names whom we must tell."""

    reference: IntentReference
    subscribers: tuple[Subscriber, ...]


class ConstraintAnswer(msgspec.Struct, frozen=True):
    """The DSS has done it, and names whom we must tell."""

    reference: ConstraintReference
    subscribers: tuple[Subscriber, ...]


def extent_of(volumes: tuple[Volume4D, ...]) -> tuple[float, float]:
    """First beginning and last end of at least one volume."""
    return min(volume.from_s for volume in volumes), max(volume.until_s for volume in volumes)


def vertices_of(volumes: tuple[Volume4D, ...]) -> int:
    """Vertices of all volumes; a circle counts as one."""
    return sum(len(getattr(volume.area, "vertices", (None,))) for volume in volumes)
