"""What a directory of airspace (the DSS of ASTM F3548-21) knows: that something is there, whose it is, whom to ask.

Never what it is: details stay with the service that manages them. Extents bound an entity; all bounds belong to them.
POSIX UTC seconds; metres above the WGS84 ellipsoid.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.intent import IntentState
from steerclear.model.volumes import Volume4D


class UssAvailability(StrEnum):
    """What an arbitrator has declared about a service; unknown until it does."""

    UNKNOWN = "unknown"
    NORMAL = "normal"
    DOWN = "down"


class Bounded(msgspec.Struct, frozen=True, kw_only=True):
    """Something with an identity, a manager and extents in space and time."""

    entity_id: str
    """UUID, version 4, lower case."""
    manager: str
    """Name of the client that created it, as its tokens have it: nobody else may change it."""
    uss_base_url: str
    extents: tuple[Volume4D, ...]

    @property
    def from_s(self) -> float:
        """When the first of its extents begins."""
        return min(volume.from_s for volume in self.extents)

    @property
    def until_s(self) -> float:
        """When the last of its extents ends."""
        return max(volume.until_s for volume in self.extents)


class IntentReference(Bounded, frozen=True, kw_only=True, tag="intent"):
    """An operational intent, as the directory knows it."""

    version: int
    """1 for a new one; each change counts on."""
    ovn: str
    """Opaque version: whoever can name it has read the details at this version."""
    state: IntentState
    subscription_id: str | None = None
    """The subscription that keeps its manager informed, if there is one."""


class ConstraintReference(Bounded, frozen=True, kw_only=True, tag="constraint"):
    """A constraint, as the directory knows it."""

    version: int
    ovn: str


class Subscription(Bounded, frozen=True, kw_only=True, tag="subscription"):
    """An area whose changes a client wants to be told of, by those who make them."""

    version: str
    """Opaque; counting notifications does not change it."""
    notification_index: int
    for_intents: bool
    for_constraints: bool
    implicit: bool = False
    """Made with an operational intent, and removed with the last one that depends on it."""


Entity = IntentReference | ConstraintReference | Subscription


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """The availability of a service, with the version that a change must name."""

    uss: str
    state: UssAvailability
    version: str


class ExchangeReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report of a failed exchange, kept as it came."""

    report_id: str
    reporter: str
    received_s: float
    content: bytes


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """A sign of life of one instance of a pool."""

    instance: str
    endpoint: str
    reporter: str
    source: str
    at_s: float
    next_before_s: float | None = None
