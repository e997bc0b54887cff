"""One problem as every contestant receives it: states, minima and lookahead, and how it travels to another process."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from bench.scenes import Scene


@dataclass(frozen=True)
class Problem:
    """States of n aircraft (degrees, metres, m/s), one horizontal and vertical minimum (metres) and a lookahead."""

    latitude_deg: np.ndarray
    longitude_deg: np.ndarray
    altitude_m: np.ndarray
    east_mps: np.ndarray
    north_mps: np.ndarray
    up_mps: np.ndarray
    horizontal_m: float
    vertical_m: float
    lookahead_s: float

    @property
    def n(self) -> int:
        """Number of aircraft."""
        return len(self.latitude_deg)

    @property
    def states(self) -> tuple[np.ndarray, ...]:
        """Latitude, longitude, altitude, east, north and up velocity, in the order every function here takes them."""
        return (
            self.latitude_deg,
            self.longitude_deg,
            self.altitude_m,
            self.east_mps,
            self.north_mps,
            self.up_mps,
        )

    @property
    def terms(self) -> dict[str, float]:
        """Minima and lookahead as the keywords of `find_conflicts`."""
        return {"horizontal_m": self.horizontal_m, "vertical_m": self.vertical_m, "lookahead_s": self.lookahead_s}

    def first(self, n: int) -> "Problem":
        """Return the problem of the first n aircraft, for warming up."""
        return Problem(*(column[:n].copy() for column in self.states), **self.terms)

    @staticmethod
    def of(scene: Scene) -> "Problem":
        """Return a scene as a problem."""
        return Problem(*(np.ascontiguousarray(column) for column in scene.columns), **scene.minima)

    def save(self, path: Path) -> None:
        """Write the problem for another process."""
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @staticmethod
    def load(path: Path) -> "Problem":
        """Read what `save` wrote."""
        with np.load(path) as stored:
            columns = {name: stored[name] for name in stored.files}
        return Problem(**{name: column if column.ndim else float(column) for name, column in columns.items()})
