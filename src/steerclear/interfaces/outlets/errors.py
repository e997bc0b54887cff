"""What the configuration of the outlets can get wrong."""

from __future__ import annotations


class OutletsError(ValueError):
    """An outlet cannot be used as it is configured; the node's operator must correct the key that is named."""


class NotTakenError(Exception):
    """An outlet did not take a summons; its words are shown to the desk, so no address and no secret is in them."""
