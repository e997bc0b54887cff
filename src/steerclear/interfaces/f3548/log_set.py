"""The records of a USS as a log set of ASTM F3548-21."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from steerclear.interfaces.f3548.peer_client import exchange_record
from steerclear.interfaces.f3548.telemetry_codec import write_telemetry
from steerclear.interfaces.f3548.times import TimeError, read_moment, write_time
from steerclear.interfaces.f3548.wire_records import (
    ConstraintProviderAssociation,
    ExchangeRecord,
    OperationalIntentPositions,
    OperatorAssociation,
    PlanningRecord,
    PositionRecord,
    UserInputRecord,
    UserNotificationRecord,
    USSLogSet,
)
from steerclear.services.uss.limits import MAX_LOG_SET_RECORDS
from steerclear.services.uss.record_files import (
    ExchangeKept,
    Kept,
    OperatorKept,
    PlanningKept,
    PositionKept,
    UserSaidKept,
    UserToldKept,
)


class LogSetError(ValueError):
    """A log set that cannot be written as it was asked for."""


def read_span(log_set_id: str) -> tuple[float, float]:
    """The time that a log set is asked for: FROM_UNTIL, both as 2026-01-31T06:00:00Z. Raises LogSetError."""
    begin, _, end = log_set_id.partition("_")
    try:
        from_s, until_s = read_moment(begin), read_moment(end)
    except TimeError as error:
        raise LogSetError(f"a log set is named FROM_UNTIL, each as 2026-01-31T06:00:00Z: {error}") from None
    if until_s < from_s:
        raise LogSetError("the log set ends before it begins")
    return from_s, until_s


class _Sorted:
    def __init__(self) -> None:
        self.messages: list[ExchangeRecord] = []
        self.told: list[UserNotificationRecord] = []
        self.said: list[UserInputRecord] = []
        self.operators: list[OperatorAssociation] = []
        self.providers: list[ConstraintProviderAssociation] = []
        self.planning: list[PlanningRecord] = []
        self.positions: defaultdict[str, list[PositionRecord]] = defaultdict(list)

    def add(self, record: Kept) -> None:
        match record:
            case ExchangeKept():
                self.messages.append(exchange_record(record.exchange))
            case PlanningKept():
                self.planning.append(_planning(record))
            case UserToldKept():
                self.told.append(_told(record))
            case UserSaidKept():
                self.said.append(_said(record))
            case OperatorKept():
                if record.constraint:
                    self.providers.append(
                        ConstraintProviderAssociation(
                            constraint_id=record.entity_id, constraint_provider_id=record.answers
                        )
                    )
                else:
                    self.operators.append(
                        OperatorAssociation(operational_intent_id=record.entity_id, operator_id=record.answers)
                    )
            case PositionKept():
                told = PositionRecord(
                    time_received=write_time(record.time_s), telemetry=write_telemetry(record.position)
                )
                self.positions[record.intent_id].append(told)


def write_log_set(records: Iterable[Kept]) -> USSLogSet:
    """The log set of some records. Raises LogSetError when there are too many for one."""
    found = _Sorted()
    for count, record in enumerate(records):
        if count >= MAX_LOG_SET_RECORDS:
            raise LogSetError(f"more than {MAX_LOG_SET_RECORDS:,} records: ask for a shorter time")
        found.add(record)
    return USSLogSet(
        messages=tuple(found.messages),
        operator_notifications=tuple(found.told),
        operator_inputs=tuple(found.said),
        operator_associations=tuple(found.operators),
        planning_attempts=tuple(found.planning),
        operational_intent_positions=tuple(
            OperationalIntentPositions(operational_intent_id=intent_id, positions=tuple(told))
            for intent_id, told in found.positions.items()
        ),
        constraint_provider_associations=tuple(found.providers),
    )


def _planning(record: PlanningKept) -> PlanningRecord:
    return PlanningRecord(
        time=write_time(record.time_s),
        ovns=record.ovns,
        missing_operational_intents=record.missing_intents,
        missing_constraints=record.missing_constraints,
        operational_intent_id=record.intent_id,
        problem=record.problem,
    )


def _told(record: UserToldKept) -> UserNotificationRecord:
    return UserNotificationRecord(
        triggering_event_time=write_time(record.occurred_s),
        notification_time=write_time(record.time_s),
        notification_details=record.words,
        notification_triggering_event=record.trigger,
    )


def _said(record: UserSaidKept) -> UserInputRecord:
    return UserInputRecord(
        triggering_event_time=write_time(record.time_s),
        operational_intent_id=record.intent_id,
        input_triggering_event=record.trigger,
        input_details=record.words,
    )
