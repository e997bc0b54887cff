"""The content of the joint report, section by section, from the joint timeline; HTML and PDF both tell exactly this."""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.interfaces.report_page.blocks import Block, Bullets, Picture, Section, Text
from steerclear.interfaces.report_page.limits import MAX_MARKING_CHARS, MAX_STRIPS
from steerclear.interfaces.report_page.map_picture import map_picture
from steerclear.interfaces.report_page.projection import fitting
from steerclear.interfaces.report_page.strip_picture import strip_picture
from steerclear.interfaces.report_page.tables import (
    cases_table,
    claims_table,
    entries_table,
    facts_table,
    messages_table,
    proofs_table,
    review_table,
    sides_table,
)
from steerclear.interfaces.report_page.times import utc
from steerclear.services.joint.timeline import JointTimeline

UNMARKED: Final = "NO CLASSIFICATION STATED"


class ReportContent(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a report says."""

    title: str
    subtitle: str
    marking: str
    sections: tuple[Section, ...]
    timeline: JointTimeline
    """For the page's moving parts; already without what its reader may not see."""


def report_content(timeline: JointTimeline, marking: str = "") -> ReportContent:
    """The report of a timeline. Without a marking of its own it bears those of the evidences."""
    marks = dict.fromkeys(side.marking for side in timeline.sides if side.marking)
    told = marking or " / ".join(marks) or UNMARKED
    return ReportContent(
        title=f"Joint report: {timeline.title or timeline.incident_id}",
        subtitle=_subtitle(timeline),
        marking=told[:MAX_MARKING_CHARS],
        sections=tuple(section for section in _sections(timeline) if section.blocks),
        timeline=timeline,
    )


def _subtitle(timeline: JointTimeline) -> str:
    cause = f"{timeline.cause.replace('_', ' ')}, " if timeline.cause else ""
    return (
        f"Incident {timeline.incident_id}: {cause}{utc(timeline.at_s)}. Evidence of"
        f" {' and '.join(side.party for side in timeline.sides) or 'nobody shown'}, {utc(timeline.from_s)} to"
        f" {utc(timeline.until_s)}. Times are UTC by the clock of {timeline.reference}."
    )


def _sections(timeline: JointTimeline) -> list[Section]:
    return [
        Section(name="summary", title="What this report rests on", blocks=tuple(_summary(timeline))),
        Section(name="sky", title="The sky", blocks=tuple(_sky(timeline))),
        Section(name="timeline", title="Timeline", blocks=tuple(_entries(timeline))),
        Section(name="known", title="Who could have known what, and when", blocks=tuple(_facts(timeline))),
        Section(name="line", title="The line", blocks=tuple(_messages(timeline))),
        Section(name="claims", title="Told differently, side by side", blocks=tuple(_claims(timeline))),
        Section(name="cases", title="Whose aircraft it was", blocks=tuple(_cases(timeline))),
        Section(name="review", title="Statements, findings, measures and read-outs", blocks=tuple(_review(timeline))),
        Section(name="gaps", title="What is missing", blocks=tuple(_gaps(timeline))),
        Section(name="proofs", title="Proofs", blocks=tuple(_proofs(timeline))),
    ]


def _summary(timeline: JointTimeline) -> list[Block]:
    blocks: list[Block] = [Text(words=line, look="answer") for line in timeline.left_out]
    if timeline.sides:
        blocks.append(sides_table(timeline))
    if timeline.clocks:
        blocks.append(Bullets(lines=tuple(clock.words for clock in timeline.clocks)))
    if timeline.sides:
        words = (
            "Received is a machine's word, acknowledged a named function's, relayed a unit's; no objection and approved"
            " are said in so many words. None of them follows from another, and silence is none of them."
        )
        blocks.append(Text(words=words, look="note"))
    return blocks


def _sky(timeline: JointTimeline) -> list[Block]:
    blocks: list[Block] = []
    projection = fitting(timeline)
    if projection is not None:
        says = (
            "Map of both sides' tracks, of zones, areas and plans, and of where alerts came to a warning or a breach."
        )
        blocks.append(Picture(svg=map_picture(timeline, projection), says=says, name="map"))
    for number, labels in enumerate(_drawn_together(timeline)[:MAX_STRIPS]):
        svg = strip_picture(timeline, labels)
        if svg is not None:
            says = f"Altitude over time of {' and '.join(labels)}."
            blocks.append(Picture(svg=svg, says=says, name=f"strip-{number}"))
    if timeline.tracks:
        counts: dict[str, list[int]] = {}
        for track in timeline.tracks:
            counts.setdefault(track.seen_by, []).append(track.reports)
        told = "; ".join(f"{party}: {len(one)} aircraft, {sum(one):,} reports" for party, one in counts.items())
        words = f"Tracks are thinned for display and stand at the times that their sources gave. {told}."
        blocks.append(Text(words=words, look="note"))
    return blocks


def _drawn_together(timeline: JointTimeline) -> list[tuple[str, ...]]:
    """Aircraft of one alert share a strip; an alert about some of them needs none of its own."""
    groups = dict.fromkeys(tuple(sorted(alert.subjects)) for alert in timeline.alerts if alert.subjects)
    return [group for group in groups if not any(set(group) < set(other) for other in groups)]


def _entries(timeline: JointTimeline) -> list[Block]:
    if not timeline.events:
        return []
    table, left = entries_table(timeline)
    words = "Every row of each side's journal in its window, and each silence as an entry of its own."
    if left:
        words += f" {left:,} more entries are in the JSON of this timeline and not shown here."
    return [Text(words=words, look="note"), table]


def _facts(timeline: JointTimeline) -> list[Block]:
    if not timeline.facts:
        return []
    words = (
        "From when on each could have known it: the time by the reference clock, and in brackets by its own clock. That"
        " a function was being reached does not say that anybody was."
    )
    return [Text(words=words, look="note"), facts_table(timeline)]


def _messages(timeline: JointTimeline) -> list[Block]:
    return [messages_table(timeline)] if timeline.messages else []


def _claims(timeline: JointTimeline) -> list[Block]:
    if not timeline.sides:
        return []
    if not timeline.claims:
        return [Text(words="Nothing that was compared is told differently by the sides whose evidence is here.")]
    more = timeline.claims_found - len(timeline.claims)
    words = "What each side says stands beside the other; this report decides nothing."
    if more > 0:
        words += f" {more:,} more are not listed."
    return [Text(words=words, look="note"), claims_table(timeline)]


def _cases(timeline: JointTimeline) -> list[Block]:
    return [cases_table(timeline)] if timeline.cases else []


def _review(timeline: JointTimeline) -> list[Block]:
    return [review_table(timeline)] if timeline.review else []


def _gaps(timeline: JointTimeline) -> list[Block]:
    if not timeline.gaps:
        return []
    return [Bullets(lines=tuple(f"{gap.party or 'all'}: {gap.words}" for gap in timeline.gaps))]


def _proofs(timeline: JointTimeline) -> list[Block]:
    if not timeline.sides:
        return []
    blocks: list[Block] = [
        Text(words="Each evidence was verified in full before anything of it was read.", look="note"),
        proofs_table(timeline),
    ]
    for side in timeline.sides:
        lines = [f"+ {line}" for line in side.proven] + [f"− {line}" for line in side.not_proven]
        if lines:
            blocks += [
                Text(words=f"Proven (+) and not proven (−) by the evidence of {side.party}:"),
                Bullets(lines=tuple(lines)),
            ]
    return blocks
