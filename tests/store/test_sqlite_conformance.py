"""Both shapes of the SQLite store keep the promises every store makes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from steerclear.store import SqliteStore, View
from tests.store.conformance import Conformance, MakeStore


class TestSqliteFile(Conformance):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> Iterator[MakeStore]:
        opened: list[SqliteStore] = []

        def make(views: Sequence[View]) -> SqliteStore:
            opened.append(SqliteStore.open(tmp_path / "store.db", views))
            return opened[-1]

        yield make
        for store in opened:
            store.close()


class TestSqliteInMemory(Conformance):
    @pytest.fixture
    def make_store(self) -> Iterator[MakeStore]:
        opened: list[SqliteStore] = []

        def make(views: Sequence[View]) -> SqliteStore:
            opened.append(SqliteStore.in_memory(views))
            return opened[-1]

        yield make
        for store in opened:
            store.close()
