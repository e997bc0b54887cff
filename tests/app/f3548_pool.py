"""A DSS and USSs of this project on real sockets in one event loop, under a clock that can be put forward."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec

from steerclear.app.f3548_host import F3548Host
from steerclear.interfaces.cli.f3548_file import (
    DssSection,
    F3548Section,
    HostConfig,
    TokensSection,
    UssSection,
)
from steerclear.interfaces.f3548.issuing import issue_token, make_key_pair, read_private_key
from steerclear.interfaces.f3548.times import write_moment

SCOPES = " ".join(
    [
        "utm.strategic_coordination",
        "utm.constraint_management",
        "utm.constraint_processing",
        "utm.conformance_monitoring_sa",
        "utm.availability_arbitration",
        "interuss.flight_planning.plan",
        "interuss.flight_planning.direct_automated_test",
        "interuss.versioning.read_system_versions",
        "steerclear.operate",
    ]
)


class ShiftedClock:
    """The machine's clock, put forward by as much as a test wants."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now_s(self) -> float:
        return time.time() + self.ahead_s

    def steady_s(self) -> float:
        return time.monotonic() + self.ahead_s


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Pool:
    """One DSS and some USSs; `client` asks them as anyone whose token an authority issues."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ShiftedClock()
        self.ports = {name: free_port() for name in ("dss", "north", "south")}
        self.hosts: dict[str, F3548Host] = {}
        make_key_pair(folder / "issuer.key", folder / "issuer.pem")
        self._key = read_private_key(folder / "issuer.key")
        self._running: dict[str, asyncio.Task[None]] = {}
        self.http = httpx.AsyncClient(timeout=30.0)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def config(self, name: str, **changes: Any) -> HostConfig:
        section = F3548Section(
            listen=f"127.0.0.1:{self.ports[name]}",
            audiences=("127.0.0.1",),
            data=f"{name}-data",
            issuer_keys=("issuer.pem",),
            dss=DssSection(allow_http=True) if name == "dss" else None,
            uss=None if name == "dss" else self.uss_section(name, **changes),
        )
        return HostConfig(section.check(), self.folder)

    def uss_section(self, name: str, **changes: Any) -> UssSection:
        section = UssSection(
            name=name,
            base_url=self.url(name),
            dss_url=self.url("dss"),
            tokens=TokensSection(private_key="issuer.key", issuer="steerclear.test"),
            flight_planning=True,
            versioning=True,
            operators=("pilot", "copilot"),
            on_duty=("pilot",),
            log_readers=("auditor",),
        )
        return msgspec.structs.replace(section, **changes)

    async def start(self, name: str, **changes: Any) -> F3548Host:
        host = self.hosts[name] = F3548Host(self.config(name, **changes), self.clock)
        self._running[name] = asyncio.get_running_loop().create_task(host.run())
        waiting = asyncio.get_running_loop().create_task(host.started.wait())
        await asyncio.wait({self._running[name], waiting}, return_when=asyncio.FIRST_COMPLETED)
        if self._running[name].done():
            waiting.cancel()
            self._running[name].result()
        return host

    async def stop(self, name: str) -> None:
        self.hosts.pop(name).stop()
        await self._running.pop(name)

    def token(self, subject: str, scope: str = SCOPES, audience: str = "127.0.0.1") -> str:
        return issue_token(
            self._key,
            subject=subject,
            scope=scope,
            audience=audience,
            issuer="steerclear.test",
            now_s=self.clock.now_s(),
        )

    async def ask(
        self, method: str, name: str, path: str, body: Any = None, subject: str = "pilot", scope: str = SCOPES
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(subject, scope)}"}
        return await self.http.request(method, self.url(name) + path, json=body, headers=headers)

    def volume(
        self, east: float = 0.0, from_s: float = -1.0, for_s: float = 1_800.0, lower: float = 50.0, upper: float = 100.0
    ) -> dict[str, Any]:
        now_s = self.clock.now_s()
        return {
            "volume": {
                "outline_circle": {
                    "center": {"lat": 10.0, "lng": 20.0 + east / 1000.0},
                    "radius": {"value": 100.0, "units": "M"},
                },
                "altitude_lower": {"value": lower, "reference": "W84", "units": "M"},
                "altitude_upper": {"value": upper, "reference": "W84", "units": "M"},
            },
            "time_start": {"value": write_moment(now_s + from_s), "format": "RFC3339"},
            "time_end": {"value": write_moment(now_s + from_s + for_s), "format": "RFC3339"},
        }

    async def plan(
        self,
        name: str,
        flight_id: str,
        *area: dict[str, Any],
        usage: str = "Planned",
        uas: str = "Nominal",
        priority: int = 0,
        style: str = "IfAllowed",
    ) -> tuple[str, str]:
        """A wish over InterUSS's flight planning interface: (result, status)."""
        body = {
            "flight_plan": {
                "basic_information": {"usage_state": usage, "uas_state": uas, "area": list(area)},
                "astm_f3548_21": {"priority": priority},
            },
            "execution_style": style,
            "request_id": str(uuid.uuid4()),
        }
        answer = await self.ask("PUT", name, f"/flight_planning/v1/flight_plans/{flight_id}", body, "uss_qualifier")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return told["planning_result"], told["flight_plan_status"]

    async def conflicts_told(self, name: str, since_s: float) -> list[str]:
        after = write_moment(since_s)
        answer = await self.ask("GET", name, f"/flight_planning/v1/user_notifications?after={after}")
        assert answer.status_code == 200, answer.text
        return [one["conflicts"] for one in answer.json()["user_notifications"]]

    async def references(self) -> list[dict[str, Any]]:
        around = self.volume(for_s=86_400.0, lower=0.0, upper=10_000.0)
        around["volume"]["outline_circle"]["radius"]["value"] = 5_000.0
        area = {"area_of_interest": around}
        answer = await self.ask("POST", "dss", "/dss/v1/operational_intent_references/query", area, "observer")
        assert answer.status_code == 200, answer.text
        return answer.json()["operational_intent_references"]


@contextlib.asynccontextmanager
async def pool(folder: Path, *names: str) -> AsyncIterator[Pool]:
    """A pool of which these run; all are stopped at the end."""
    made = Pool(folder)
    async with made.http:
        try:
            for name in names:
                await made.start(name)
            yield made
        finally:
            for name in list(made.hosts):
                await made.stop(name)


async def until(condition: Any, within_s: float = 10.0) -> None:
    """Wait until an awaitable condition holds."""
    deadline = time.monotonic() + within_s
    while not await condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.05)
