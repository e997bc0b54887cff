"""The directory of airspace on disk: one interface, SQLite in the process or PostgreSQL shared by several."""

from steerclear.store.airspace.protocol import (
    AirspaceStore,
    AirspaceTransaction,
    Bounds,
    Expected,
    Kind,
    Placed,
    Places,
)

__all__ = ["AirspaceStore", "AirspaceTransaction", "Bounds", "Expected", "Kind", "Placed", "Places"]
