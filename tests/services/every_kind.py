"""One message of every kind, with every field in use; the id is given by the log."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from steerclear.dialogue.lifecycle import kind_of
from steerclear.model.identification import TrackPoint
from steerclear.model.incident import IncidentCause, MeasureState, ReviewItemKind
from steerclear.model.intent import ConstraintBasis, ConstraintState, FlightPurpose, IntentState
from steerclear.model.messages import (
    Acknowledgement,
    AgreementEvent,
    AgreementStep,
    AlertNotice,
    Attachment,
    Cause,
    Consultation,
    ConsultationForm,
    Escalation,
    IdentificationRequest,
    IncidentReport,
    IncidentWindow,
    KeyChange,
    LateEntry,
    LateMeans,
    LineCheck,
    LineCheckAnswer,
    LineStateNotice,
    Notice,
    NoticeChange,
    Phrase,
    Relay,
    Request,
    RequestKind,
    Response,
    ReviewItem,
    SafetyStop,
    Verdict,
)
from steerclear.model.notice_items import (
    FlightDetails,
    MovementDetails,
    NoticeItem,
    Opening,
    SiteDetails,
    ZoneDetails,
)
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import AircraftKind, Disclosure, LineCondition, MessageKind, NoticeSubject, Urgency
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from tests.services.parties import START_S, make_alert

DUE = {
    "to_function": "duty officer",
    "from_desk": "north-desk",
    "from_function": "commander",
    "urgency": Urgency.URGENT,
    "acknowledge_by_s": START_S + 60.0,
    "relay_by_s": START_S + 120.0,
    "respond_by_s": START_S + 180.0,
    "phrase": Phrase("keep_clear", {"where": "the bridge"}),
    "text": "please",
}
NAMED = {"desk_id": "south-desk", "function": "duty officer"}
HERE = Position(latitude_deg=46.5, longitude_deg=7.5)
CIRCLE = Volume4D(area=CircleArea(centre=HERE, radius_m=5_000.0), from_s=START_S, until_s=START_S + 3_600.0)
BOX = Volume4D(
    area=PolygonArea(vertices=(HERE, Position(latitude_deg=46.6, longitude_deg=7.5), HERE)),
    lower_m=100.0,
    upper_m=3_000.0,
    altitude_datum=AltitudeDatum.MSL_GEOID,
    from_s=START_S,
    until_s=START_S + 3_600.0,
)
PHOTOGRAPH = b"a photograph"
PHOTOGRAPH_SHA256 = sha256(PHOTOGRAPH).hexdigest()


def asked(message_id: str = "a") -> list:
    """Messages that ask people for something."""
    return [
        AlertNotice(message_id=message_id, alert=make_alert(), **DUE),
        Notice(
            message_id=message_id,
            notice_id="n1",
            revision=1,
            change=NoticeChange.NEW,
            subject=NoticeSubject.FLIGHT,
            title="two helicopters",
            volumes=(CIRCLE, BOX),
            from_s=START_S,
            until_s=START_S + 3_600.0,
            disclosure=Disclosure.FULL,
            contact_function="duty officer",
            **DUE,
        ),
        IdentificationRequest(
            message_id=message_id,
            track_id="t1",
            position=HERE,
            altitude_m=1_000.0,
            altitude_datum=AltitudeDatum.ELLIPSOID,
            east_mps=10.0,
            north_mps=-10.0,
            identity=Identity(callsign="X1", icao_address=1, remote_id="r"),
            seen_at_s=START_S,
            agencies=("north air service",),
            snippet=(TrackPoint(time_s=START_S, position=HERE, altitude_m=1_000.0),),
            approach="flies into the firing range in 40 s",
            case_id="north/1",
            **DUE,
        ),
        SafetyStop(message_id=message_id, volume=BOX, **DUE),
        Request(message_id=message_id, asks=RequestKind.PAUSE, about="n1", until_s=START_S + 60.0, **DUE),
        Consultation(
            message_id=message_id,
            form=ConsultationForm.CALL,
            held_s=START_S,
            by_functions=("commander",),
            with_functions=("commander",),
            topics=("the bridge",),
            agreed=("nobody crosses",),
            next_s=START_S + 60.0,
            **DUE,
        ),
        IncidentReport(
            message_id=message_id,
            incident_id="i1",
            at_s=START_S,
            position=HERE,
            attachments=(Attachment(sha256=PHOTOGRAPH_SHA256, title="photograph", size_bytes=len(PHOTOGRAPH)),),
            **DUE,
        ),
        *review_items(message_id),
        LineStateNotice(
            message_id=message_id,
            condition=LineCondition.DEGRADED,
            cause=Cause.POWER,
            from_s=START_S,
            until_s=START_S + 60.0,
            fallback="call",
            **DUE,
        ),
        AgreementEvent(
            message_id=message_id, step=AgreementStep.SIGNED, version=2, sha256="ab" * 32, from_s=START_S, **DUE
        ),
        LateEntry(
            message_id=message_id,
            said_s=START_S,
            means=LateMeans.TELEPHONE,
            of_kind=MessageKind.SAFETY_STOP,
            by_us=True,
            our_function="commander",
            their_function="commander",
            about="n1",
            **DUE,
        ),
        LineCheck(message_id=message_id, answer_by_s=START_S + 30.0, scheduled=True),
    ]


def review_items(message_id: str = "a") -> list:
    """What the parties put on an incident."""
    [bare, owned] = [
        ReviewItem(
            message_id=message_id,
            incident_id="i1",
            item_id="m1",
            revision=1,
            kind=kind,
            words=("The bridge was closed.", "Nobody had told the second battery."),
            **measure,
            **DUE,
        )
        for kind, measure in (
            (ReviewItemKind.FINDING, {}),
            (
                ReviewItemKind.MEASURE,
                {
                    "owner_party": "north",
                    "owner_function": "commander",
                    "due_s": START_S + 86_400.0,
                    "state": MeasureState.PROPOSED,
                },
            ),
        )
    ]
    window = IncidentWindow(
        cause=IncidentCause.SEPARATION_LOST,
        title="N1 and S1 too close",
        from_s=START_S,
        until_s=START_S + 60.0,
        subjects=("callsign N1", "callsign S1"),
        message_ids=("north:south:0",),
        zone_id="z1",
    )
    report = IncidentReport(message_id=message_id, incident_id="i1", at_s=START_S, window=window, **DUE)
    return [bare, owned, report]


def answers(asked_id: str = "b", message_id: str = "a", verdict: Verdict = Verdict.CHECKING) -> list:
    """Messages that answer, or say what became of one."""
    return [
        Acknowledgement(message_id=message_id, acknowledges=asked_id, read_at_s=START_S, remark="seen", **NAMED),
        LineCheckAnswer(message_id=message_id, answers=asked_id, cause=Cause.NETWORK, remark="here", **NAMED),
        Relay(
            message_id=message_id,
            relays=asked_id,
            unit="second battery",
            confirmed_at_s=START_S,
            remark="by radio",
            **NAMED,
        ),
        Response(message_id=message_id, responds_to=asked_id, verdict=verdict, reference="F12", remark="wait", **NAMED),
        Escalation(
            message_id=message_id,
            escalates=asked_id,
            rung=1,
            function="commander",
            raised_at_s=START_S + 60.0,
            last=True,
            why="nobody has answered",
        ),
    ]


def told_items() -> list:
    """Notices with the item behind them: every kind of item, every form of disclosure."""
    flight = FlightDetails(
        state=IntentState.ACCEPTED,
        priority=7,
        purpose=FlightPurpose.MEDICAL,
        kind=AircraftKind.CREWED,
        identities=(Identity(callsign="N1"),),
        off_nominal_volumes=(BOX,),
    )
    site = SiteDetails(function="field hospital", position=HERE, radius_m=150.0, markings="a red cross")
    movement = MovementDetails(
        function="aid convoy", route=(HERE, HERE), half_width_m=20.0, markings="white lorries", vehicles=4
    )
    zone = ZoneDetails(state=ConstraintState.CONFIRMED, basis=ConstraintBasis.UNILATERAL, sought=ConstraintBasis.AGREED)
    items = [NoticeItem(item_id="n1", revision=1, details=one, commitment=None, opening=None)
             for one in (flight, site, movement, zone)]  # fmt: skip
    sealed = NoticeItem(item_id="n1", revision=2, details=None, commitment="0f" * 32, opening=None)
    opening = Opening(salt=bytes(range(32)), content=(b"one", b"two"))
    opened = NoticeItem(item_id="n1", revision=2, details=flight, commitment="0f" * 32, opening=opening)
    [notice] = [one for one in asked() if isinstance(one, Notice)]
    kinds = (NoticeSubject.FLIGHT, NoticeSubject.PROTECTED_SITE, NoticeSubject.MOVEMENT, NoticeSubject.ZONE)
    told = [msgspec.structs.replace(notice, item=item, subject=kind) for item, kind in zip(items, kinds, strict=True)]
    told.append(msgspec.structs.replace(notice, item=sealed))
    return [*told, msgspec.structs.replace(notice, change=NoticeChange.OPENED, item=opened)]


MESSAGES = [*asked(), *told_items(), *answers(), KeyChange(message_id="a", statement=b"a statement")]
assert {kind_of(message) for message in MESSAGES} == set(MessageKind)
