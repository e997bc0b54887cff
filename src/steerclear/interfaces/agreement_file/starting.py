"""A first agreement to begin with: complete, valid, with a word on every part, and to be talked over by the parties.

The figures are known practice: 3 NM and 3,000 ft for 3 minutes, safety stops acknowledged within a minute, a ladder
that ends with the last person who can decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from steerclear.geodesy.units import NM_M
from steerclear.interfaces.agreement_file.decode import decode_agreement
from steerclear.interfaces.agreement_file.encode import encode_agreement
from steerclear.interfaces.agreement_file.errors import AgreementError
from steerclear.interfaces.agreement_file.readers import identifier
from steerclear.model.agreement import (
    AcknowledgementDeadline,
    Agreement,
    Desk,
    DisclosureDefault,
    FleetRule,
    FunctionOutlets,
    Ladder,
    LineCheckSchedule,
    LineFallback,
    MessageDeadline,
    NoticeTime,
    Party,
    PartyKeys,
    Rung,
    SeparationMinima,
    TimeInBreachRule,
)
from steerclear.model.alert import AlertKind, Severity
from steerclear.model.precedence import DEFAULT_PRECEDENCE
from steerclear.model.vocabulary import Disclosure, LineCondition, MessageKind, NoticeSubject, Urgency

FUNCTIONS = ("duty officer", "deputy", "commander", "minister")
_OUTLETS = (("desk-screen", "duty-phone"), ("deputy-phone",), ("commander-phone",), ("minister-office",))
_AFTER_S = (0.0, 120.0, 300.0, 900.0)
_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3_600.0, 86_400.0

EXAMPLES = """
# What else an agreement can say. Take away the sign before what you need, and write your own.
#
# [[places]]                      # positions are read back by distance and bearing from the nearest
# name = "Valley airfield"
# at = [46.95, 10.35]             # latitude, longitude
#
# [[areas]]
# id = "upper-valley"
# name = "Upper valley"
# claimed_by = ["{first}"]        # more than one claimant needs: disputed = true
# circle = {{ centre = [47.0, 10.5], radius = "10 NM" }}    # or polygon = [[47.0, 10.3], [47.2, 10.3], [47.2, 10.6]]
# lower = "0 ft"
# upper = "9,500 ft"
# altitude_datum = "pressure_standard"    # or msl_geoid, ellipsoid
# from = {from_}
# until = {until}
#
# [[pair_minima]]
# kinds = ["crewed", "uncrewed"]
# area = "upper-valley"           # left out: everywhere
# horizontal = "1 NM"
# vertical = "500 ft"
# lookahead = "90 s"
#
# [[precedence]]                  # stands among the others, where its turn is
# by = "party"
# first = "{first}"
# before = "{last}"
#
# [[zones]]
# id = "field-hospital"
# name = "Field hospital"
# party = "{first}"
# circle = {{ centre = [47.05, 10.41], radius = "2 NM" }}
# lower = "0 ft"
# upper = "8,000 ft"
# altitude_datum = "pressure_standard"
# from = {from_}
# until = {until}
# dwell = "1 min"
"""
_NO_KEYS = """
# Not yet in this file: the keys of {parties}. `steerclear keys show FOLDER` prints them; write them under the party:
# [parties.keys]
# root = "..."
# signing = "..."
# witness = "..."
"""


def starting_file(
    agreement_id: str,
    title: str,
    parties: Sequence[tuple[str, str]],
    keys: Mapping[str, PartyKeys],
    languages: Sequence[str],
    from_s: float,
) -> bytes:
    """The agreement file to begin with, for (id, name) of each party. Raises AgreementError for what cannot be one."""
    for what, name in (
        ("id of the agreement", agreement_id),
        *(("id of a party", party_id) for party_id, _ in parties),
    ):
        try:
            identifier(name)
        except ValueError as fault:
            raise AgreementError(f"{what}: {fault}") from None
    terms = Agreement(
        agreement_id=agreement_id,
        version=1,
        title=title,
        in_force_from_s=from_s,
        languages=tuple(languages),
        parties=tuple(_party(party_id, name, keys.get(party_id)) for party_id, name in parties),
        # 850 ft: touching counts, and aircraft that keep levels 1,000 ft apart are not to be alarmed about for ever.
        minima=SeparationMinima(horizontal_m=3 * NM_M, vertical_m=259.08, lookahead_s=120.0),
        time_in_breach=TimeInBreachRule(horizontal_m=3 * NM_M, vertical_m=914.4, longest_s=180.0),
        zones=(),
        ladders=(_ladder(),),
        deadlines=_alert_deadlines(),
        message_deadlines=_message_deadlines(),
        line_checks=LineCheckSchedule(every_s=4 * _HOUR_S, answer_within_s=5 * _MINUTE_S),
        notice_times=_notice_times(),
        disclosure=(
            DisclosureDefault(subject=NoticeSubject.FLIGHT, disclosure=Disclosure.FULL),
            DisclosureDefault(subject=NoticeSubject.PROTECTED_SITE, disclosure=Disclosure.FULL),
        ),
        fallbacks=_fallbacks(),
        precedence=DEFAULT_PRECEDENCE,
    )
    data = encode_agreement(terms)
    without = [party_id for party_id, _ in parties if party_id not in keys]
    if without:
        data += _NO_KEYS.format(parties=", ".join(without)).encode()
    from_, until = (_date(time_s) for time_s in (from_s, from_s + 90 * _DAY_S))
    first, last = (parties[0][0], parties[-1][0]) if parties else ("", "")
    data += EXAMPLES.format(first=first, last=last, from_=from_, until=until).encode()
    decode_agreement(data)
    return data


def _party(party_id: str, name: str, keys: PartyKeys | None) -> Party:
    outlets = tuple(
        FunctionOutlets(function=function, outlets=reached)
        for function, reached in zip(FUNCTIONS, _OUTLETS, strict=True)
    )
    return Party(
        party_id=party_id,
        name=name,
        agencies=(name,),
        desks=(Desk(desk_id=f"{party_id}-desk", functions=FUNCTIONS, outlets=outlets),),
        fleet=FleetRule(),
        keys=keys,
    )


def _ladder() -> Ladder:
    rungs = [
        Rung(function=function, after_s=after_s, last=function == FUNCTIONS[-1])
        for function, after_s in zip(FUNCTIONS, _AFTER_S, strict=True)
    ]
    return Ladder(ladder_id="urgent", rungs=tuple(rungs))


def _alert_deadlines() -> tuple[AcknowledgementDeadline, ...]:
    return tuple(
        AcknowledgementDeadline(alert_kind=kind, severity=severity, within_s=_MINUTE_S, ladder_id="urgent")
        for kind in (AlertKind.SEPARATION, AlertKind.TIME_IN_BREACH, AlertKind.ZONE)
        for severity in (Severity.WARNING, Severity.BREACH)
    )


def _message_deadlines() -> tuple[MessageDeadline, ...]:
    def due(
        message: MessageKind,
        urgency: Urgency,
        acknowledge_s: float,
        respond_s: float | None = None,
        relay_s: float | None = None,
        *,
        climbs: bool = True,
    ) -> MessageDeadline:
        return MessageDeadline(
            message=message,
            urgency=urgency,
            acknowledge_s=acknowledge_s,
            relay_s=relay_s,
            respond_s=respond_s,
            ladder_id="urgent" if climbs else None,
        )

    return (
        due(MessageKind.SAFETY_STOP, Urgency.IMMEDIATE, _MINUTE_S, 5 * _MINUTE_S, 3 * _MINUTE_S),
        due(MessageKind.IDENTIFICATION_REQUEST, Urgency.IMMEDIATE, _MINUTE_S, 2 * _MINUTE_S, 2 * _MINUTE_S),
        due(MessageKind.IDENTIFICATION_REQUEST, Urgency.URGENT, _MINUTE_S, 5 * _MINUTE_S, 5 * _MINUTE_S),
        due(MessageKind.REQUEST, Urgency.URGENT, 5 * _MINUTE_S, 30 * _MINUTE_S),
        due(MessageKind.REQUEST, Urgency.ROUTINE, _HOUR_S, _DAY_S, climbs=False),
        due(MessageKind.NOTICE, Urgency.URGENT, 5 * _MINUTE_S, None, 15 * _MINUTE_S),
        due(MessageKind.NOTICE, Urgency.ROUTINE, _HOUR_S, climbs=False),
        due(MessageKind.CONSULTATION, Urgency.ROUTINE, 4 * _HOUR_S, _DAY_S, climbs=False),
        due(MessageKind.INCIDENT_REPORT, Urgency.URGENT, 10 * _MINUTE_S, _DAY_S),
        due(MessageKind.REVIEW_ITEM, Urgency.ROUTINE, _DAY_S, 14 * _DAY_S, climbs=False),
        due(MessageKind.LINE_STATE, Urgency.URGENT, 5 * _MINUTE_S),
    )


def _notice_times() -> tuple[NoticeTime, ...]:
    return (
        NoticeTime(subject=NoticeSubject.FLIGHT, before_s=2 * _HOUR_S, valid_s=_DAY_S),
        NoticeTime(subject=NoticeSubject.ACTIVITY, before_s=2 * _DAY_S, valid_s=7 * _DAY_S),
        NoticeTime(subject=NoticeSubject.ZONE, before_s=_HOUR_S, valid_s=7 * _DAY_S),
        NoticeTime(subject=NoticeSubject.PROTECTED_SITE, before_s=0.0, valid_s=90 * _DAY_S),
        NoticeTime(subject=NoticeSubject.MOVEMENT, before_s=2 * _DAY_S, valid_s=3 * _DAY_S),
    )


def _fallbacks() -> tuple[LineFallback, ...]:
    return (
        LineFallback(
            condition=LineCondition.DEGRADED,
            measure="Both duty officers keep the telephone open and key in afterwards what was said.",
        ),
        LineFallback(
            condition=LineCondition.SUSPENDED,
            measure="Nobody enters a place last known as occupied; what was notified before stays as it was.",
        ),
        LineFallback(
            condition=LineCondition.WITHDRAWN,
            measure="Notices end; the safety stop is still read out on the agreed emergency frequency.",
        ),
    )


def _date(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
