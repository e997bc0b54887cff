from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from steerclear.store.airspace import AirspaceStore
from steerclear.store.airspace.postgres import PostgresAirspaceStore
from steerclear.store.airspace.sqlite import SqliteAirspaceStore
from tests.interfaces.f3548.world import POOL, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A DSS on SQLite."""
    store = SqliteAirspaceStore(str(tmp_path / "airspace.sqlite"), POOL)
    yield World(store)
    store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A DSS on either store."""
    if request.param == "postgres":
        store: AirspaceStore = PostgresAirspaceStore(request.getfixturevalue("cluster").cleaned(), POOL)
    else:
        store = SqliteAirspaceStore(str(tmp_path / "airspace.sqlite"), POOL)
    yield World(store)
    store.close()
