"""Who asks: tells from a request's token which function of which desk speaks, or that it may only read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException

from steerclear.interfaces.local_api.roles import Role, RoleToken, role_of

AnyRequest = Request[Any, Any, Any]


class Gate:
    """Tells from a request's token who asks; raises what the HTTP answer says."""

    def __init__(self, tokens: Sequence[RoleToken]) -> None:
        self._tokens = tokens

    def reader(self, request: AnyRequest) -> Role:
        """Any role may read."""
        role = role_of(request.headers.get("authorization"), self._tokens)
        if role is None:
            raise NotAuthorizedException("send the token of a role: Authorization: Bearer ...")
        return role

    def officer(self, request: AnyRequest) -> tuple[str, str]:
        """Desk and function of whoever speaks for the party."""
        role = self.reader(request)
        if role.desk_id is None or role.function is None:
            raise PermissionDeniedException("this token may only read; use the one of a desk's function")
        return role.desk_id, role.function
