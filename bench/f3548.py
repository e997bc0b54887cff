"""F3548: durable creates of operational intents per second at a DSS that holds many, embedded and as a pool of two.

Each create is answered when it is on the disk. `service`: the use case in its process; `http`: a whole host, asked by a
program on the same machine over connections that stay open. The pool is two instances that share one PostgreSQL with
`fsync` on; each has half the clients. What meets another intent is refused and not counted.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from tests.postgres_cluster import running_cluster

from bench import f3548_load, machine, markdown
from bench.budget import Budget
from steerclear.interfaces.f3548.issuing import make_key_pair

ACTIVE, QUICK_ACTIVE = 100_000, 4_000
CREATES, QUICK_CREATES = 12_000, 600
CLIENTS = 32

GOALS = {
    "embedded_service_creates_per_s": 1_000.0,
    "embedded_service_create_p99_us": 50_000.0,
    "embedded_http_creates_per_s": 1_000.0,
    "embedded_http_create_p99_us": 50_000.0,
    "pool_service_creates_per_s": 500.0,
    "pool_service_create_p99_us": 50_000.0,
    "pool_http_creates_per_s": 500.0,
    "pool_http_create_p99_us": 50_000.0,
}
"""With 10^5 active intents. A rate is met from below, a time from above."""


def run(budget: Budget) -> dict[str, Any]:
    """Measure in a fresh directory beside this file's repository, so on the disk that the project is on."""
    active, creates = (QUICK_ACTIVE, QUICK_CREATES) if budget.quick else (ACTIVE, CREATES)
    numbers: dict[str, float] = {"active_intents": float(active), "load_before": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory(dir=machine.ROOT / "bench", prefix="results-") as name:
        folder = Path(name)
        make_key_pair(folder / "issuer.key", folder / "issuer.pem")
        _embedded(folder, active, creates, numbers)
        with running_cluster(durable=True) as cluster:
            _pool(folder, cluster.database(), active, creates // 2, numbers)
    numbers["load_after"] = os.getloadavg()[0]
    return {"section": "f3548", "machine": machine.describe(), "numbers": numbers}


def _embedded(folder: Path, active: int, creates: int, numbers: dict[str, float]) -> None:
    _say(f"filling SQLite with {active:,} intents")
    data = folder / "data"
    data.mkdir()
    file = data / "airspace.sqlite"
    _fill(str(file), active)
    _say("embedded, service")
    _note(numbers, "embedded_service", _results([["service", str(file), str(creates), str(CLIENTS), "11"]]))
    _say("embedded, http")
    with _host(folder, "embedded", "") as url:
        key = str(folder / "issuer.key")
        _note(numbers, "embedded_http", _results([["http", url, key, str(creates), str(CLIENTS), "12"]]))


def _pool(folder: Path, database: str, active: int, creates: int, numbers: dict[str, float]) -> None:
    _say(f"filling PostgreSQL with {active:,} intents")
    _fill(database, active)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    each, clients = str(creates // 2), str(CLIENTS // 2)
    _say("pool of two, service")
    asked = [["service", database, each, clients, str(seed)] for seed in (21, 22)]
    _note(numbers, "pool_service", _results(asked))
    _say("pool of two, http")
    key = str(folder / "issuer.key")
    with ExitStack() as hosts:
        urls = [
            hosts.enter_context(_host(folder, one, f'store = "{database}"\ninstance = "{one}"\n'))
            for one in ("first", "second")
        ]
        asked = [["http", url, key, each, clients, str(seed)] for seed, url in enumerate(urls, 31)]
        _note(numbers, "pool_http", _results(asked))


def _fill(url: str, active: int) -> None:
    directory = f3548_load.open_directory(url)
    f3548_load.fill(directory, active)
    directory.store.close()


def _results(programs: list[list[str]]) -> list[dict[str, Any]]:
    """What load programs measured that ran side by side."""
    running = [
        subprocess.Popen([sys.executable, "-m", "bench.f3548_load", *program], stdout=subprocess.PIPE, cwd=machine.ROOT)
        for program in programs
    ]
    outputs = [process.communicate()[0] for process in running]
    assert all(process.returncode == 0 for process in running), "a load program failed"
    return [json.loads(output) for output in outputs]


def _note(numbers: dict[str, float], name: str, results: list[dict[str, Any]]) -> None:
    took = sorted(one for result in results for one in result["took_s"])
    elapsed_s = max(result["elapsed_s"] for result in results)
    numbers[f"{name}_creates_per_s"] = sum(result["creates"] for result in results) / elapsed_s
    numbers[f"{name}_create_median_us"] = took[len(took) // 2] * 1e6
    numbers[f"{name}_create_p99_us"] = took[min(len(took) - 1, int(len(took) * 0.99))] * 1e6


@contextmanager
def _host(folder: Path, name: str, dss: str) -> Iterator[str]:
    """A host as a process of its own; gives its URL."""
    data = "data" if name == "embedded" else f"data-{name}"
    (folder / data).mkdir(exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(
        f'[f3548]\nlisten = "127.0.0.1:0"\naudiences = ["{f3548_load.AUDIENCE}"]\ndata = "{data}"\n'
        f'issuer_keys = ["issuer.pem"]\n[f3548.dss]\n{dss}'
    )
    program = f"from steerclear.app.main import main; main(['serve', '--config', {str(file)!r}])"
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", program], stderr=log, stdout=log)
    runtime = folder / data / "f3548.json"
    try:
        until_s = time.monotonic() + 120.0
        while not runtime.exists() or not runtime.read_bytes():
            assert process.poll() is None, (folder / f"{name}.log").read_text()
            assert time.monotonic() < until_s, "the host does not start"
            time.sleep(0.05)
        yield json.loads(runtime.read_bytes())["url"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _say(text: str) -> None:
    print(f"    {text}", file=sys.stderr, flush=True)


def table(result: dict[str, Any]) -> str:
    """Return a line for each number, with its unit and, where there is one, its goal."""
    numbers = dict(result["numbers"])
    active = int(numbers.pop("active_intents"))
    load = max(numbers.pop("load_before"), numbers.pop("load_after"))
    legend = (
        f"{markdown.count(active)} active operational intents, {CLIENTS} clients."
        f" Load of the machine meanwhile up to {load:.1f}. {machine.sentence(result['machine'])}."
    )
    return "\n\n".join([legend, markdown.named_numbers(numbers, GOALS if active == ACTIVE else {})])
