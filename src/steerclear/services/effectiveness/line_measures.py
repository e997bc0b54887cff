"""Measures of the talk on the line: acknowledgements, relays, line checks, identification, availability."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from steerclear.model.messages import Step
from steerclear.model.vocabulary import MessageKind
from steerclear.services.effectiveness.counting import plural, said_share, said_time, share, times_of
from steerclear.services.effectiveness.observed import Observations, ObservedMessage
from steerclear.services.effectiveness.report import Judgement, Measure, MeasureName
from steerclear.services.effectiveness.standing import Outcome, outcome, outcomes, waits_s

Messages = Sequence[ObservedMessage]


def acknowledgement_time(messages: Messages, party: str, _: Observations) -> Measure:
    """How long named functions of a party let the other side wait; line checks are counted apart."""
    asked = _asked(messages, party, Step.ACKNOWLEDGEMENT)
    times = times_of(waits_s(asked, Step.ACKNOWLEDGEMENT))
    if times is None:
        what = "no message asked for an acknowledgement" if not asked else f"none of {len(asked)} was acknowledged"
        return _not_measured(MeasureName.ACKNOWLEDGEMENT_TIME, party, f"Not measured: {what}.", len(asked))
    agreed = times_of([message.due[Step.ACKNOWLEDGEMENT] - message.issued_s for message in asked])
    kept = sum(
        message.taken[Step.ACKNOWLEDGEMENT].issued_s <= message.due[Step.ACKNOWLEDGEMENT]
        for message in asked
        if Step.ACKNOWLEDGEMENT in message.taken and Step.ACKNOWLEDGEMENT not in message.hidden
    )
    words = (
        f"Half of {plural(times.count, 'acknowledgement')} came within {said_time(times.median_s)}, 95 % within"
        f" {said_time(times.p95_s)}; {said_share(kept, times.count)} within the agreed time"
    )
    if agreed is not None:
        first, last = said_time(agreed.deciles_s[0]), said_time(agreed.longest_s)
        words += f", which is {first}." if first == last else f", which is {first} to {last} by kind and urgency."
    return Measure(
        measure=MeasureName.ACKNOWLEDGEMENT_TIME,
        party=party,
        count=times.count,
        outcomes={"in_time": kept, "late": times.count - kept},
        figures={"median_s": times.median_s, "p95_s": times.p95_s, "longest_s": times.longest_s},
        times=times,
        judgement=Judgement.HOLDS if kept == times.count else Judgement.FALLS_SHORT,
        words=words,
    )


def missed_acknowledgements(messages: Messages, party: str, seen: Observations) -> Measure:
    """Messages that a named function should have acknowledged in time and did not."""
    asked = _asked(messages, party, Step.ACKNOWLEDGEMENT)
    return _kept(MeasureName.MISSED_ACKNOWLEDGEMENTS, asked, Step.ACKNOWLEDGEMENT, party, seen, "acknowledged")


def relay_completeness(messages: Messages, party: str, seen: Observations) -> Measure:
    """Whether the units that must act have confirmed, where a confirmation is agreed."""
    asked = _asked(messages, party, Step.RELAY)
    return _kept(MeasureName.RELAY_COMPLETENESS, asked, Step.RELAY, party, seen, "confirmed by the unit that must act")


def identification(messages: Messages, party: str, seen: Observations) -> Measure:
    """Whether "is this yours?" was answered in time with yes or no; "checking" is no answer yet."""
    asked = [
        message
        for message in _asked(messages, party, Step.RESPONSE)
        if message.kind == MessageKind.IDENTIFICATION_REQUEST
    ]
    made = _kept(MeasureName.IDENTIFICATION, asked, Step.RESPONSE, party, seen, "answered with ours or not ours")
    if not asked:
        return made
    aircraft: dict[tuple[str, str], list[bool]] = {}
    for message in asked:
        in_time = outcome(message, Step.RESPONSE, seen.known_until_s) is Outcome.IN_TIME
        aircraft.setdefault((message.sender, message.track), []).append(in_time)
    whole = sum(all(answers) for answers in aircraft.values())
    only_checking = sum(Step.RESPONSE not in message.taken and message.checking is not None for message in asked)
    more: dict[str, float | None] = {
        "aircraft": len(aircraft),
        "aircraft_answered_in_time_by_all_asked": whole,
        "checking_only": only_checking,
    }
    words = f"{made.words} Of {len(aircraft)} aircraft asked about, {whole} had every answer in time."
    return msgspec.structs.replace(made, figures=made.figures | more, words=words)


def line_checks(messages: Messages, party: str, seen: Observations) -> Measure:
    """Line checks to a party by what became of them; a cause is what its desk has said, before or afterwards."""
    asked = [message for message in messages if message.kind == MessageKind.LINE_CHECK and _is_of(message, party)]
    counts = dict.fromkeys(
        ("in_time", "late", "late_with_cause", "unanswered", "unanswered_with_cause", "open", "not_shown"), 0
    )
    series: dict[tuple[str, str], int] = {}
    longest = 0
    for message in sorted(asked, key=lambda one: one.issued_s):
        kind = _check_outcome(message, seen)
        counts[kind] += 1
        line = message.sender, message.receiver
        if kind in ("in_time", "late", "late_with_cause"):
            series[line] = 0
        elif kind == "unanswered":
            series[line] = series.get(line, 0) + 1
            longest = max(longest, series[line])
    known = len(asked) - counts["open"] - counts["not_shown"]
    if not known:
        return _not_measured(MeasureName.LINE_CHECKS, party, "Not measured: no line check was due.", len(asked), counts)
    limit = 3 if seen.agreement is None else seen.agreement.line_checks.series
    words = (
        f"{said_share(counts['in_time'], known)} line checks were answered in time,"
        f" {counts['late'] + counts['late_with_cause']} late ({counts['late_with_cause']} with a cause); without any"
        f" answer stayed {counts['unanswered']} for which no cause was stated and {counts['unanswered_with_cause']} for"
        f" which one was. Longest series without answer or cause: {longest}; from {limit} on it is more than an"
        " accident."
    )
    return Measure(
        measure=MeasureName.LINE_CHECKS,
        party=party,
        count=len(asked),
        outcomes=counts,
        figures={"answered_in_time": share(counts["in_time"], known), "longest_series": longest},
        times=times_of(waits_s(asked, Step.ACKNOWLEDGEMENT)),
        judgement=Judgement.HOLDS if longest < limit else Judgement.FALLS_SHORT,
        words=words,
    )


def line_availability(party: str, seen: Observations) -> list[Measure]:
    """How long each link worked, as this side's own node saw it, of the time in which the node watched it."""
    name = MeasureName.LINE_AVAILABILITY
    watched = [link for link in seen.links or () if link.observed_s > 0.0]
    if party not in ("", seen.observer):
        return [_not_measured(name, party, "Not measured here: only its own node knows how its links stood.", 0)]
    if not watched:
        why = "the source holds no states of links" if seen.links is None else "no link's state is known in the period"
        return [_not_measured(name, party, f"Not measured: {why}.", 0)]
    found = []
    for link in watched:
        up = min(1.0, link.up_s / link.observed_s)
        words = (
            f"The line to {link.peer} worked {100 * up:.2f} % of the {said_time(link.observed_s)} that it was watched,"
            f" with {plural(link.interruptions, 'interruption')}. Nothing is agreed to compare it with."
        )
        found.append(
            Measure(
                measure=name,
                party=party,
                detail=f"line to {link.peer}",
                count=1 + link.interruptions,
                figures={
                    "share_up": up,
                    "observed_s": link.observed_s,
                    "up_s": link.up_s,
                    "interruptions": link.interruptions,
                },
                judgement=Judgement.NO_TERM,
                words=words,
            )
        )
    return found


