"""Two or three parties of whom one sees an aircraft: its identification is stepped by hand, as the picture does."""

from __future__ import annotations

import msgspec

from steerclear.model.agreement import AreaOfAuthority, IdentificationTerms, Ladder, LadderSide, MessageDeadline, Rung
from steerclear.model.messages import IdentificationRequest
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import MessageKind, Urgency
from steerclear.model.zone import Circle
from steerclear.services.identify.watch import IdentifyTracks
from steerclear.services.line_events import read_standings
from tests.services.parties import START_S, Node, make_agreement, settle
from tests.services.plans import terms
from tests.strategic.sky import moved, track

AREA = AreaOfAuthority(
    area_id="valley",
    name="Upper valley",
    claimed_by=("north",),
    footprint=Circle(latitude_deg=46.5, longitude_deg=7.5, radius_m=20_000.0),
    lower_m=0.0,
    upper_m=5_000.0,
    altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
    from_s=START_S - 86_400.0,
    until_s=START_S + 30 * 86_400.0,
)
LADDER = Ladder(
    ladder_id="urgent",
    rungs=(
        Rung(function="duty officer", after_s=0.0),
        Rung(function="commander", after_s=120.0, side=LadderSide.RECEIVER, last=True),
    ),
)
DEADLINES = tuple(
    MessageDeadline(
        message=MessageKind.IDENTIFICATION_REQUEST,
        urgency=urgency,
        acknowledge_s=60.0,
        relay_s=120.0,
        respond_s=120.0,
        ladder_id="urgent",
    )
    for urgency in (Urgency.IMMEDIATE, Urgency.URGENT)
)


def agreed(parties=("north", "south"), areas=(AREA,), **changes):
    base = terms(areas=areas, message_deadlines=DEADLINES, ladders=(LADDER,), **changes)

    return msgspec.structs.replace(base, parties=make_agreement(parties).parties, notice_times=())


class Desk(Node):
    """A node with identification; its picture is a list of tracks."""

    def __init__(self, party, agreement, **parts) -> None:
        super().__init__(party, agreement, **parts)
        self.agreed = agreement
        self.identify = IdentifyTracks(self.exchange)
        self.tracks = []

    def look(self, seconds: float = 0.0, step_s: float = 2.0) -> None:
        """Let the picture step for so long; its aircraft fly straight on, its clock runs with them."""
        end_s = self.clock.time_s + seconds
        while True:
            self.identify.step([moved(one, self.clock.time_s - START_S) for one in self.tracks], self.clock.time_s)
            if self.clock.time_s >= end_s:
                return
            self.clock.time_s += step_s

    def state(self, track_id="t1"):
        return self.identify.identifications()[track_id].state

    def again(self) -> Desk:
        """The node restarted: what it knew in memory is gone."""
        other = Desk(self.party, self.agreed, clock=self.clock, store=self.store, keys=self.keys)
        other.tracks = self.tracks
        return other


def desks(parties=("north", "south"), **changes) -> list[Desk]:
    """Desks of parties that have met."""
    agreement = agreed(parties, **changes)
    nodes = [Desk(party, agreement) for party in parties]
    for one in nodes[1:]:
        one.clock = nodes[0].clock
        one.exchange.clock = nodes[0].clock
    for one in nodes:
        one.timekeeper.tick()
    settle(*nodes)
    return nodes


def questions(desk: Node, peer="north") -> list[IdentificationRequest]:
    """Questions that have arrived at a desk."""
    found = read_standings(desk.store, peer, False, "", 1_000)
    return [one.message for one in found if isinstance(one.message, IdentificationRequest)]


def person_only() -> IdentificationTerms:
    return IdentificationTerms(automatic=False)


__all__ = ["AREA", "Desk", "agreed", "desks", "person_only", "questions", "settle", "track"]
