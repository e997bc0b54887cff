"""A host of F3548-21 as a process of its own, with an issuer's key and an HTTP client."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from steerclear.interfaces.f3548.issuing import make_key_pair

COMMAND = "from steerclear.app.main import main; main({arguments!r})"
START_WITHIN_S = 90.0
"""A first start compiles the geometry; a busy machine takes its time."""


def steerclear(*arguments: str) -> list[str]:
    return [sys.executable, "-c", COMMAND.format(arguments=list(arguments))]


class HostProcess:
    def __init__(self, folder: Path, dss: str = "") -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        if not (folder / "issuer.key").exists():
            make_key_pair(folder / "issuer.key", folder / "issuer.pem")
        self.key = load_pem_private_key((folder / "issuer.key").read_bytes(), None)
        self.file = folder / "host.toml"
        self.file.write_text(
            '[f3548]\nlisten = "127.0.0.1:0"\naudiences = ["dss.example.com"]\ndata = "data"\n'
            f'issuer_keys = ["issuer.pem"]\n[f3548.dss]\n{dss}'
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        runtime = self.folder / "data" / "f3548.json"
        runtime.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(steerclear("serve", "--config", str(self.file)), stderr=log, stdout=log)
        until = time.monotonic() + START_WITHIN_S
        while True:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, (self.folder / "log").read_text()
            try:
                self.url = msgspec.json.decode(runtime.read_bytes())["url"]
            except (OSError, msgspec.DecodeError):
                time.sleep(0.02)
            else:
                return

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        return self.process.wait(30)

    def headers(self, sub: str = "uss1", scope: str = "utm.strategic_coordination") -> dict[str, str]:
        claims: dict[str, Any] = {"sub": sub, "scope": scope, "aud": "dss.example.com", "exp": int(time.time()) + 1_800}
        return {"Authorization": f"Bearer {jwt.encode(claims, self.key, 'RS256')}"}  # type: ignore[arg-type]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self.headers(), timeout=10.0)
