"""How a rung of the ladder reaches people: every outlet of a function is tried, and what came of each is told.

That an outlet took a summons means that it was handed on, and nothing else: a person has read the message only when
one acknowledges it over the line. A summons carries fixed words and names, never the message's free text, because
mail servers, SMS gateways and chat rooms read along. In which words, and in which language, is the outlets' matter.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

import msgspec

MAX_DETAIL_CHARS: Final = 500
"""Characters of an outlet's own words that are kept."""
MAX_OUTLETS_AT_ONCE: Final = 16
"""Outlets of one function that are tried at the same time; the others follow as these finish."""


class Summons(msgspec.Struct, frozen=True, kw_only=True):
    """What a function is told when a rung reaches it. Times are POSIX UTC seconds."""

    party: str
    """Whose function is summoned."""
    peer: str
    """The other side of the message."""
    message_id: str
    kind: str
    urgency: str
    outgoing: bool
    """Whether the message is ours to the other side, or theirs to us."""
    step: str
    """What it waits for: to be acknowledged, relayed or answered (the name of a `Step`)."""
    rung: int
    """Place in the agreed ladder, from 0."""
    function: str
    desk_id: str
    issued_s: float
    due_s: float
    """When that step should have been taken."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one outlet."""

    outlet: str
    reached: bool
    """The outlet took the summons; whether a person has read anything is not known from it."""
    detail: str
    """Why, in printable characters, at most MAX_DETAIL_CHARS."""
    took_s: float


class Outlets(Protocol):
    """The ways in which a party reaches its own people, by name."""

    def reach(self, outlet: str, summons: Summons) -> Outcome:
        """Hand a summons to an outlet; returns when it was taken, refused, or when the outlet's time is over."""
        ...

    def names(self) -> frozenset[str]:
        """Names of all outlets there are."""
        ...


def reach_function(outlets: Outlets, names: Sequence[str], summons: Summons) -> tuple[Outcome, ...]:
    """Try every named outlet of a function, at the same time; one outcome for each name, in their order.

    Nothing raises: an unknown or failing outlet is an outcome that did not reach anybody. No names, no outcomes: a
    function without an outlet was not reached.
    """
    asked = tuple(dict.fromkeys(names))
    if len(asked) < 2:
        return tuple(_outcome(outlets, name, summons) for name in asked)
    with ThreadPoolExecutor(min(len(asked), MAX_OUTLETS_AT_ONCE), thread_name_prefix="reach") as pool:
        return tuple(pool.map(lambda name: _outcome(outlets, name, summons), asked))


def _outcome(outlets: Outlets, name: str, summons: Summons) -> Outcome:
    began_s = time.monotonic()
    try:
        known = outlets.names()
        if name in known:
            given = outlets.reach(name, summons)
            return msgspec.structs.replace(given, detail=printable(given.detail))
        there = ", ".join(sorted(known)) or "none"
        detail = f"this node has no outlet {name!r} (it has: {there}); add [outlets.{name}] to its node file"
    except Exception as fault:  # whatever an outlet does, the other outlets are tried and the ladder goes on
        detail = f"the outlet failed: {type(fault).__name__}"
    return Outcome(outlet=name, reached=False, detail=printable(detail), took_s=time.monotonic() - began_s)


def printable(text: str, at_most: int = MAX_DETAIL_CHARS) -> str:
    """One line of a text's printable characters, cut at a length."""
    return " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * at_most]).split())[:at_most]
