"""All views of the line, to be given to the store when it is opened."""

from __future__ import annotations

from steerclear.services.identify.events import identification_views
from steerclear.services.incident.incident_events import incidents_view
from steerclear.services.line_checks import check_views
from steerclear.services.line_events import event_views
from steerclear.services.notice_events import notice_view
from steerclear.services.plan_events import plans_view
from steerclear.services.restored import restored_view
from steerclear.store.entries import View


def line_views() -> tuple[View, ...]:
    """What is known of messages, receipts, deadlines, rungs, links, faults, notices, declared items, incidents, line
    checks, and whose aircraft are.
    """
    return (
        *event_views(),
        notice_view(),
        *check_views(),
        restored_view(),
        plans_view(),
        incidents_view(),
        *identification_views(),
    )
