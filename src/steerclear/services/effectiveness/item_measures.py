"""Measures of what was notified and of how the ladders ran: notice times, stale entries, rungs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from steerclear.model.messages import NoticeChange, Step
from steerclear.model.vocabulary import MessageKind, NoticeSubject
from steerclear.services.effectiveness.counting import plural, said_share, said_time, share, times_of
from steerclear.services.effectiveness.limits import RUNG_TOLERANCE_S
from steerclear.services.effectiveness.observed import NoticeGiven, Observations, ObservedMessage, PlannedFor
from steerclear.services.effectiveness.report import Judgement, Measure, MeasureName

Messages = Sequence[ObservedMessage]


def notice_given(messages: Messages, party: str, _: Observations) -> Measure:
    """How long before it began each thing was notified, against the agreed notice time of its subject."""
    given = [
        (message.notice.from_s - message.issued_s, message.notice.required_s)
        for message in _notices_of(messages, party)
        if message.notice is not None and message.notice.required_s is not None
    ]
    if not given:
        return _not_measured(MeasureName.NOTICE_GIVEN, party, "nothing was notified for which a notice time is agreed")
    short_s = [required_s - lead_s for lead_s, required_s in given if required_s is not None and lead_s < required_s]
    times = times_of([lead_s for lead_s, _ in given])
    words = f"{said_share(len(given) - len(short_s), len(given))} were given as long before as agreed"
    words += f"; the shortest one came {said_time(max(short_s))} too late." if short_s else "."
    return Measure(
        measure=MeasureName.NOTICE_GIVEN,
        party=party,
        count=len(given),
        outcomes={"in_time": len(given) - len(short_s), "short": len(short_s)},
        figures={
            "share_in_time": share(len(given) - len(short_s), len(given)),
            "median_given_s": None if times is None else times.median_s,
        }
        | ({"longest_short_s": max(short_s)} if short_s else {}),
        times=times,
        judgement=Judgement.FALLS_SHORT if short_s else Judgement.HOLDS,
        words=words,
    )


def stale_entries(messages: Messages, party: str, seen: Observations, period: tuple[float, float]) -> Measure:
    """Entries whose time ran out in the period although nobody ended or renewed them; a flight's time is its end.

    `messages` are all that are known, also those of before the period: an entry may be older than it.
    """
    counts = {"ended_by_word": 0, "renewed": 0, "flown": 0, "stale": 0}
    for revisions in _entries(_notices_of(messages, party)).values():
        for place, (issued_s, notice) in enumerate(revisions):
            later = revisions[place + 1] if place + 1 < len(revisions) else None
            kind, end_s = _end_of(issued_s, notice, later)
            if kind and period[0] <= end_s < period[1] and end_s <= seen.known_until_s:
                counts[kind] += 1
    afterwards = [
        message
        for message in messages
        if message.kind == MessageKind.LATE_ENTRY
        and period[0] <= message.issued_s < period[1]
        and (not party or message.sender == party)
    ]
    unconfirmed = sum(Step.RESPONSE not in message.taken for message in afterwards)
    figures: dict[str, float | None] = {"late_entries": len(afterwards), "late_entries_without_answer": unconfirmed}
    count = sum(counts.values())
    said = (
        f" {plural(len(afterwards), 'entry', 'entries')} told afterwards what was said while the line was down;"
        f" {unconfirmed} of them without an answer."
        if afterwards
        else ""
    )
    if not count:
        made = _not_measured(MeasureName.STALE_ENTRIES, party, "no entry's time came to its end")
        return Measure(
            measure=made.measure,
            party=party,
            count=0,
            figures=figures,
            judgement=Judgement.NOT_MEASURED,
            words=made.words + said,
        )
    words = (
        f"{counts['stale']} of {plural(count, 'entry', 'entries')} ran out without a word from the side that made"
        f" them; {counts['renewed']} were renewed, {counts['ended_by_word']} ended by word, {counts['flown']} were"
        " flights that ended with their time. That what ran out has ended is not said by that."
    )
    return Measure(
        measure=MeasureName.STALE_ENTRIES,
        party=party,
        count=count,
        outcomes=counts,
        figures=figures | {"share_stale": share(counts["stale"], count)},
        judgement=Judgement.FALLS_SHORT if counts["stale"] else Judgement.HOLDS,
        words=words + said,
    )


def rung_times(messages: Messages, party: str, seen: Observations) -> list[Measure]:
    """For each function that a ladder reaches: how long after the issue of a message it was reached, or was not."""
    found: dict[tuple[int, str], _RungCount] = {}
    for message in messages:
        acknowledged = message.taken.get(Step.ACKNOWLEDGEMENT)
        for place, planned in enumerate(message.ladder):
            if party and planned.party != party:
                continue
            count = found.setdefault((place, planned.function), _RungCount())
            count.take(message, place, planned, None if acknowledged is None else acknowledged.issued_s, seen)
    made = [count.measure(party, *key) for key, count in sorted(found.items()) if count.known]
    if made:
        return made
    return [_not_measured(MeasureName.RUNG_TIME, party, "no rung of a ladder had to be raised")]


class _RungCount:
    """One rung of the ladders, over all messages."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self.outcomes = {"in_time": 0, "late": 0, "not_raised": 0, "message_not_arrived": 0}

    @property
    def known(self) -> int:
        """How many were raised or should have been."""
        return sum(self.outcomes.values())

    def take(
        self,
        message: ObservedMessage,
        place: int,
        planned: PlannedFor,
        acknowledged_s: float | None,
        seen: Observations,
    ) -> None:
        """Count a message's rung; one that nobody had to raise, because somebody had acknowledged, is not counted."""
        begun_s = message.issued_s
        if planned.party == message.receiver and message.received_s is not None:
            begun_s = max(begun_s, message.received_s)
        due_s = begun_s + planned.after_s
        raised = next((rung for rung in message.rungs if (rung.party, rung.rung) == (planned.party, place)), None)
        if raised is not None:
            self.times_s.append(raised.raised_at_s - message.issued_s)
            self.outcomes["in_time" if raised.raised_at_s <= due_s + RUNG_TOLERANCE_S else "late"] += 1
        elif due_s + RUNG_TOLERANCE_S <= seen.known_until_s and (acknowledged_s is None or acknowledged_s > due_s):
            arrived = planned.party != message.receiver or message.received_s is not None
            self.outcomes["not_raised" if arrived else "message_not_arrived"] += 1

    def measure(self, party: str, place: int, function: str) -> Measure:
        """The figures of this rung."""
        times, counts = times_of(self.times_s), self.outcomes
        failed = counts["late"] + counts["not_raised"]
        reached = "was never reached"
        if times is not None:
            middle, latest = said_time(times.median_s), said_time(times.longest_s)
            reached = f"was reached after {middle} in the middle, {latest} at the latest"
        words = (
            f"Rung {place + 1}, {function}, {reached}: {counts['in_time']} times as the ladder says,"
            f" {counts['late']} late, {counts['not_raised']} times not although nobody had acknowledged"
        )
        more = counts["message_not_arrived"]
        words += f"; {plural(more, 'message')} had not arrived there." if more else "."
        return Measure(
            measure=MeasureName.RUNG_TIME,
            party=party,
            detail=f"rung {place + 1}: {function}",
            count=self.known,
            outcomes=counts,
            figures={"median_s": times.median_s, "longest_s": times.longest_s} if times is not None else {},
            times=times,
            judgement=Judgement.FALLS_SHORT if failed else Judgement.HOLDS,
            words=words,
        )


