"""Changes of a plan that would clear it, each proven by the same check; proposals, never applied by themselves.

Metres, degrees, seconds. `disruption` has no unit: it ranks changes of one plan against each other, see
`strategic.disruption`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.plan_check import PlanCheck, Precedence
from steerclear.model.volumes import Volume4D


class ChangeKind(StrEnum):
    """What is changed of a plan."""

    DELAY = "delay"
    LEVEL = "level"
    """All of it higher or lower."""
    LATERAL = "lateral"
    """All of it to one side."""
    TRIM = "trim"
    """Volumes begin later, end earlier, or reach less high or low."""
    DROP = "drop"
    """Volumes are left out."""


class TrimmedEdge(StrEnum):
    """Which bound of a volume is drawn in."""

    START = "start"
    END = "end"
    TOP = "top"
    BOTTOM = "bottom"
    WHOLE = "whole"
    """The volume is left out."""


class Trim(msgspec.Struct, frozen=True, kw_only=True):
    """One bound of one volume, and by how much it is drawn in: seconds at start and end, metres at top and bottom."""

    volume: int
    """Of the plan as it was, counted from 0."""
    edge: TrimmedEdge
    by_s: float = 0.0
    by_m: float = 0.0


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """One change that clears a plan."""

    kind: ChangeKind
    said: str
    """It in words."""
    disruption: float
    """The smaller, the less the plan is changed."""
    delay_s: float = 0.0
    level_m: float = 0.0
    """Upwards; negative: down."""
    lateral_m: float = 0.0
    bearing_deg: float = 0.0
    trims: tuple[Trim, ...] = ()
    volumes: tuple[Volume4D, ...]
    """The plan's volumes after the change."""
    check: PlanCheck
    """The check of the plan after the change: no conflict and no contradiction is left."""
    note: str = ""
    """What this search could not look at."""


class NothingFound(msgspec.Struct, frozen=True, kw_only=True):
    """That no change of a kind was found, and why."""

    kind: ChangeKind
    reason: str


class ResolveLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How far a search goes."""

    max_delay_s: float = 12 * 3_600.0
    max_level_m: float = 3_000.0
    max_lateral_m: float = 20_000.0
    lowest_m: float = 0.0
    """A change of level leaves no lower bound below this, in the plan's own datum."""
    least_left_s: float = 60.0
    least_left_m: float = 10.0
    """What must be left of a volume that is trimmed; of less, it is left out altogether."""
    max_options: int = 3
    """Of each kind, the least disruptive first."""
    max_comparisons: int = 200_000
    """Pairs of volumes compared in one search; one that needs more ends and says so."""


class Resolutions(msgspec.Struct, frozen=True, kw_only=True):
    """Every change that was found to clear a plan."""

    before: PlanCheck
    """The plan as it is."""
    options: tuple[Resolution, ...]
    """The least disruptive first; those that leave nothing but advice before those that leave a notice rule broken."""
    nothing_found: tuple[NothingFound, ...]
    """For each kind without an option: why."""
    limits: ResolveLimits


class PairProposal(msgspec.Struct, frozen=True, kw_only=True):
    """Two plans that conflict: who gives way under the agreement, and what each could change."""

    precedence: Precedence
    """Seen from the first plan."""
    of_first: Resolutions
    of_second: Resolutions
