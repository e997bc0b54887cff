"""The timeline for one reader: what a party may not see is left out, and how much of what is said.

A party may see its own evidence, the lines that it is an end of, alerts that concern it, aircraft of its own or of such
alerts, and items as they were told to it. What another side did inside its own house (its outlets, its own plans, its
identification work, its software) is that side's. The public may see the read-outs on which all sides agreed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import msgspec

from steerclear.model.incident import ReviewItemKind
from steerclear.services.joint.faults import JoinError
from steerclear.services.joint.timeline import EventKind, Fact, JointEvent, JointMessage, JointTimeline, SideShown

PUBLIC: Final = "public"
"""Reader who is no party."""
_INSIDE: Final = frozenset(
    {EventKind.SUMMONED, EventKind.IDENTIFICATION, EventKind.ITEM, EventKind.LINE, EventKind.MACHINE, EventKind.OTHER}
)
"""Entries of another side's journal that are its own affair."""
_One = TypeVar("_One")


def timeline_for(timeline: JointTimeline, reader: str) -> JointTimeline:
    """The timeline without what a reader may not see: a party of the agreement, or "public". Raises JoinError."""
    known = [party for party, _ in timeline.parties]
    if reader == PUBLIC:
        return _public(timeline)
    if reader not in known:
        raise JoinError(f"there is no reader {reader!r}: name {PUBLIC!r} or a party: {', '.join(known)}")
    return _Redaction(timeline, reader).made()


class _Redaction:
    """One timeline being made fit for one party."""

    def __init__(self, timeline: JointTimeline, reader: str) -> None:
        self.whole, self.reader = timeline, reader
        self.left: Counter[str] = Counter()
        self.messages = {one.message_id for one in timeline.messages if reader in (one.sender, one.receiver)}
        self.alerts = {one.alert_id for one in timeline.alerts if reader == one.seen_by or reader in one.parties}
        self.labels = {label for one in timeline.alerts if one.alert_id in self.alerts for label in one.subjects}

    def made(self) -> JointTimeline:
        """The rest, and what was left out in words."""
        whole, reader = self.whole, self.reader
        kept = msgspec.structs.replace(
            whole,
            sides=tuple(self._side(side) for side in whole.sides),
            events=self._kept(whole.events, self._event, "entries of other sides' journals"),
            messages=tuple(
                self._message(one)
                for one in self._kept(whole.messages, lambda one: one.message_id in self.messages, "messages of others")
            ),
            alerts=self._kept(whole.alerts, lambda one: one.alert_id in self.alerts, "alerts of others"),
            tracks=self._kept(
                whole.tracks,
                lambda one: reader in (one.seen_by, one.party) or one.label in self.labels,
                "tracks that only others saw",
            ),
            places=self._kept(
                whole.places, lambda one: reader in one.known_to, "plans and places as only others knew them"
            ),
            facts=tuple(
                self._fact(one)
                for one in self._kept(
                    whole.facts, lambda one: one.about in self.messages | self.alerts, "facts of others"
                )
            ),
            claims=self._kept(
                whole.claims, lambda one: reader in one.says or one.about in self.messages, "claims between others"
            ),
            gaps=self._kept(whole.gaps, lambda one: one.party in ("", reader), "gaps in others' evidence"),
            cases=self._kept(whole.cases, lambda one: one[0] == reader, "identification cases of others"),
            review=self._kept(
                whole.review,
                lambda one: one.party == reader or one.message_id in self.messages,
                "statements and measures between others",
            ),
        )
        words = [f"{count} {what}" for what, count in sorted(self.left.items()) if count]
        told = f"Made for {reader}: left out are " + ("; ".join(words) if words else "no entries") + "."
        inside = "How other sides called their people and what software they ran is left out wherever it stood."
        return msgspec.structs.replace(kept, left_out=(told, inside), claims_found=len(kept.claims))

    def _kept(self, items: Iterable[_One], keep: Callable[[_One], bool], what: str) -> tuple[_One, ...]:
        kept, count = [], 0
        for item in items:
            count += 1
            if keep(item):
                kept.append(item)
        self.left[what] += count - len(kept)
        return tuple(kept)

    def _event(self, event: JointEvent) -> bool:
        if event.party == self.reader or any(party == self.reader for party, _ in event.rows):
            return True
        if event.kind in _INSIDE:
            return False
        return event.message_id in self.messages or event.alert_id in self.alerts

    def _side(self, side: SideShown) -> SideShown:
        if side.party == self.reader:
            return side
        mine = {origin: root for origin, root in side.roots.items() if self._is_end_of(origin)}
        return msgspec.structs.replace(side, software="", roots=mine, not_proven=(), proven=())

    def _is_end_of(self, origin: str) -> bool:
        return self.reader in origin.rpartition("/")[2].split("-to-")

    def _message(self, message: JointMessage) -> JointMessage:
        rungs = tuple(
            rung if rung.party == self.reader else msgspec.structs.replace(rung, reached=()) for rung in message.rungs
        )
        return msgspec.structs.replace(message, rungs=rungs)

    def _fact(self, fact: Fact) -> Fact:
        knowing = tuple(
            one
            if one.person or one.party == self.reader
            else msgspec.structs.replace(one, how=one.how.partition(" (")[0])
            for one in fact.knowing
        )
        told = fact.in_words if knowing == fact.knowing else ""
        return msgspec.structs.replace(fact, knowing=knowing, in_words=told)


def _public(timeline: JointTimeline) -> JointTimeline:
    """Only the words that all sides have agreed to say."""
    here = {side.party for side in timeline.sides}
    agreed = tuple(
        one
        for one in timeline.review
        if one.kind == ReviewItemKind.READ_OUT and here <= set(one.agreed_by) and len(one.agreed_by) > 1
    )
    words = (
        "Made for the public: only read-outs on which all sides here have agreed are shown."
        if agreed
        else "Made for the public: the sides have not agreed on a read-out, so nothing else is shown."
    )
    return JointTimeline(
        incident_id=timeline.incident_id,
        title="",
        cause="",
        at_s=timeline.at_s,
        from_s=timeline.from_s,
        until_s=timeline.until_s,
        reference=timeline.reference,
        parties=timeline.parties,
        sides=(),
        clocks=(),
        events=(),
        messages=(),
        alerts=(),
        tracks=(),
        places=(),
        facts=(),
        claims=(),
        claims_found=0,
        gaps=(),
        review=agreed,
        left_out=(words,),
    )
