"""Makes the report of effectiveness of a period from one source or several, and says where sources disagree.

Of several sources what any of them knows counts: an answer that one side's record does not hold yet may be in the
other's. Where two of them tell one message differently, that is named; nothing is averaged away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from steerclear.model.messages import Step
from steerclear.services.effectiveness.alert_measures import alert_rate, came_true
from steerclear.services.effectiveness.from_journal import EffectivenessError
from steerclear.services.effectiveness.item_measures import notice_given, rung_times, stale_entries
from steerclear.services.effectiveness.limits import MAX_REPORT_SOURCES
from steerclear.services.effectiveness.line_measures import (
    acknowledgement_time,
    identification,
    line_availability,
    line_checks,
    missed_acknowledgements,
    relay_completeness,
)
from steerclear.services.effectiveness.observed import WITHHELD, Observations, ObservedMessage
from steerclear.services.effectiveness.report import (
    TITLES,
    Disagreement,
    EffectivenessReport,
    Judgement,
    Measure,
    MeasureName,
)

_OF_MESSAGES: Final[tuple[Callable[[Sequence[ObservedMessage], str, Observations], Measure], ...]] = (
    acknowledgement_time,
    missed_acknowledgements,
    line_checks,
    notice_given,
    relay_completeness,
    identification,
)
_ORDER: Final = {name: place for place, name in enumerate(MeasureName)}


def make_report(sources: Sequence[Observations], from_s: float, until_s: float) -> EffectivenessReport:
    """The report of [from, until), POSIX seconds. Raises EffectivenessError for what cannot be put into one report."""
    _check(sources, from_s, until_s)
    merged = _merged(sources)
    period = (from_s, until_s)
    parties = tuple(sorted({party for one in merged.messages.values() for party in (one.sender, one.receiver)}))
    if merged.agreement is not None:
        parties = tuple(sorted(party.party_id for party in merged.agreement.parties))
    measures = _measures(merged, sources, parties, period)
    agreement = merged.agreement
    return EffectivenessReport(
        agreement_id="" if agreement is None else agreement.agreement_id,
        agreement_version=0 if agreement is None else agreement.version,
        from_s=from_s,
        until_s=until_s,
        known_until_s=merged.known_until_s,
        parties=parties,
        sources=tuple(one.source for one in sources),
        not_read=tuple(dict.fromkeys(line for one in sources for line in one.not_read)),
        withheld=merged.withheld,
        measures=tuple(measures),
        disagreements=tuple(_disagreements(sources, period)),
        functioning=_functioning(measures),
    )


def _check(sources: Sequence[Observations], from_s: float, until_s: float) -> None:
    if not 1 <= len(sources) <= MAX_REPORT_SOURCES:
        raise EffectivenessError(f"a report is made of 1 to {MAX_REPORT_SOURCES} sources")
    if not from_s < until_s:
        raise EffectivenessError("the period ends before it begins: give --from before --until")
    agreements = {one.agreement.agreement_id for one in sources if one.agreement is not None}
    if len(agreements) > 1:
        raise EffectivenessError(f"the sources are of different agreements: {', '.join(sorted(agreements))}")


def _measures(
    merged: Observations, sources: Sequence[Observations], parties: Sequence[str], period: tuple[float, float]
) -> list[Measure]:
    everything = list(merged.messages.values())
    messages = [message for message in everything if period[0] <= message.issued_s < period[1]]
    found: list[Measure] = []
    for party in ("", *parties):
        found += [measure(messages, party, merged) for measure in _OF_MESSAGES]
        found.append(stale_entries(everything, party, merged, period))
        found += rung_times(messages, party, merged)
        found += _by_machines(sources, merged, party, period)
    return sorted(found, key=lambda one: (_ORDER[one.measure], one.party, one.detail))


def _by_machines(
    sources: Sequence[Observations], merged: Observations, party: str, period: tuple[float, float]
) -> list[Measure]:
    """What each side's own machine saw; of several, each by itself, for they watched different things."""
    own = [one for one in sources if one.observer is not None and party in ("", one.observer)]
    found: list[Measure] = []
    for source in own or [merged]:
        made = [
            *line_availability(party, source),
            alert_rate(source, party, period),
            came_true(source, party, period),
        ]
        if len(own) > 1:
            seen_by = f"as {source.observer} saw it"
            made = [msgspec.structs.replace(one, detail=f"{one.detail}, {seen_by}".lstrip(", ")) for one in made]
        found += made
    return found


