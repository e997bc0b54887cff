"""A flight that is expected to be seen, and how names of aircraft are compared.

Frame: WGS84; metres; POSIX UTC seconds. Names are compared as they are written, letters' case and spaces aside.
"""

from __future__ import annotations

import msgspec

from steerclear.model.declared import Known
from steerclear.model.intent import IntentState
from steerclear.model.track import Identity
from steerclear.model.volumes import Volume4D

FlightKey = tuple[str, str]
"""Party and item id: ids are each party's own."""


class ExpectedFlight(msgspec.Struct, frozen=True, kw_only=True):
    """A flight that a party has declared, as far as it is known here."""

    party: str
    item_id: str
    title: str = ""
    volumes: tuple[Volume4D, ...] = ()
    """All of its airspace, off-nominal volumes too; empty where it is sealed."""
    identities: tuple[Identity, ...] = ()
    state: IntentState | None = None
    known: Known = Known.FULL
    over: bool = False
    """Its party has ended or withdrawn it, or its time has run out unrenewed: who still flies it does not conform."""
    from_s: float
    until_s: float

    @property
    def key(self) -> FlightKey:
        """What tells it from all others."""
        return self.party, self.item_id

    @property
    def aircraft(self) -> int:
        """How many aircraft may fly it at once: as many as it names, at least one."""
        return max(1, len(self.identities))


def plain(name: str) -> str:
    """A callsign or remote id as it is compared."""
    return "".join(name.split()).upper()


def shortened(name: str) -> set[str]:
    """A name itself, and with each one of its letters left out."""
    return {name, *(name[:place] + name[place + 1 :] for place in range(len(name)))}


def one_letter_apart(one: str, other: str) -> bool:
    """Whether two different names become equal by changing, adding or leaving out one letter."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    same = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    rest = short[same + 1 :] if len(short) == len(long) else short[same:]
    return rest == long[same + 1 :]
