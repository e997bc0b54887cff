"""The directory of airspace on disk: one interface, SQLite in the process or PostgreSQL shared by several."""

from steerclear.store.airspace.protocol import (
    NOTHING,
    AirspaceStore,
    AirspaceTransaction,
    Bounds,
    Expected,
    Kind,
    Placed,
    Places,
)

__all__ = ["NOTHING", "AirspaceStore", "AirspaceTransaction", "Bounds", "Expected", "Kind", "Placed", "Places"]
