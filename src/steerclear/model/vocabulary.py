"""The words that the agreement and the messages share: kinds of message, urgency, what a notice is about."""

from __future__ import annotations

from enum import StrEnum


class MessageKind(StrEnum):
    """Every kind of message there is on the line; the value is its name on the wire."""

    LINE_CHECK = "line_check"
    LINE_CHECK_ANSWER = "line_check_answer"
    ALERT_NOTICE = "alert_notice"
    NOTICE = "notice"
    IDENTIFICATION_REQUEST = "identification_request"
    SAFETY_STOP = "safety_stop"
    REQUEST = "request"
    CONSULTATION = "consultation"
    INCIDENT_REPORT = "incident_report"
    REVIEW_ITEM = "review_item"
    LINE_STATE = "line_state"
    AGREEMENT_EVENT = "agreement_event"
    KEY_CHANGE = "key_change"
    LATE_ENTRY = "late_entry"
    ACKNOWLEDGEMENT = "acknowledgement"
    RELAY = "relay"
    RESPONSE = "response"
    ESCALATION = "escalation"


class Urgency(StrEnum):
    """How soon a person must look at a message."""

    ROUTINE = "routine"
    URGENT = "urgent"
    IMMEDIATE = "immediate"
    """People are in danger now: any officer on duty may take it, and every rung may be reached at once."""


class NoticeSubject(StrEnum):
    """What a notice is about."""

    FLIGHT = "flight"
    ACTIVITY = "activity"
    """Exercises, firing, balloons, drone shows: anything that makes airspace dangerous for a time."""
    ZONE = "zone"
    PROTECTED_SITE = "protected_site"
    MOVEMENT = "movement"
    """People or vehicles on the ground that must not be harmed."""


class LineCondition(StrEnum):
    """What a party declares about the line; different from what a machine measures of it."""

    UP = "up"
    DEGRADED = "degraded"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class Disclosure(StrEnum):
    """How much of an item the other side is told."""

    FULL = "full"
    COARSE = "coarse"
    """Cells that contain the volume."""
    SEALED = "sealed"
    """A commitment now, opened later if the parties must look back."""


class AircraftKind(StrEnum):
    """Kinds of aircraft between which minima may differ."""

    CREWED = "crewed"
    UNCREWED = "uncrewed"
