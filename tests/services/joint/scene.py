"""Two parties whose clocks differ by a known time live through an incident; the evidence that each froze."""

from __future__ import annotations

from pathlib import Path

import msgspec

from steerclear.app.commands.record import read_versions
from steerclear.model.messages import IdentificationRequest, SafetyStop, Verdict
from steerclear.model.track import Identity
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.acknowledge import acknowledge, relay, respond
from steerclear.services.incident.evidence import IncidentEvidence, open_evidence
from steerclear.services.say import say
from tests.services.asked_terms import asked_terms
from tests.services.bundles import signed_files
from tests.services.incident.scenes import WatchingNode, an_incident, crossing
from tests.services.parties import START_S, settle

SKEW_S = 3.0
"""South's clock is so much ahead of north's."""


def terms():
    return asked_terms((20.0, 30.0, 600.0), (15.0, 60.0), 30.0)


def stop() -> SafetyStop:
    area = CircleArea(centre=Position(latitude_deg=46.5, longitude_deg=7.3), radius_m=4_000.0)
    volume = Volume4D(area=area, from_s=START_S, until_s=START_S + 3_600.0)
    return SafetyStop(text="people of ours <script>alert(1)</script>", volume=volume)


def question(callsign: str = "S1") -> IdentificationRequest:
    return IdentificationRequest(
        track_id="t1",
        position=Position(latitude_deg=46.5, longitude_deg=7.3),
        identity=Identity(callsign=callsign),
        seen_at_s=START_S,
    )


class OwnTermsNode(WatchingNode):
    """A watching node under the scene's own agreement."""

    def inputs(self, **more):
        return msgspec.structs.replace(super().inputs(**more), agreements=(signed_files(terms()),))


class Scene:
    """North and south, one true time, and what each froze."""

    def __init__(self, folder: Path, skew_s: float = SKEW_S, delay_s: float = 1.0) -> None:
        self.folder, self.skew_s, self.delay_s = folder, skew_s, delay_s
        agreement = terms()
        self.north = OwnTermsNode("north", folder / "north", agreement)
        self.south = OwnTermsNode("south", folder / "south", agreement)
        self.south.clock.time_s += skew_s
        self.nodes = {"north": self.north, "south": self.south}
        self.frozen: dict[str, Path] = {}

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_) -> None:
        for node in self.nodes.values():
            node.close()

    def wait(self, seconds: float, *, line: bool = True) -> None:
        """True time passes on both clocks; posts take `delay_s` of it, in each direction in turn."""
        self._pass(max(0.0, seconds - 2 * self.delay_s))
        if line:
            for one, other in ((self.north, self.south), (self.south, self.north)):
                self._pass(self.delay_s)
                while one.post_to(other):
                    pass
        else:
            self._pass(2 * self.delay_s)

    def _pass(self, seconds: float) -> None:
        for node in self.nodes.values():
            node.clock.time_s += seconds
            node.timekeeper.tick()

    def watch(self, seconds: int, south_sees=lambda report: report) -> None:
        """Both pictures see the same sky, south's as its sources show it; None for a report that it does not get."""
        self.north.watch(seconds)
        for _ in range(seconds):
            self.south.clock.time_s += 1.0
            now_s = self.south.clock.now_s()
            seen = [south_sees(report) for report in crossing(now_s, START_S + self.skew_s)]
            reports = tuple(report for report in seen if report is not None)
            self.south.record.record(self.south.picture.advance(reports, now_s), reports, now_s)

    def tell(self, party: str, message) -> str:
        peer = "south" if party == "north" else "north"
        sent = say(self.nodes[party].exchange, [peer], message, f"{party}-desk", "duty officer")
        sent.stored.result()
        return sent.message_ids[0]

    def answer(self, party: str, give, message_id: str, *more, function: str = "duty officer") -> None:
        give(self.nodes[party].exchange, message_id, f"{party}-desk", function, *more).stored.result()

    def story(self) -> dict[str, str]:
        """A stop that climbs before it is read, a question that is answered, one that is not."""
        said = {}
        self.watch(40)
        said["stop"] = self.tell("north", stop())
        self.wait(4.0)
        self.wait(26.0)
        self.answer("south", acknowledge, said["stop"], function="commander")
        self.wait(6.0)
        self.answer("south", relay, said["stop"], "first battalion")
        said["question"] = self.tell("south", question("N1"))
        self.wait(6.0)
        self.answer("north", acknowledge, said["question"])
        self.answer("north", respond, said["question"], Verdict.NOT_OURS)
        self.wait(6.0)
        said["unanswered"] = self.tell("north", question("S1"))
        self.wait(60.0)
        settle(self.north, self.south)
        return said

    def evidence(self, party: str, **changes) -> IncidentEvidence:
        """The evidence that a party freezes, opened as anybody would."""
        node = self.nodes[party]
        now_s = node.clock.now_s()
        told = {"opened_by": party, "at_s": START_S + 60.0, "from_s": START_S - 60.0, "until_s": now_s}
        path = self.folder / f"{party}-{len(self.frozen)}.zip"
        path.write_bytes(node.bundle(an_incident(**told | changes)))
        self.frozen[party] = path
        return open_evidence(path, read_versions)
