"""A USS behind its HTTP application, over the services' own small airspace; requests are made easy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import jwt

from steerclear.interfaces.f3548.asked import Application
from steerclear.interfaces.f3548.issuer_keys import IssuerKey, IssuerKeys
from steerclear.interfaces.f3548.times import write_moment
from steerclear.interfaces.f3548.tokens import TokenVerifier
from steerclear.interfaces.f3548.uss_app import UssMounting, uss_app
from steerclear.services.uss.services import UssServices
from tests.interfaces.f3548.world import issuer_key, new_id
from tests.services.uss.world import NOW_S, World

AUDIENCE = "north.example"
PLAN = "interuss.flight_planning.plan"
DIRECT = "interuss.flight_planning.direct_automated_test"
EVERYTHING = UssMounting(
    flight_planning=True, versioning=True, operators=frozenset({"pilot"}), log_readers=frozenset({"auditor"})
)


class UssWorld:
    def __init__(self, records: Path | None = None, mounting: UssMounting | None = EVERYTHING) -> None:
        self.world = World()
        self.services: UssServices = self.world.uss("north", records=records)
        self.south: UssServices = self.world.uss("south")
        verifier = TokenVerifier(IssuerKeys([IssuerKey(issuer_key().public_key())]), [AUDIENCE], self.world.clock.now_s)
        self.app: Application = uss_app(self.services, verifier, mounting)

    def token(self, *scopes: str, sub: str = "south", **claims: Any) -> str:
        content = {
            "iss": "https://auth.example.com",
            "exp": int(self.world.clock.now_s() + 1_800),
            "sub": sub,
            "scope": " ".join(scopes),
            "aud": AUDIENCE,
            "jti": new_id(),
        } | claims
        return jwt.encode(content, issuer_key(), algorithm="RS256")

    async def ask(
        self, method: str, path: str, *scopes: str, sub: str = "south", json: Any = None, **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(*scopes, sub=sub)}"} if scopes else {}
        transport = httpx.ASGITransport(self.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=f"https://{AUDIENCE}") as client:
            return await client.request(method, path, json=json, headers=headers | more.pop("headers", {}), **more)


def moment(at_s: float) -> dict[str, str]:
    return {"value": write_moment(NOW_S + at_s), "format": "RFC3339"}


def volume(
    east: float = 0.0, lower: float = 50.0, upper: float = 100.0, starts: float = 0.0, ends: float = 600.0
) -> dict[str, Any]:
    """The circle of `tests.services.uss.world.disc` on the wire."""
    return {
        "volume": {
            "outline_circle": {
                "center": {"lat": 1.0, "lng": 2.0 + east / 1000.0},
                "radius": {"value": 100.0, "units": "M"},
            },
            "altitude_lower": {"value": lower, "reference": "W84", "units": "M"},
            "altitude_upper": {"value": upper, "reference": "W84", "units": "M"},
        },
        "time_start": moment(starts),
        "time_end": moment(ends),
    }