def _merged(sources: Sequence[Observations]) -> Observations:
    """What all sources know together. Sources stay as they were."""
    messages: dict[str, ObservedMessage] = {}
    for source in sources:
        for message_id, message in source.messages.items():
            held = messages.get(message_id)
            messages[message_id] = message if held is None else _both(held, message)
    newest = max(
        (one.agreement for one in sources if one.agreement is not None), key=lambda one: one.version, default=None
    )
    conditions = {
        (one.party, one.to, one.issued_s, one.condition): one for source in sources for one in source.conditions
    }
    observers = [one for one in sources if one.observer is not None]
    only = observers[0] if len(observers) == 1 else None
    return Observations(
        source="",
        observer=None if only is None else only.observer,
        known_until_s=max(source.known_until_s for source in sources),
        messages=messages,
        conditions=list(conditions.values()),
        alerts=None if only is None else only.alerts,
        links=None if only is None else only.links,
        flight_s=None if only is None else only.flight_s,
        withheld=sum(message.kind == WITHHELD for message in messages.values()),
        agreement=newest,
    )


def _both(one: ObservedMessage, other: ObservedMessage) -> ObservedMessage:
    """A message as two sources know it together."""
    if one.kind == WITHHELD:
        return other
    if other.kind == WITHHELD:
        return one
    taken = dict(one.taken)
    for step, given in other.taken.items():
        held = taken.get(step)
        taken[step] = given if held is None or given.issued_s < held.issued_s else held
    rungs = {(rung.party, rung.rung): rung for rung in (*other.rungs, *one.rungs)}
    arrived = [time_s for time_s in (one.received_s, other.received_s) if time_s is not None]
    return msgspec.structs.replace(
        one,
        taken=taken,
        rungs=tuple(rungs[key] for key in sorted(rungs)),
        checking=one.checking or other.checking,
        received_s=min(arrived, default=None),
        hidden=(one.hidden & other.hidden) - frozenset(taken),
    )


def _disagreements(sources: Sequence[Observations], period: tuple[float, float]) -> list[Disagreement]:
    """Messages of the period that two sources tell differently, beyond what one of them could not know yet."""
    found = []
    for place, one in enumerate(sources):
        for other in sources[place + 1 :]:
            for message_id in sorted(one.messages.keys() & other.messages.keys()):
                first, second = one.messages[message_id], other.messages[message_id]
                if period[0] <= first.issued_s < period[1] and WITHHELD not in (first.kind, second.kind):
                    found += _differences(first, second, one, other)
    return found


def _differences(
    first: ObservedMessage, second: ObservedMessage, one: Observations, other: Observations
) -> list[Disagreement]:
    found = []
    for step in Step:
        taken, there = first.taken.get(step), second.taken.get(step)
        if taken == there or step in first.hidden | second.hidden:
            continue
        if taken is not None and there is not None:
            what = (
                f"taken at {taken.issued_s:.0f} by {taken.function!r} / at {there.issued_s:.0f} by {there.function!r}"
            )
        else:
            given, lacking, source = (taken, other, one) if taken is not None else (there, one, other)
            if given is None or given.issued_s > lacking.known_until_s:
                continue
            what = f"{source.source} has it by {given.function!r}, and {lacking.source} has not"
        found.append(
            Disagreement(
                measure=_MEASURED_BY[step], party=first.receiver, detail=first.message_id, what=f"{step}: {what}"
            )
        )
    if first.due != second.due:
        found.append(
            Disagreement(
                measure=MeasureName.MISSED_ACKNOWLEDGEMENTS,
                party=first.receiver,
                detail=first.message_id,
                what="the two do not agree on when its steps are due",
            )
        )
    return found


_MEASURED_BY: Final = {
    Step.ACKNOWLEDGEMENT: MeasureName.ACKNOWLEDGEMENT_TIME,
    Step.RELAY: MeasureName.RELAY_COMPLETENESS,
    Step.RESPONSE: MeasureName.IDENTIFICATION,
}


def _functioning(measures: Sequence[Measure]) -> str:
    """The answer in words, by the measures of all parties together."""
    judged: dict[MeasureName, Judgement] = {}
    for measure in measures:
        if not measure.party:
            judged[measure.measure] = _worse(judged.get(measure.measure), measure.judgement)
    by = {judgement: [TITLES[name] for name, found in judged.items() if found is judgement] for judgement in Judgement}
    short, holding = by[Judgement.FALLS_SHORT], by[Judgement.HOLDS]
    if not short and not holding:
        answer = "Not known: nothing for which the parties have agreed on a term was measured in this period."
    elif short:
        answer = f"Not as agreed: {len(short)} of {len(short) + len(holding)} measures with agreed terms fall short"
        answer += f" ({'; '.join(short)})."
    else:
        answer = f"Yes, as far as it was measured: all {len(holding)} measures with agreed terms hold."
    if by[Judgement.NO_TERM]:
        answer += f" Measured, with nothing agreed to compare them with: {'; '.join(by[Judgement.NO_TERM])}."
    if by[Judgement.NOT_MEASURED]:
        answer += f" Not measured: {'; '.join(by[Judgement.NOT_MEASURED])}."
    return answer


_RANK: Final = (Judgement.NOT_MEASURED, Judgement.NO_TERM, Judgement.HOLDS, Judgement.FALLS_SHORT)


def _worse(one: Judgement | None, other: Judgement) -> Judgement:
    return other if one is None or _RANK.index(other) > _RANK.index(one) else one
