"""What a replay finds when it sets its decisions beside the recorded ones: the same, or a difference that is named."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec

from steerclear.services.incident.limits import MAX_DIFFERENCES

SAME: Final = ""
_FIELDS_NAMED: Final = 6


class DifferenceKind(StrEnum):
    """How a replayed decision differs from the recorded one."""

    MISSING = "missing"
    """Recorded, and not made again."""
    EXTRA = "extra"
    """Made now, and not recorded."""
    OTHER_TIME = "other_time"
    """Made, at another time."""
    OTHER_SEVERITY = "other_severity"
    OTHER_FIELD = "other_field"
    OTHER_TERMS = "other_terms"
    """The terms that the agreement gives now are others than those that ran."""
    OTHER_THAN_RECORD = "other_than_record"
    """The journal says that something else was said than the record of the line holds."""


class MomentKind(StrEnum):
    """What a moment of a replay is, to jump to the next one of a kind."""

    ALERT = "alert"
    CALL = "call"
    """A message that asks people for something, or an answer."""
    SILENCE = "silence"
    """A deadline passed, or a rung was raised, because nobody had answered."""
    OTHER = "other"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One decision that came out otherwise."""

    kind: DifferenceKind
    decision: str
    """"alert", "deadlines of a message", "rung", …"""
    name: str
    """Which one."""
    time_s: float
    fields: tuple[str, ...] = ()
    """`field: recorded …, replayed …`."""

    @property
    def words(self) -> str:
        """One line for a person."""
        more = f": {'; '.join(self.fields)}" if self.fields else ""
        return f"{self.decision} {self.name}: {self.kind.replace('_', ' ')}{more}"


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded event on the way through a replay, or a decision that only the replay made."""

    time_s: float
    """By the node's clock; of a decision that is not recorded, by the picture's."""
    picture_s: float | None = None
    sequence: int | None = None
    """Row of the journal."""
    kind: MomentKind
    words: str
    decided: bool
    """Whether the replay decided it anew; otherwise it is an input, as recorded."""
    difference: Difference | None = None


class Tally:
    """Counts decisions and keeps the differences, as many as may be kept."""

    def __init__(self) -> None:
        self.decisions: dict[str, int] = {}
        self.same = 0
        self.different = 0
        self.differences: list[Difference] = []

    def take(self, decision: str, difference: Difference | None) -> None:
        """One decision was compared."""
        self.decisions[decision] = self.decisions.get(decision, 0) + 1
        if difference is None:
            self.same += 1
            return
        self.different += 1
        if len(self.differences) < MAX_DIFFERENCES:
            self.differences.append(difference)


def differing_fields(
    recorded: Any, replayed: Any, names: tuple[str, str] = ("recorded", "replayed")
) -> tuple[str, ...]:
    """Fields in which two values of one shape differ, in words; the first few of them. `names`: whose each is."""
    found = list(_walk("", msgspec.to_builtins(recorded), msgspec.to_builtins(replayed), names))
    more = len(found) - _FIELDS_NAMED
    return (*found[:_FIELDS_NAMED], *([f"and {more} more fields"] if more > 0 else []))


def _walk(path: str, recorded: Any, replayed: Any, names: tuple[str, str]) -> list[str]:
    if isinstance(recorded, dict) and isinstance(replayed, dict):
        keys = [*recorded, *(key for key in replayed if key not in recorded)]
        pairs = [(f"{path}.{key}" if path else key, recorded.get(key), replayed.get(key)) for key in keys]
        return [line for pair in pairs for line in _walk(*pair, names)]
    if isinstance(recorded, list) and isinstance(replayed, list) and len(recorded) == len(replayed):
        pairs = [(f"{path}[{at}]", one, two) for at, (one, two) in enumerate(zip(recorded, replayed, strict=True))]
        return [line for pair in pairs for line in _walk(*pair, names)]
    one, other = names
    return [] if recorded == replayed else [f"{path}: {one} {_short(recorded)}, {other} {_short(replayed)}"]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
