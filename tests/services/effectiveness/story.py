"""An hour on the line between two parties, small enough to be counted by hand."""

from __future__ import annotations

from steerclear.model.agreement import NoticeTime
from steerclear.model.messages import (
    IdentificationRequest,
    LineStateNotice,
    Notice,
    NoticeChange,
    SafetyStop,
)
from steerclear.model.vocabulary import LineCondition, NoticeSubject
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.acknowledge import answer_line_check
from steerclear.services.effectiveness.from_journal import read_journal
from steerclear.services.effectiveness.make_report import make_report
from steerclear.services.effectiveness.observed import Observations
from steerclear.services.effectiveness.report import EffectivenessReport, Measure
from steerclear.services.say import say
from tests.services.asked_terms import asked_terms
from tests.services.parties import START_S, HandClock, Node, settle

HOUR_S = 3_600.0
HERE = Position(latitude_deg=46.5, longitude_deg=7.5)


def terms():
    notice_times = (
        NoticeTime(subject=NoticeSubject.MOVEMENT, before_s=2 * HOUR_S, valid_s=72 * HOUR_S),
        NoticeTime(subject=NoticeSubject.ZONE, before_s=HOUR_S, valid_s=72 * HOUR_S),
    )
    return asked_terms((120.0, 150.0, 300.0), (60.0, 180.0), 300.0, notice_times=notice_times)


class Story:
    """North and south with one clock; who says what, and the report of each side's journal."""

    def __init__(self) -> None:
        clock = HandClock(START_S - 100.0)
        self.nodes = {party: Node(party, terms(), clock=clock) for party in ("north", "south")}
        self.clock = clock
        self.north, self.south = self.nodes["north"], self.nodes["south"]
        self.wait(0.0)
        # The first check of the schedule is answered before the time that is counted begins.
        for party, peer in (("north", "south"), ("south", "north")):
            checked = self.nodes[peer].exchange.line(party).terms.outgoing.message_id(0)
            self.answer(party, answer_line_check, checked)
        self.wait(100.0)

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()

    def wait(self, seconds: float) -> None:
        """Time passes, deadlines strike, and what is to be told is told."""
        self.clock.time_s += seconds
        for node in self.nodes.values():
            node.timekeeper.tick()
        settle(self.north, self.south)

    def tell(self, party: str, message) -> str:
        node = self.nodes[party]
        peer = "south" if party == "north" else "north"
        sent = say(node.exchange, [peer], message, f"{party}-desk", "duty officer")
        sent.stored.result()
        settle(self.north, self.south)
        return sent.message_ids[0]

    def answer(self, party: str, give, message_id: str, *more) -> None:
        give(self.nodes[party].exchange, message_id, f"{party}-desk", "duty officer", *more).stored.result()
        settle(self.north, self.south)

    def observations(self, party: str, from_s=START_S, until_s=START_S + 24 * HOUR_S) -> Observations:
        node = self.nodes[party]
        peers = list(node.exchange.lines)
        period = (from_s, until_s)
        return read_journal(node.store, party, node.exchange.versions, peers, period, self.clock.time_s)

    def report(self, party: str = "north", from_s=START_S, until_s=START_S + 24 * HOUR_S) -> EffectivenessReport:
        return make_report([self.observations(party, from_s, until_s)], from_s, until_s)


def stop() -> SafetyStop:
    area = CircleArea(centre=HERE, radius_m=2_000.0)
    return SafetyStop(text="people of ours", volume=Volume4D(area=area, from_s=START_S, until_s=START_S + HOUR_S))


def question(track_id: str = "t1") -> IdentificationRequest:
    return IdentificationRequest(track_id=track_id, position=HERE, seen_at_s=START_S)


def notice(
    notice_id: str, from_h: float, until_h: float, subject=NoticeSubject.ZONE, revision=1, change=NoticeChange.NEW
) -> Notice:
    from_s, until_s = START_S + from_h * HOUR_S, START_S + until_h * HOUR_S
    return Notice(
        notice_id=notice_id,
        revision=revision,
        change=change,
        subject=subject,
        title="a test",
        volumes=(Volume4D(area=CircleArea(centre=HERE, radius_m=2_000.0), from_s=from_s, until_s=until_s),),
        from_s=from_s,
        until_s=until_s,
        contact_function="duty officer",
    )


def condition(state: LineCondition, from_s: float, cause=None) -> LineStateNotice:
    return LineStateNotice(condition=state, cause=cause, from_s=from_s)


def one(report: EffectivenessReport, name: str, party: str = "", detail: str | None = None) -> Measure:
    """The only measure of a name and party."""
    found = [
        measure
        for measure in report.measures
        if measure.measure == name and measure.party == party and (detail is None or measure.detail == detail)
    ]
    (only,) = found
    return only
