"""A DSS to be asked over HTTP, with a clock that tests set, an issuer of tokens and requests made easy."""

from __future__ import annotations

import asyncio
import time
import uuid
from functools import cache
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from steerclear.interfaces.f3548.dss_app import dss_app
from steerclear.interfaces.f3548.issuer_keys import IssuerKey, IssuerKeys
from steerclear.interfaces.f3548.times import write_moment
from steerclear.interfaces.f3548.tokens import TokenVerifier
from steerclear.services.dss.directory import Directory, DirectorySettings
from steerclear.store.airspace import AirspaceStore

SC = "utm.strategic_coordination"
CM = "utm.constraint_management"
CP = "utm.constraint_processing"
SA = "utm.conformance_monitoring_sa"
AA = "utm.availability_arbitration"
AUDIENCE = "dss.example.com"
POOL = "5f1a5d0e-0c5b-4f0e-9d8e-3a1f5f0d2c11"
INTENTS = "/dss/v1/operational_intent_references"
CONSTRAINTS = "/dss/v1/constraint_references"
SUBSCRIPTIONS = "/dss/v1/subscriptions"
NO_SUBSCRIPTION = "00000000-0000-4000-8000-000000000000"
HOUR_S = 3_600.0


@cache
def issuer_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65_537, key_size=2_048)


def new_id() -> str:
    return str(uuid.uuid4())


def uuid7(at_s: float) -> str:
    number = (int(at_s * 1_000) << 80) | (7 << 76) | (uuid.uuid4().int & ((1 << 76) - 1))
    return str(uuid.UUID(int=(number & ~(3 << 62)) | (2 << 62)))


class TestClock:
    __test__ = False

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now_s(self) -> float:
        return time.time() + self.ahead_s

    def steady_s(self) -> float:
        return time.monotonic() + self.ahead_s


class Answer:
    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.text

    def __repr__(self) -> str:
        return f"{self.status} {self.text}"

    @property
    def json(self) -> Any:
        return httpx.Response(200, text=self.text).json()