def _check_outcome(message: ObservedMessage, seen: Observations) -> str:
    kind = outcome(message, Step.ACKNOWLEDGEMENT, seen.known_until_s)
    if kind is Outcome.LATE:
        return "late_with_cause" if message.taken[Step.ACKNOWLEDGEMENT].cause else "late"
    if kind is not Outcome.MISSED:
        return str(kind)
    due_s = message.due[Step.ACKNOWLEDGEMENT]
    said = [one for one in seen.conditions if (one.party, one.to) == (message.receiver, message.sender)]
    said = [one for one in said if one.issued_s <= due_s]
    newest = max(said, key=lambda one: one.issued_s, default=None)
    return "unanswered_with_cause" if newest is not None and newest.excuses(due_s) else "unanswered"


def _kept(name: MeasureName, asked: Messages, step: Step, party: str, seen: Observations, done: str) -> Measure:
    """A measure of how many steps were taken in time, of those that were due."""
    counts = outcomes(asked, step, seen.known_until_s)
    known = counts["in_time"] + counts["late"] + counts["missed"]
    unknown = f"; {counts['not_shown']} are not shown" if counts["not_shown"] else ""
    if not known:
        what = "nothing of the kind was asked" if not asked else f"none of {len(asked)} was due yet or shown"
        return _not_measured(name, party, f"Not measured: {what}{unknown}.", len(asked), counts)
    words = (
        f"{said_share(counts['in_time'], known)} were {done} in time, {counts['late']} late,"
        f" {counts['missed']} not at all{unknown}."
    )
    failed = counts["late"] + counts["missed"]
    return Measure(
        measure=name,
        party=party,
        count=len(asked),
        outcomes=counts,
        figures={"share_in_time": share(counts["in_time"], known), "share_missed": share(failed, known)},
        times=times_of(waits_s(asked, step)) if step is not Step.ACKNOWLEDGEMENT else None,
        judgement=Judgement.FALLS_SHORT if failed else Judgement.HOLDS,
        words=words,
    )


def _asked(messages: Messages, party: str, step: Step) -> list[ObservedMessage]:
    return [
        message
        for message in messages
        if step in message.due and message.kind != MessageKind.LINE_CHECK and _is_of(message, party)
    ]


def _is_of(message: ObservedMessage, party: str) -> bool:
    """Whether a party owes the steps of a message: it was sent to it."""
    return not party or message.receiver == party


def _not_measured(
    name: MeasureName, party: str, words: str, count: int, counts: dict[str, int] | None = None
) -> Measure:
    return Measure(
        measure=name, party=party, count=count, outcomes=counts or {}, judgement=Judgement.NOT_MEASURED, words=words
    )
