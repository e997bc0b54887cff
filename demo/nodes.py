"""Runs the two nodes as processes of their own, and talks to them as a desk does: over the local API, with a token."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from demo.parties import DUTY, STOP_RUNGS, Place
from steerclear.interfaces.cli.node_file import read_node_config, token_path

START_WITHIN_S = 30.0
_COMMAND = (sys.executable, "-c", "from steerclear.app.main import main; main()")


class DemoError(Exception):
    """The demonstration cannot go on; the message says why."""


def steerclear(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    return subprocess.run([*_COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)


class Node:
    """One running node and the desk beside it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.config = read_node_config(place.config)
        self._log = (place.folder / "node.log").open("ab")
        self._process = subprocess.Popen(
            [*_COMMAND, "serve", "--config", str(place.config)], stdout=self._log, stderr=self._log
        )
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{place.local_port}", timeout=10.0)
        self._tokens: dict[str, str] = {}

    def wait_until_ready(self) -> None:
        """Return when the node serves. Raises DemoError with the end of its log when it does not."""
        give_up_s = time.monotonic() + START_WITHIN_S
        while time.monotonic() < give_up_s and self._process.poll() is None:
            try:
                if self._http.get("/readyz").status_code == 200:
                    desk = f"{self.place.party}-desk"
                    for function in STOP_RUNGS:
                        self._tokens[function] = token_path(self.config, desk, function).read_text("ascii").strip()
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        log = (self.place.folder / "node.log").read_text(errors="replace")[-2_000:]
        raise DemoError(f"the node of {self.place.party} did not start:\n{log}")

    def get(self, path: str, **parameters: int | str) -> Any:
        """An answer of the local API."""
        answer = self._http.get(f"/api/v1{path}", params=parameters, headers=self._headers())
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None, function: str = DUTY) -> Any:
        """Ask the local API to do something, as a function of the desk."""
        answer = self._http.post(f"/api/v1{path}", json=body, headers=self._headers(function), timeout=60.0)
        answer.raise_for_status()
        return answer.json()

    def record(self, peer: str) -> bytes:
        """The joint record with a peer, as a bundle."""
        answer = self._http.get(f"/api/v1/record/{peer}", headers=self._headers(), timeout=60.0)
        answer.raise_for_status()
        return answer.content

    def bundle(self, incident_id: str, number: int) -> bytes:
        """A frozen bundle of an incident."""
        path = f"/api/v1/incidents/{incident_id}/bundles/{number}"
        answer = self._http.get(path, headers=self._headers(), timeout=60.0)
        answer.raise_for_status()
        return answer.content

    def journal(self) -> list[dict[str, Any]]:
        """Every event of the node's journal."""
        items: list[dict[str, Any]] = []
        after = 0
        while True:
            page = self.get("/journal", after=after, limit=1_000)
            if not page["items"]:
                return items
            items += page["items"]
            after = page["next_after"]

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def stop(self) -> int:
        """Ask the node to stop; its exit code."""
        self._http.close()
        self._process.terminate()
        try:
            return self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait(20)
        finally:
            self._log.close()

    def _headers(self, function: str = DUTY) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[function]}"}
