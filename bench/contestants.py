"""Who is measured, and how each is called on a problem: its own best form, its inputs laid out before the clock starts.

Frame and units as in `bench.problem`. Each contestant turns a problem into a call without arguments; what the call
returns is read back as pairs of row numbers, after the clock has stopped. Nothing here imports a peer until it is
asked for.
"""

# ruff: noqa: PLC0415 - each contestant's libraries load in its own process only

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

from bench.problem import Problem


class Contestant(Protocol):
    """Something that finds conflicts."""

    name: str
    title: str
    package: str
    well_clear: bool

    def prepare(self, problem: Problem) -> Callable[[], Any]:
        """Lay out the inputs and return the call that is timed."""

    def rows(self, answer: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the row numbers i, j of the pairs in an answer, in any order, either or both ways round."""


@dataclass(frozen=True)
class Steerclear:
    """`find_conflicts` with full output, from plain arrays to the result; optionally well clear in the same pass."""

    name: str
    title: str
    threads: int
    well_clear: bool = False
    package: str = "steerclear"

    def prepare(self, problem: Problem) -> Callable[[], Any]:
        """Return the public call."""
        from steerclear import WellClearVolume, find_conflicts

        volume = WellClearVolume.PHASE_I if self.well_clear else None
        return lambda: find_conflicts(*problem.states, **problem.terms, well_clear=volume, threads=self.threads)

    def rows(self, answer: Any) -> tuple[np.ndarray, np.ndarray]:
        """Read the structured result."""
        return answer.pairs["i"], answer.pairs["j"]


@dataclass(frozen=True)
class SweptTree:
    """The cKDTree version of `bench.kdtree`."""

    name: str = "kdtree"
    title: str = "cKDTree (ours)"
    package: str = "scipy"
    well_clear: bool = False

    def prepare(self, problem: Problem) -> Callable[[], Any]:
        """Return the call, with both cores for its few fast aircraft."""
        from bench.kdtree import find_conflicts

        return lambda: find_conflicts(problem, threads=-1)

    def rows(self, answer: Any) -> tuple[np.ndarray, np.ndarray]:
        """Read the hits."""
        return answer.i, answer.j


@dataclass(frozen=True)
class MiniSky:
    """minisky's detector: a KD-tree over present positions, then vectorised geometry on a mean sphere."""

    name: str = "minisky"
    title: str = "minisky"
    package: str = "minisky"
    well_clear: bool = False

    def prepare(self, problem: Problem) -> Callable[[], Any]:
        """Return its `detect`, which reads the traffic's columns and nothing of the detector it belongs to."""
        from minisky._internal.conflict.detection import ConflictDetection

        traffic, *terms = _simulator_traffic(problem)
        return lambda: ConflictDetection.detect(ConflictDetection, traffic, traffic, *terms)

    def rows(self, answer: Any) -> tuple[np.ndarray, np.ndarray]:
        """Read the pairs of callsigns."""
        return _from_callsigns(answer.confpairs)


@dataclass(frozen=True)
class BlueSkyCompiled:
    """BlueSky's state-based detector compiled from C++: every ordered pair."""

    name: str = "bluesky_compiled"
    title: str = "BlueSky C++"
    package: str = "bluesky-simulator"
    well_clear: bool = False

    def prepare(self, problem: Problem) -> Callable[[], Any]:
        """Return the extension's `detect`."""
        from bluesky.traffic.asas import cstatebased

        traffic, *terms = _simulator_traffic(problem)
        return lambda: cstatebased.detect(traffic, traffic, *terms)

    def rows(self, answer: Any) -> tuple[np.ndarray, np.ndarray]:
        """Read the pairs of callsigns."""
        return _from_callsigns(answer[0])


@dataclass(frozen=True)
class BlueSkyNumpy:
    """BlueSky's state-based detector in numpy: full n × n matrices."""

    name: str = "bluesky_numpy"
    title: str = "BlueSky numpy"
    package: str = "bluesky-simulator"
    well_clear: bool = False

    def prepare(self, problem: Problem) -> Callable[[], Any]:
        """Return the method, which reads nothing of the detector it belongs to."""
        from bluesky.traffic.asas.statebased import StateBased

        traffic, *terms = _simulator_traffic(problem)
        return lambda: StateBased.detect(None, traffic, traffic, *terms)

    def rows(self, answer: Any) -> tuple[np.ndarray, np.ndarray]:
        """Read the pairs of callsigns."""
        return _from_callsigns(answer[0])


CONTESTANTS: dict[str, Contestant] = {
    contestant.name: contestant
    for contestant in (
        Steerclear("steerclear_1", "steerclear 1 thread", threads=1),
        Steerclear("steerclear_2", "steerclear 2 threads", threads=2),
        Steerclear("well_clear_1", "+ well clear 1 thread", threads=1, well_clear=True),
        Steerclear("well_clear_2", "+ well clear 2 threads", threads=2, well_clear=True),
        SweptTree(),
        MiniSky(),
        BlueSkyCompiled(),
        BlueSkyNumpy(),
    )
}
"""In the order of the tables. The first is what the others' ratios refer to."""

_MODULES = {"bluesky-simulator": "bluesky"}


def installed(contestant: Contestant) -> bool:
    """Return whether the contestant's package is there to be measured."""
    return find_spec(_MODULES.get(contestant.package, contestant.package)) is not None


def _simulator_traffic(problem: Problem) -> tuple[SimpleNamespace, np.ndarray, np.ndarray, np.ndarray]:
    """Return traffic and per-aircraft minima and lookahead as both simulators hold them: track and ground speed."""
    callsigns = [str(row) for row in range(problem.n)]
    traffic = SimpleNamespace(
        ntraf=problem.n,
        id=callsigns,
        callsign=callsigns,
        lat=np.ascontiguousarray(problem.latitude_deg),
        lon=np.ascontiguousarray(problem.longitude_deg),
        alt=np.ascontiguousarray(problem.altitude_m),
        trk=np.degrees(np.arctan2(problem.east_mps, problem.north_mps)) % 360.0,
        gs=np.hypot(problem.east_mps, problem.north_mps),
        vs=np.ascontiguousarray(problem.up_mps),
    )
    terms = (problem.horizontal_m, problem.vertical_m, problem.lookahead_s)
    return traffic, *(np.full(problem.n, value) for value in terms)


def _from_callsigns(pairs: list[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
    rows = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]
