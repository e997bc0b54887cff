"""One work's view of the shared database, within its group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from steerclear.model.airspace import Availability, Entity, ExchangeReport, Heartbeat
from steerclear.store.airspace import postgres_sql as sql
from steerclear.store.airspace.changes import Changes, by_id, id_bytes, id_text
from steerclear.store.airspace.postgres_group import Group, availability_of
from steerclear.store.airspace.protocol import Kind, Places
from steerclear.store.airspace.rows import entity_of, optional


class PostgresTransaction(Changes):
    """See `AirspaceTransaction`."""

    def __init__(self, group: Group) -> None:
        super().__init__()
        self._group = group

    def get(self, kind: Kind, entity_id: str) -> Entity | None:
        """See `AirspaceTransaction.get`."""
        row = self._group.entity((kind, id_bytes(entity_id)))
        return None if row is None else entity_of(*row)

    def found(self, kind: Kind, sought: Iterable[Places]) -> list[Entity]:
        """See `AirspaceTransaction.found`."""
        found: dict[bytes, Entity] = {}
        for places in sought:
            for key, body, counter in self._group.found(kind, places):
                if key not in found:
                    found[key] = entity_of(body, counter)
        return by_id(found)

    def dependents(self, subscription_id: str) -> list[str]:
        """See `AirspaceTransaction.dependents`."""
        return [id_text(row[0]) for row in self._group.rows(sql.DEPENDENTS, id_bytes(subscription_id))]

    def availability(self, uss: str) -> Availability | None:
        """See `AirspaceTransaction.availability`."""
        row = self._one(sql.AVAILABILITY, uss)
        return None if row is None else availability_of(row)

    def declared(self) -> dict[str, Availability]:
        """See `AirspaceTransaction.declared`."""
        return self._group.declared()

    def reports(self, limit: int = 100) -> list[ExchangeReport]:
        """See `AirspaceTransaction.reports`."""
        return [
            ExchangeReport(report_id=row[0], reporter=row[1], received_s=row[2], content=row[3])
            for row in self._group.rows(sql.REPORTS, limit)
        ]

    def heartbeats(self) -> list[Heartbeat]:
        """See `AirspaceTransaction.heartbeats`."""
        return [
            Heartbeat(
                instance=row[0],
                endpoint=row[1],
                reporter=row[2],
                source=row[3],
                at_s=row[4],
                next_before_s=optional(row[5]),
            )
            for row in self._group.rows(sql.HEARTBEATS)
        ]

    def pool_id(self) -> str:
        """See `AirspaceTransaction.pool_id`."""
        row = self._one(sql.POOL_ID)
        return "" if row is None else str(row[0])

    def count(self, kind: Kind, manager: str | None = None) -> int:
        """See `AirspaceTransaction.count`."""
        if manager is None:
            row = self._one(sql.COUNT, int(kind))
        else:
            row = self._one(sql.COUNT_OF_MANAGER, int(kind), manager)
        return 0 if row is None else int(row[0])

    def ended(self, before_s: float, limit: int = 1_000) -> list[tuple[Kind, str]]:
        """See `AirspaceTransaction.ended`."""
        return [(Kind(row[0]), id_text(row[1])) for row in self._group.rows(sql.ENDED, int(before_s * 1e6), limit)]

    def _one(self, statement: str, *bindings: Any) -> Sequence[Any] | None:
        rows = self._group.rows(statement, *bindings)
        return rows[0] if rows else None
