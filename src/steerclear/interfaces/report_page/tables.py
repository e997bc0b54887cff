"""The tables of the report: timeline, who knew what, messages, claims, cases, review, proofs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from steerclear.interfaces.report_page.blocks import Row, Table
from steerclear.interfaces.report_page.limits import MAX_ENTRIES, MAX_TABLE_ROWS
from steerclear.interfaces.report_page.times import clock, utc
from steerclear.model.vocabulary import MessageKind
from steerclear.services.joint.timeline import (
    EventKind,
    Fact,
    JointMessage,
    JointTimeline,
    Knowing,
    SideShown,
    StepShown,
)

ANSWERS: Final = frozenset(
    {
        MessageKind.ACKNOWLEDGEMENT,
        MessageKind.RELAY,
        MessageKind.RESPONSE,
        MessageKind.ESCALATION,
        MessageKind.LINE_CHECK_ANSWER,
    }
)
"""Messages that are told with the one that they are about."""
_KIND_WORDS: Final = {
    EventKind.SAID: "said",
    EventKind.STORED: "held by machine",
    EventKind.RECEIPT: "receipt",
    EventKind.ACKNOWLEDGED: "acknowledged",
    EventKind.RELAYED: "relayed",
    EventKind.RESPONDED: "answered",
    EventKind.RUNG: "rung raised",
    EventKind.SUMMONED: "called",
    EventKind.SILENCE: "SILENCE",
    EventKind.LINE: "line",
    EventKind.ALERT: "alert",
    EventKind.ITEM: "declared",
    EventKind.IDENTIFICATION: "identification",
    EventKind.INCIDENT: "incident",
    EventKind.MACHINE: "machine",
    EventKind.OTHER: "other",
}


def entries_table(timeline: JointTimeline) -> tuple[Table, int]:
    """The timeline, and how many entries are left out: what only machines need goes first."""
    events = list(timeline.events)
    if len(events) > MAX_ENTRIES:
        needed = [one for one in events if one.kind not in (EventKind.MACHINE, EventKind.RECEIPT, EventKind.STORED)]
        events = needed[:MAX_ENTRIES]
    rows = tuple(
        Row(
            cells=(_both(event.time_s, event.own_s), event.party, _KIND_WORDS[event.kind], event.words),
            look=f"kind-{event.kind.value}" + (" urgent" if event.urgent else ""),
            time_s=event.time_s if event.picture_s is None else event.picture_s,
            party=event.party,
        )
        for event in events
    )
    table = Table(
        columns=("time (own clock)", "party", "what", "entry"), widths=(18, 9, 13, 60), rows=rows, entries=True
    )
    return table, len(timeline.events) - len(events)


def facts_table(timeline: JointTimeline) -> Table:
    """One row for each who could have known a fact; the fact stands in its first row."""
    rows: list[Row] = []
    for fact in timeline.facts:
        for number, one in enumerate(fact.knowing):
            rows.append(_knowing(fact, one, first=number == 0))
        rows += [Row(cells=("", "", "", f"{words}"), look="silence") for words in fact.nobody]
    columns = ("fact", "time (own clock)", "who", "how")
    return Table(columns=columns, widths=(34, 18, 20, 28), rows=_cut(rows, 2 * MAX_TABLE_ROWS, len(columns)))


def _cut(rows: Sequence[Row], most: int, columns: int) -> tuple[Row, ...]:
    """At most so many rows, and one that says how many more there are."""
    if len(rows) <= most:
        return tuple(rows)
    words = f"{len(rows) - most:,} more rows are in the JSON of this timeline and not shown here"
    return (*rows[:most], Row(cells=(words, *[""] * (columns - 1)), look="machine"))


def _knowing(fact: Fact, one: Knowing, *, first: bool) -> Row:
    return Row(
        cells=(fact.words if first else "", _both(one.time_s, one.own_s), f"{one.party}: {one.who}", one.how),
        look=("first " if first else "") + ("person" if one.person else "machine"),
        party=one.party,
    )


def messages_table(timeline: JointTimeline) -> Table:
    """Every message that tells or asks something, each state in a column of its own."""
    told = [one for one in timeline.messages if one.kind not in ANSWERS]
    rows = [_message(one) for one in told]
    columns = (
        "message",
        "said",
        "received by machine",
        "acknowledged",
        "relayed",
        "no objection",
        "approved",
        "other answer",
        "rungs raised",
    )
    return Table(
        columns=columns, widths=(22, 11, 9, 12, 11, 8, 8, 10, 14), rows=_cut(rows, MAX_TABLE_ROWS, len(columns))
    )


def _message(one: JointMessage) -> Row:
    text = f" “{one.text}”" if one.text else ""
    void = f" Without effect: {one.without_effect}." if one.without_effect else ""
    due = {step: f"due {clock(time_s)}" for step, time_s in one.due_s.items()}
    return Row(
        cells=(
            f"{one.message_id}: {one.words}{text}{void}",
            f"{_both(one.time_s, one.own_s)} {one.said_by} to {one.receiver}",
            "not shown" if one.received_s is None else clock(one.received_s),
            _step(one, "acknowledgement", one.acknowledged, due),
            _step(one, "relay", one.relayed, due),
            _given(one.no_objection),
            _given(one.approved),
            _step(one, "response", one.other_verdict or one.checking or one.no_objection or one.approved, due)
            if one.no_objection is None and one.approved is None
            else "",
            "; ".join(
                f"{rung.function} of {rung.party} {clock(rung.time_s)}"
                + (f" ({'; '.join(rung.reached)})" if rung.reached else "")
                for rung in one.rungs
            ),
        ),
        look="unanswered" if one.unanswered else "",
        time_s=one.time_s,
        party=one.sender,
    )


def _step(one: JointMessage, step: str, given: StepShown | None, due: dict[str, str]) -> str:
    if given is not None:
        late = f" (late, {due[step]})" if given.late and step in due else ""
        return _given(given) + late
    if step in one.unanswered:
        return f"NO ANSWER, {due.get(step, '')}"
    if step in one.not_shown:
        return "not shown"
    return due.get(step, "")


def _given(given: StepShown | None) -> str:
    if given is None:
        return ""
    says = f"{given.says.replace('_', ' ')}, " if given.says else ""
    return f"{says}{clock(given.time_s)} by {given.by}"


def claims_table(timeline: JointTimeline) -> Table:
    """A column for each side that says something, so that the words stand side by side."""
    speakers = list(dict.fromkeys(speaker for claim in timeline.claims for speaker in claim.says))
    share = 70 // max(len(speakers), 1)
    rows = tuple(
        Row(
            cells=(
                f"{claim.matter}: {claim.about}",
                clock(claim.time_s),
                *(claim.says.get(speaker, "") for speaker in speakers),
            ),
            time_s=claim.time_s,
        )
        for claim in timeline.claims
    )
    return Table(
        columns=("matter", "time", *(f"{speaker} says" for speaker in speakers)),
        widths=(20, 10, *(share for _ in speakers)),
        rows=rows,
    )


def cases_table(timeline: JointTimeline) -> Table:
    """Identification cases as each side had them at the end."""
    rows = []
    for party, case in timeline.cases:
        asked = "; ".join(
            f"{one.party}: {one.standing.value.replace('_', ' ')}"
            + (f" by {one.answered_by} {clock(one.answered_s)}" if one.answered_s is not None else "")
            + (", OVERDUE" if one.overdue else ", late" if one.late else "")
            + "".join(
                f"; {agency.agency}: " + ("not known to be reached" if agency.relayed_s is None else "reached")
                for agency in one.agencies
            )
            for one in case.asked
        )
        units = "; ".join(
            f"{unit.unit}: " + ("told, has not confirmed" if unit.confirmed_s is None else "has confirmed")
            for unit in case.units
        )
        rows.append(
            Row(
                cells=(party, case.identity.label, clock(case.opened_s), asked, units, case.contradiction),
                look="unanswered" if any(one.overdue for one in case.asked) else "",
            )
        )
    columns = ("asked by", "aircraft", "opened (own clock)", "answers", "units told", "contradiction")
    return Table(columns=columns, widths=(9, 11, 12, 36, 18, 14), rows=_cut(rows, MAX_TABLE_ROWS, len(columns)))


def review_table(timeline: JointTimeline) -> Table:
    """What the parties have put on the incident."""
    rows = tuple(
        Row(
            cells=(
                one.kind.replace("_", "-"),
                f"{one.party}, {utc(one.time_s)}",
                one.words,
                ", ".join(one.agreed_by) or ("its own word" if one.kind in ("statement", "closing") else "nobody yet"),
                ", ".join(
                    part
                    for part in (one.state, one.owner, f"due {utc(one.due_s)}" if one.due_s is not None else "")
                    if part
                ),
            ),
            party=one.party,
        )
        for one in timeline.review
    )
    columns = ("kind", "by", "words", "agreed by", "stands")
    return Table(columns=columns, widths=(10, 16, 48, 13, 13), rows=_cut(rows, MAX_TABLE_ROWS, len(columns)))


def sides_table(timeline: JointTimeline) -> Table:
    """The evidences, with what they cover."""
    names = dict(timeline.parties)
    rows = tuple(
        Row(
            cells=(
                f"{side.party}, {names.get(side.party, '')}",
                f"{side.name}{f' [{side.marking}]' if side.marking else ''}",
                f"{utc(side.from_s)} to {utc(side.until_s)}",
                f"{side.rows:,} journal rows, {side.reports:,} reports",
                utc(side.exported_s),
            ),
            party=side.party,
        )
        for side in timeline.sides
    )
    columns = ("evidence of", "file", "window (own clock)", "holds", "frozen (own clock)")
    return Table(columns=columns, widths=(20, 22, 26, 18, 14), rows=rows)


def proofs_table(timeline: JointTimeline) -> Table:
    """Hashes by which two readers tell that they look at the same."""
    rows = [row for side in timeline.sides for row in _proofs(side)]
    return Table(columns=("evidence of", "what", "hash or state"), widths=(12, 28, 60), rows=tuple(rows))


def _proofs(side: SideShown) -> list[Row]:
    told = [("SHA-256 of the signed manifest", side.manifest_sha256)]
    told += [
        (f"SHA-256 of version {place} of the agreement", digest)
        for place, digest in enumerate(side.agreement_versions, 1)
    ]
    told += list(side.roots.items())
    if side.software:
        told.append(("software that ran", side.software))
    return [Row(cells=(side.party, what, value), look="mono") for what, value in told]


def _both(time_s: float, own_s: float) -> str:
    """A time by the reference clock, and by its own where that shows another second."""
    joint, own = clock(time_s), clock(own_s)
    return joint if joint == own else f"{joint} ({own})"