class World:
    def __init__(self, store: AirspaceStore, **settings: Any) -> None:
        self.clock = TestClock()
        self.directory = Directory(store, self.clock, DirectorySettings(**settings))
        self.keys = IssuerKeys([IssuerKey(issuer_key().public_key())])
        self.app = dss_app(self.directory, TokenVerifier(self.keys, [AUDIENCE], self.clock.now_s))

    def token(self, *scopes: str, sub: str = "uss1", **claims: Any) -> str:
        content = {
            "iss": "https://auth.example.com",
            "exp": int(self.clock.now_s() + 1_800),
            "sub": sub,
            "scope": " ".join(scopes),
            "aud": AUDIENCE,
            "jti": new_id(),
        } | claims
        return jwt.encode({k: v for k, v in content.items() if v is not None}, issuer_key(), algorithm="RS256")

    def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        scope: str | tuple[str, ...] = SC,
        sub: str = "uss1",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> Answer:
        scopes = (scope,) if isinstance(scope, str) else scope
        given = {"Authorization": f"Bearer {self.token(*scopes, sub=sub)}"} if headers is None else headers

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=f"https://{AUDIENCE}") as client:
                return await client.request(method, path, json=json, headers=given, **more)

        return Answer(asyncio.run(asked()))

    def now(self) -> float:
        return self.clock.now_s()

    def circle(
        self,
        latitude: float = 34.0,
        longitude: float = -118.0,
        radius: float = 300.0,
        *,
        starts: float | None = 0.0,
        ends: float | None = HOUR_S,
        lower: float | None = 0.0,
        upper: float | None = 120.0,
    ) -> dict[str, Any]:
        """A circular volume; its times are seconds from now, None for none."""
        centre = {"lat": latitude, "lng": longitude}
        outline = {"outline_circle": {"center": centre, "radius": {"value": radius, "units": "M"}}}
        return self.volume(outline, starts=starts, ends=ends, lower=lower, upper=upper)

    def polygon(
        self,
        *corners: tuple[float, float],
        starts: float | None = 0.0,
        ends: float | None = HOUR_S,
        lower: float | None = 0.0,
        upper: float | None = 120.0,
    ) -> dict[str, Any]:
        vertices = [{"lat": latitude, "lng": longitude} for latitude, longitude in corners]
        outline = {"outline_polygon": {"vertices": vertices}}
        return self.volume(outline, starts=starts, ends=ends, lower=lower, upper=upper)

    def volume(
        self,
        outline: dict[str, Any],
        *,
        starts: float | None,
        ends: float | None,
        lower: float | None,
        upper: float | None,
    ) -> dict[str, Any]:
        prism = dict(outline)
        for name, value in (("altitude_lower", lower), ("altitude_upper", upper)):
            if value is not None:
                prism[name] = {"value": value, "reference": "W84", "units": "M"}
        whole: dict[str, Any] = {"volume": prism}
        now_s = self.now()
        for name, value in (("time_start", starts), ("time_end", ends)):
            if value is not None:
                whole[name] = moment(now_s + value)
        return whole

    def intent_body(self, *extents: dict[str, Any], **more: Any) -> dict[str, Any]:
        body = {
            "extents": list(extents) or [self.circle()],
            "state": "Accepted",
            "uss_base_url": "https://uss1.example.com/utm",
            "new_subscription": {"uss_base_url": "https://uss1.example.com/subs", "notify_for_constraints": False},
        } | more
        return {name: value for name, value in body.items() if value is not None}

    def put_intent(
        self,
        entity_id: str,
        *extents: dict[str, Any],
        ovn: str | None = None,
        sub: str = "uss1",
        scope: str | tuple[str, ...] = SC,
        **more: Any,
    ) -> Answer:
        path = f"{INTENTS}/{entity_id}" + ("" if ovn is None else f"/{ovn}")
        return self.ask("PUT", path, json=self.intent_body(*extents, **more), sub=sub, scope=scope)

    def put_subscription(
        self,
        entity_id: str,
        extents: dict[str, Any] | None = None,
        *,
        version: str | None = None,
        sub: str = "uss1",
        scope: str | tuple[str, ...] = SC,
        **more: Any,
    ) -> Answer:
        path = f"{SUBSCRIPTIONS}/{entity_id}" + ("" if version is None else f"/{version}")
        body = {
            "extents": extents or self.circle(),
            "uss_base_url": f"https://{sub}.example.com/subs",
            "notify_for_operational_intents": True,
            "notify_for_constraints": False,
        } | more
        return self.ask("PUT", path, json=body, sub=sub, scope=scope)

    def put_constraint(
        self, entity_id: str, *extents: dict[str, Any], ovn: str | None = None, sub: str = "uss1", **more: Any
    ) -> Answer:
        path = f"{CONSTRAINTS}/{entity_id}" + ("" if ovn is None else f"/{ovn}")
        body = {"extents": list(extents) or [self.circle()], "uss_base_url": "https://uss1.example.com/utm"} | more
        return self.ask("PUT", path, json=body, sub=sub, scope=CM)

    def query(self, path: str, area: dict[str, Any] | None, *, scope: str = SC, sub: str = "uss1") -> Answer:
        body = {} if area is None else {"area_of_interest": area}
        return self.ask("POST", f"{path}/query", json=body, scope=scope, sub=sub)

    def found(self, path: str, area: dict[str, Any], *, scope: str = SC, sub: str = "uss1") -> set[str]:
        answer = self.query(path, area, scope=scope, sub=sub)
        assert answer.status == 200, answer
        (references,) = answer.json.values()
        return {one["id"] for one in references}


def moment(at_s: float) -> dict[str, str]:
    return {"value": write_moment(at_s), "format": "RFC3339"}


def reference(answer: Answer) -> Any:
    return answer.json["operational_intent_reference"]


def told(answer: Answer) -> dict[str, dict[str, int]]:
    """Base URL -> subscription -> notification index."""
    return {
        one["uss_base_url"]: {sub["subscription_id"]: sub["notification_index"] for sub in one["subscriptions"]}
        for one in answer.json["subscribers"]
    }


def told_ids(answer: Answer) -> set[str]:
    return {entity_id for subscriptions in told(answer).values() for entity_id in subscriptions}
