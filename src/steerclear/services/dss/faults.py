"""Why the directory does not do what a client asks; nothing of such a request is stored."""

from __future__ import annotations

from enum import StrEnum

from steerclear.model.airspace import ConstraintReference, IntentReference
from steerclear.services.dss.referring import Referring


class Reason(StrEnum):
    """What kind of refusal it is."""

    INVALID = "invalid"
    """The request contradicts itself, a rule, or what is stored; the client must build another."""
    AREA_TOO_LARGE = "area_too_large"
    NOT_ALLOWED = "not_allowed"
    """The entity is another client's, or the client's token lacks a scope for this."""
    UNKNOWN = "unknown"
    """There is no such entity."""
    NOT_CURRENT = "not_current"
    """Another version is current: read it and try again."""
    KEYS_MISSING = "keys_missing"
    """The client has not shown that it knows all that its plan would touch."""
    CLIENT_DOWN = "client_down"
    """The client has been declared down."""
    TOO_MANY = "too_many"
    """The client has too many entities, or asks for too many at once."""


class DirectoryRefusalError(Exception):
    """A request that the directory does not carry out; the text is for whoever sent it."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class KeysMissingError(DirectoryRefusalError):
    """The key lacks the OVNs of these entities."""

    def __init__(
        self, intents: tuple[IntentReference, ...], constraints: tuple[ConstraintReference, ...], referring: Referring
    ) -> None:
        super().__init__(
            Reason.KEYS_MISSING,
            f"the key lacks the current OVN of {len(intents)} operational intents and {len(constraints)} constraints:"
            " get their details from the services that manage them",
        )
        self.intents = intents
        self.constraints = constraints
        self.referring = referring


def invalid(text: str) -> DirectoryRefusalError:
    """The client must build another request."""
    return DirectoryRefusalError(Reason.INVALID, text)


def not_allowed(text: str) -> DirectoryRefusalError:
    """It is not this client's to do."""
    return DirectoryRefusalError(Reason.NOT_ALLOWED, text)


def unknown(text: str) -> DirectoryRefusalError:
    """There is no such entity."""
    return DirectoryRefusalError(Reason.UNKNOWN, text)


def not_current(text: str) -> DirectoryRefusalError:
    """Another version is current."""
    return DirectoryRefusalError(Reason.NOT_CURRENT, text)
