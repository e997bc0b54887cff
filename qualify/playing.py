"""Each round: its servers are started, the framework plays its scenarios against them, and they are ended."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.postgres_cluster import running_cluster

from qualify.mock import start_mock_uss
from qualify.prober import run_prober
from qualify.rounds import dss_round, uss_round
from qualify.servers import Servers, running_servers

ROOT: Final = Path(__file__).resolve().parent.parent
ROUND_WITHIN_S: Final = 1_800.0
"""A round takes a minute or two; a busy machine takes its time."""


@dataclass(frozen=True)
class Framework:
    """The environment that has InterUSS's package, and the official OpenAPI where it is at hand."""

    python: str
    openapi: str | None

    def play(self, folder: Path, name: str, told: dict[str, Any]) -> dict[str, Any]:
        """Play scenarios in a process of the framework's own; what they came to. Its log is in the folder."""
        asked, answered = folder / "round.json", folder / "result.json"
        asked.write_text(json.dumps({**told, "name": name, "openapi": self.openapi}, indent=1))
        command = [self.python, "-m", "qualify.inside", str(asked), str(answered)]
        # Without a version told, the package asks git for its own and takes this repository's for it.
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "GIT_COMMIT_HASH": "-", "CODE_VERSION": "-"}
        with (folder / "framework.log").open("wb") as log:
            ran = subprocess.run(
                command, cwd=ROOT, stdout=log, stderr=log, check=False, timeout=ROUND_WITHIN_S, env=environment
            )
        if ran.returncode:
            raise SystemExit(f"the framework fails in {name}: {(folder / 'framework.log').read_text()[-2_000:]}")
        result: dict[str, Any] = json.loads(answered.read_text())
        return result


@dataclass(frozen=True)
class Round:
    """A round by name; `play` runs it in a folder of its own."""

    name: str
    title: str
    play: Callable[[Framework, Path], dict[str, Any]]


def _one_dss(framework: Framework, folder: Path) -> dict[str, Any]:
    with running_servers(folder) as servers:
        url = servers.start_dss("dss")
        return framework.play(folder, folder.name, dss_round(servers.token_url, [url], 0))


def _pool(primary: int) -> Callable[[Framework, Path], dict[str, Any]]:
    def play(framework: Framework, folder: Path) -> dict[str, Any]:
        with _running_pool(folder) as (servers, urls):
            return framework.play(folder, folder.name, dss_round(servers.token_url, urls, primary))

    return play


def _two_uss(framework: Framework, folder: Path) -> dict[str, Any]:
    with running_servers(folder) as servers:
        dss = servers.start_dss("dss")
        tested, control = (servers.start_uss(name, dss) for name in ("north", "south"))
        told = uss_round(servers.token_url, [dss], ("north", tested), ("south", control), beside_mock=False)
        return framework.play(folder, folder.name, told)


def _beside_mock(framework: Framework, folder: Path) -> dict[str, Any]:
    with _running_pool(folder) as (servers, urls):
        tested = servers.start_uss("north", urls[0])
        mock = start_mock_uss(servers, framework.python, "mock", urls[1])
        told = uss_round(servers.token_url, urls, ("north", tested), ("mock", mock), beside_mock=True)
        return framework.play(folder, folder.name, told)


def _prober(framework: Framework, folder: Path) -> dict[str, Any]:
    with running_servers(folder) as servers:
        url = servers.start_dss("dss", allow_http=False)
        return run_prober(framework.python, folder, url, servers.token_url)


def _prober_pool(framework: Framework, folder: Path) -> dict[str, Any]:
    with _running_pool(folder, allow_http=False) as (servers, urls):
        return run_prober(framework.python, folder, urls[1], servers.token_url)


@contextmanager
def _running_pool(folder: Path, *, allow_http: bool = True) -> Iterator[tuple[Servers, list[str]]]:
    with running_cluster(durable=True) as cluster, running_servers(folder) as servers:
        store = f'store = "{cluster.database()}"'
        urls = [
            servers.start_dss(name, store, f'instance = "{name}"', allow_http=allow_http) for name in ("dss1", "dss2")
        ]
        yield servers, urls


ROUNDS: Final = (
    Round("dss", "one DSS on SQLite", _one_dss),
    Round("pool-first", "the first of two DSS instances on PostgreSQL", _pool(0)),
    Round("pool-second", "the second of them", _pool(1)),
    Round("uss", "two of our USSs on our DSS", _two_uss),
    Round("mock", "our USS and InterUSS's mock USS, each at its own instance of our pool", _beside_mock),
    Round("prober", "one DSS on SQLite", _prober),
    Round("prober-pool", "the second of two DSS instances on PostgreSQL", _prober_pool),
)
