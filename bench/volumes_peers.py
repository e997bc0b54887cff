"""The peers of the volumes section: shapely's STRtree in this process, and PostGIS where it is installed.

Both hold the same corners, as longitude and latitude taken for a plane, so their edges are not geodesics: over two
kilometres some centimetres. Where a pair nearly touches they may answer otherwise.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import psycopg
import shapely

from bench.volumes_scene import VOLUMES_PER_PLAN, Plans

INSTALL: Final = "apt-get install postgresql-15-postgis-3"
_UNPRIVILEGED: Final = "nobody"


class SpatialTree:
    """STRtree over the corners: boxes, then times and heights, then shapely's exact predicate on what is left."""

    def __init__(self, plans: Plans) -> None:
        begun = time.perf_counter()
        corners = plans.corners_deg.reshape(-1, 4, 2)[..., ::-1]
        self._figures = shapely.polygons(corners)
        self._tree = shapely.STRtree(self._figures)
        self._tree.query(self._figures[:1])
        self.filled_s = time.perf_counter() - begun
        self._times = plans.times_s.reshape(-1, 2)
        self._heights = plans.heights_m.reshape(-1, 2)

    def prepare(self, plans: Plans, plan: int) -> Any:
        """What a question needs, made outside of the clock."""
        return (
            shapely.polygons(plans.corners_deg[plan][..., ::-1]),
            plans.times_s[plan],
            plans.heights_m[plan],
        )

    def ask(self, question: Any) -> set[int]:
        """The plans that meet a plan."""
        figures, times, heights = question
        mine, theirs = self._tree.query(figures)
        meets = (self._times[theirs, 0] <= times[mine, 1]) & (self._times[theirs, 1] >= times[mine, 0])
        meets &= (self._heights[theirs, 0] <= heights[mine, 1]) & (self._heights[theirs, 1] >= heights[mine, 0])
        mine, theirs = mine[meets], theirs[meets]
        return set((theirs[shapely.intersects(figures[mine], self._figures[theirs])] // VOLUMES_PER_PLAN).tolist())


_TABLE: Final = """
CREATE EXTENSION postgis;
CREATE TABLE volumes(plan int NOT NULL, area geometry(Polygon, 4326) NOT NULL, times numrange NOT NULL,
  heights numrange NOT NULL);
"""
_READ: Final = "COPY volumes(plan, area, times, heights) FROM STDIN"
_INDEX: Final = "CREATE INDEX ON volumes USING gist(area, times, heights); ANALYZE volumes"
_ASK: Final = """
SELECT DISTINCT v.plan FROM unnest(%s::text[], %s::numrange[], %s::numrange[]) AS q(area, times, heights)
JOIN volumes v ON v.area && q.area::geometry AND v.times && q.times AND v.heights && q.heights
  AND ST_Intersects(v.area, q.area::geometry)
"""


def programs() -> Path | None:
    """Return the folder with a PostgreSQL that has PostGIS, or None."""
    found = shutil.which("postgres")
    folders = [Path(found).resolve().parent] if found else []
    for folder in [*folders, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]:
        config = folder / "pg_config"
        if not config.exists() or not (folder / "initdb").exists():
            continue
        shared = subprocess.run([config, "--sharedir"], capture_output=True, text=True, check=False).stdout.strip()
        if (Path(shared) / "extension" / "postgis.control").exists():
            return folder
    return None


class PostGis:
    """One table with a GiST index over area, time and height; one statement asks for a whole plan."""

    def __init__(self, connection: Any, plans: Plans) -> None:
        self._connection = connection
        connection.execute(_TABLE)
        begun = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(_READ) as copy:
            for plan in range(len(plans)):
                for row in zip(*_rows(plans, plan), strict=True):
                    copy.write_row((plan, *row))
        self.filled_s = time.perf_counter() - begun
        begun = time.perf_counter()
        connection.execute(_INDEX)
        self.indexed_s = time.perf_counter() - begun

    def prepare(self, plans: Plans, plan: int) -> Any:
        """What a question needs, made outside of the clock."""
        return _rows(plans, plan)

    def ask(self, question: Any) -> set[int]:
        """The plans that meet a plan."""
        rows = self._connection.execute(_ASK, question).fetchall()
        return {plan for (plan,) in rows}


def _rows(plans: Plans, plan: int) -> tuple[list[str], list[str], list[str]]:
    def polygon(ring: list[list[float]]) -> str:
        places = ",".join(f"{longitude!r} {latitude!r}" for latitude, longitude in [*ring, ring[0]])
        return f"SRID=4326;POLYGON(({places}))"

    def span(bounds: list[float]) -> str:
        return f"[{bounds[0]!r},{bounds[1]!r}]"

    return (
        [polygon(ring) for ring in plans.corners_deg[plan].tolist()],
        [span(bounds) for bounds in plans.times_s[plan].tolist()],
        [span(bounds) for bounds in plans.heights_m[plan].tolist()],
    )


@contextmanager
def post_gis(plans: Plans) -> Iterator[PostGis | None]:
    """A server of its own in a folder of its own, stopped afterwards; None where PostGIS is not installed."""
    folder = programs()
    if folder is None:
        yield None
        return
    user = _UNPRIVILEGED if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="volumes-") as home:
        if user:
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        data = Path(home) / "data"
        run = {"user": user, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([folder / "initdb", "-D", data, "-U", "postgres", "--no-sync", "-A", "trust"], check=True, **run)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
        settings += " -c shared_buffers=1GB -c maintenance_work_mem=512MB -c max_wal_size=8GB -c jit=off"
        server = subprocess.Popen([folder / "postgres", "-D", data, *settings.split()], cwd=home, **run)
        try:
            address = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
            with _connected(address, server) as connection:
                yield PostGis(connection, plans)
        finally:
            server.terminate()
            server.wait()


def _connected(address: str, server: subprocess.Popen[bytes]) -> Any:
    while True:
        try:
            return psycopg.connect(address, autocommit=True)
        except psycopg.OperationalError:
            if server.poll() is not None:
                raise
            time.sleep(0.1)


def percentile(times_s: list[float], share: float) -> float:
    """Return a percentile of measured times."""
    return float(np.quantile(np.array(times_s), share, method="higher"))
