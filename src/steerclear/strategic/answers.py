"""What parties have said of one aircraft, as identification takes it."""

from __future__ import annotations

import msgspec

from steerclear.strategic.expected import FlightKey


class GivenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a party has said to "is this yours?"."""

    party: str
    ours: bool
    function: str = ""
    at_s: float = 0.0
    reference: str = ""
    item: FlightKey | None = None
    """The item that the reference names, where it is known here."""
    title: str = ""
    sealed: bool = False
