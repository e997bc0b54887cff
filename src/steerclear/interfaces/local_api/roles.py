"""Who may do what on the local API: a token stands for one function of one desk, or for reading only.

The function that acknowledges is the token's, never one that the request names: an acknowledgement must not be able
to bear the name of a function that did not give it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import msgspec

from steerclear.interfaces.local_api.limits import MAX_TOKEN_CHARS
from steerclear.services.node_proof import token_digest

_SCHEME = "Bearer "


class Role(msgspec.Struct, frozen=True):
    """A function of a desk; without one, a reader."""

    desk_id: str | None = None
    function: str | None = None


class RoleToken(msgspec.Struct, frozen=True):
    """A role and the SHA-256 of the token that stands for it; the token itself is not kept."""

    role: Role
    digest: bytes


def role_of(authorization: str | None, tokens: Sequence[RoleToken]) -> Role | None:
    """Role of an Authorization header; None when it names none."""
    if authorization is None or not authorization.startswith(_SCHEME):
        return None
    if len(authorization) > len(_SCHEME) + MAX_TOKEN_CHARS:
        return None
    digest = token_digest(authorization[len(_SCHEME) :])
    found = None
    for token in tokens:  # all of them, so that the time taken does not tell which came close
        if hmac.compare_digest(token.digest, digest):
            found = token.role
    return found
