"""How many incidents there are, and what of them is late: for metrics and for a person's first look."""

from __future__ import annotations

import msgspec

from steerclear.model.incident import IncidentState, ReviewItemKind
from steerclear.services.exchange import Exchange
from steerclear.services.incident.incident_events import read_incidents
from steerclear.services.incident.review import review_of


class IncidentFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Counts as of now."""

    by_state: dict[str, int]
    awaiting_freeze: int
    """Their window is over, and their evidence is not frozen."""
    measures_open: int
    measures_overdue: int
    freeze_failures: int
    """Since the node's start."""


def incident_figures(exchange: Exchange, freeze_failures: int) -> IncidentFigures:
    """The figures now. Raises StoreError."""
    by_state = {state.value: 0 for state in IncidentState}
    awaiting = open_measures = overdue = 0
    now_s = exchange.clock.now_s()
    for standing in read_incidents(exchange.journal):
        if standing.joined_into is not None:
            continue
        by_state[standing.state.value] += 1
        awaiting += standing.pending and standing.incident.until_s < now_s
        if standing.state is not IncidentState.UNDER_REVIEW:
            continue
        for item in review_of(exchange, standing.incident.incident_id):
            if item.kind is ReviewItemKind.MEASURE and item.state in ("proposed", "agreed"):
                open_measures += 1
                overdue += item.overdue
    return IncidentFigures(
        by_state=by_state,
        awaiting_freeze=awaiting,
        measures_open=open_measures,
        measures_overdue=overdue,
        freeze_failures=freeze_failures,
    )
