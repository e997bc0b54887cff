"""The servers under test as processes of their own, on this machine only, and gone when a round ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from steerclear.interfaces.f3548.issuing import make_key_pair

HOST: Final = "127.0.0.1"
STEERCLEAR: Final = (sys.executable, "-c", "import sys; from steerclear.app.main import main; main(sys.argv[1:])")
START_WITHIN_S: Final = 120.0
"""A first start compiles the geometry, and a busy machine takes its time."""
STOP_WITHIN_S: Final = 20.0


class Servers:
    """What runs in one round; `folder` keeps their files and logs."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder and the key of the round's issuer."""
        self.folder = folder
        folder.mkdir(parents=True)
        make_key_pair(folder / "issuer.key", folder / "issuer.pem")
        self._open = ExitStack()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.token_url = ""

    def close(self) -> None:
        """End all of them."""
        self._open.close()

    def start_issuer(self) -> None:
        """The token endpoint that the framework's adapter for a dummy OAuth server asks."""
        port = free_port()
        self._start("issuer", [*STEERCLEAR, "f3548", "issuer", "issuer.key", "--listen", f"{HOST}:{port}"])
        self._until_listening("issuer", port)
        self.token_url = f"http://{HOST}:{port}/token"

    def start_dss(self, name: str, *settings: str, allow_http: bool = True) -> str:
        """A DSS by `steerclear serve`; its URL."""
        return self._serve(name, free_port(), "[f3548.dss]", f"allow_http = {str(allow_http).lower()}", *settings)

    def start_uss(self, name: str, dss_url: str, *settings: str) -> str:
        """A USS by `steerclear serve`, with the testing interfaces open; its URL."""
        port = free_port()
        return self._serve(
            name,
            port,
            "[f3548.uss]",
            f'name = "{name}"',
            f'base_url = "http://{HOST}:{port}"',
            f'dss_url = "{dss_url}"',
            "flight_planning = true",
            "versioning = true",
            *settings,
            "[f3548.uss.tokens]",
            f'url = "{self.token_url}"',
        )

    def start_other(self, name: str, command: Sequence[str], port: int, environment: dict[str, str]) -> None:
        """A server that is not ours."""
        self._start(name, command, environment)
        self._until_listening(name, port)

    def _serve(self, name: str, port: int, *sections: str) -> str:
        file = self.folder / f"{name}.toml"
        head = ["[f3548]", f'listen = "{HOST}:{port}"', f'audiences = ["{HOST}"]', 'issuer_keys = ["issuer.pem"]']
        file.write_text("\n".join([*head, f'data = "{name}-data"', *sections]) + "\n")
        self._start(name, [*STEERCLEAR, "serve", "--config", str(file)])
        self._until_listening(name, port)
        return f"http://{HOST}:{port}"

    def _start(self, name: str, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
        log = self._open.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        self._open.callback(_end, process)
        self._processes[name] = process

    def _until_listening(self, name: str, port: int) -> None:
        process = self._processes[name]
        until = time.monotonic() + START_WITHIN_S
        while process.poll() is None and time.monotonic() < until:
            try:
                socket.create_connection((HOST, port), 1.0).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        said = (self.folder / f"{name}.log").read_text(errors="replace")[-2_000:]
        raise SystemExit(f"{name} does not start; its last words: {said}")


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_servers(folder: Path) -> Iterator[Servers]:
    """Servers of one round, ended whatever happens."""
    servers = Servers(folder)
    try:
        servers.start_issuer()
        yield servers
    finally:
        servers.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """A server and all that it started: the mock USS leaves a child behind."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_WITHIN_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
