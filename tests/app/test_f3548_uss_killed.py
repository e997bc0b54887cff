"""A USS process that is killed between the DSS's answer and its own books leaves no orphan in the DSS."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import httpx
import pytest

from tests.app.f3548_pool import Pool, pool, until
from tests.app.test_f3548_uss import new_id
from tests.interfaces.f3548.mock_peer import MockPeer, http


def toml(made: Pool, dss_url: str) -> str:
    return f"""
[f3548]
listen = "127.0.0.1:{made.ports["north"]}"
audiences = ["127.0.0.1"]
data = "north-data"
issuer_keys = ["issuer.pem"]

[f3548.uss]
name = "north"
base_url = "{made.url("north")}"
dss_url = "{dss_url}"
flight_planning = true
operators = ["pilot"]

[f3548.uss.tokens]
private_key = "issuer.key"
issuer = "steerclear.test"
"""


async def started(made: Pool) -> asyncio.subprocess.Process:
    program = "from steerclear.app.main import main; main()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, "serve", "--config", str(made.folder / "north.toml"),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip

    async def answers() -> bool:
        assert process.returncode is None, "the host did not start"
        try:
            return (await made.ask("GET", "north", "/flight_planning/v1/status")).status_code == 200
        except httpx.HTTPError:
            return False

    await until(answers, within_s=60.0)
    return process


@pytest.mark.requirement("SC-USS-15")
def test_a_process_that_is_killed_before_it_hears_the_answer_leaves_no_orphan(tmp_path: Path) -> None:
    async def scene() -> None:
        async with pool(tmp_path, "dss") as made:
            holding = asyncio.Event()
            held = asyncio.Event()
            held.set()

            async def between(method: str, path: str, body: bytes) -> bytes:
                """The way to the DSS; while `held` is clear, answers to changes do not come back."""
                headers = {"Content-Type": "application/json", "Authorization": f"Bearer {made.token('north')}"}
                answer = await made.http.request(method, made.url("dss") + path, content=body, headers=headers)
                if method in ("PUT", "DELETE"):
                    holding.set()
                    await held.wait()
                return http(answer.status_code, answer.content)

            async with MockPeer(between) as way:
                (tmp_path / "north.toml").write_text(toml(made, way.url))
                process = await started(made)
                held.clear()
                flight = new_id()
                wish = asyncio.create_task(made.plan("north", flight, made.volume()))
                await holding.wait()
                assert len(await made.references()) == 1, "the DSS has done it"
                process.send_signal(signal.SIGKILL)
                await process.wait()
                with pytest.raises(httpx.HTTPError):
                    await wish
                held.set()
                process = await started(made)

                async def gone() -> bool:
                    return not await made.references()

                await until(gone)
                listed = await made.ask("GET", "north", "/operator/v1/flights")
                assert listed.json() == {"flights": []}
                assert await made.plan("north", flight, made.volume()) == ("Completed", "Planned")
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0

    asyncio.run(scene())