def _notices_of(messages: Iterable[ObservedMessage], party: str) -> list[ObservedMessage]:
    return [message for message in messages if message.notice is not None and (not party or message.sender == party)]


def _entries(notices: Iterable[ObservedMessage]) -> dict[tuple[str, str, str], list[tuple[float, NoticeGiven]]]:
    """The revisions of every entry, in order."""
    entries: dict[tuple[str, str, str], list[tuple[float, NoticeGiven]]] = {}
    for message in sorted(notices, key=lambda one: (one.issued_s, one.notice.revision if one.notice else 0)):
        if message.notice is not None and message.notice.change is not NoticeChange.OPENED:
            key = message.sender, message.receiver, message.notice.notice_id
            entries.setdefault(key, []).append((message.issued_s, message.notice))
    return entries


def _end_of(issued_s: float, notice: NoticeGiven, later: tuple[float, NoticeGiven] | None) -> tuple[str, float]:
    """How and when one revision of an entry came to its end; an empty word where another revision changed it before."""
    if notice.change is NoticeChange.CANCELLED:
        return "ended_by_word", issued_s
    if later is not None and later[0] <= notice.until_s:
        return ("renewed", later[0]) if later[1].change is NoticeChange.RENEWED else ("", issued_s)
    return ("flown" if notice.subject is NoticeSubject.FLIGHT else "stale"), notice.until_s


def _not_measured(name: MeasureName, party: str, why: str) -> Measure:
    return Measure(measure=name, party=party, count=0, judgement=Judgement.NOT_MEASURED, words=f"Not measured: {why}.")
