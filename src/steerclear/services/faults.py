"""What a caller of the line's services can get wrong; the words are for the person at the desk."""

from __future__ import annotations


class LineRequestError(ValueError):
    """The request cannot be carried out as it was made; nothing was sent."""


class UnknownPeerError(LineRequestError):
    """There is no line to a party of that name."""


class UnknownMessageError(LineRequestError):
    """No message of that id came over the line."""


class UnknownTrackError(LineRequestError):
    """The picture has no aircraft of that name, or several."""


class NotAnswerableError(LineRequestError):
    """The message exists but cannot be answered like this, or not by this function."""


class NotInForceError(LineRequestError):
    """No version of the agreement is in force yet, so nothing can be said under it."""


class NotHeardError(LineRequestError):
    """The node was restored, and must first hear from the peer how far it holds our log; else it could fork itself."""


class KeysError(ValueError):
    """The node's keys are not the ones that the agreement names; its operators must give it the right files."""
