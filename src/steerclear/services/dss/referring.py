"""References as they are told: beside each, what has been declared about the service that manages it."""

from __future__ import annotations

import msgspec

from steerclear.model.airspace import Availability, UssAvailability


class Referring(msgspec.Struct, frozen=True):
    """What has been declared about the services that manage what is told."""

    availability: dict[str, Availability]

    def of(self, manager: str) -> UssAvailability:
        """What has been declared about a service."""
        declared = self.availability.get(manager)
        return UssAvailability.UNKNOWN if declared is None else declared.state
