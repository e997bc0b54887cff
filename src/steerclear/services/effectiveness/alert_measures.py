"""Measures of the alerts: how many per flight hour, and how many of the predicted losses of separation came true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from steerclear.model.alert import AlertChange, AlertEvent, AlertKind, Severity
from steerclear.services.effectiveness.counting import plural, said_share, share, times_of
from steerclear.services.effectiveness.observed import Observations
from steerclear.services.effectiveness.report import Judgement, Measure, MeasureName

ABOUT_AIRCRAFT: Final = frozenset({AlertKind.SEPARATION, AlertKind.TIME_IN_BREACH, AlertKind.ZONE})
"""Kinds that are about what aircraft do; that a feed is silent or a track stale is about the picture itself."""


def alert_rate(seen: Observations, party: str, period: tuple[float, float]) -> Measure:
    """Alerts about aircraft per hour flown, in this side's own picture."""
    name = MeasureName.ALERT_RATE
    if party not in ("", seen.observer) or seen.alerts is None:
        return _not_measured(name, party, "the source holds no picture of this side")
    alerts = [life for life in _in(seen, period) if life[0].kind in ABOUT_AIRCRAFT]
    counts = {str(kind): sum(life[0].kind is kind for life in alerts) for kind in sorted(ABOUT_AIRCRAFT)}
    if not seen.flight_s:
        why = "no tracks are at hand" if seen.flight_s is None else "no aircraft was seen flying"
        words = f"Not measured: {why}; {plural(len(alerts), 'alert')} about aircraft."
        return Measure(
            measure=name,
            party=party,
            count=len(alerts),
            outcomes=counts,
            judgement=Judgement.NOT_MEASURED,
            words=words,
        )
    hours = seen.flight_s / 3_600.0
    return Measure(
        measure=name,
        party=party,
        count=len(alerts),
        outcomes=counts,
        figures={"alerts_per_flight_hour": len(alerts) / hours, "flight_hours": hours},
        judgement=Judgement.NO_TERM,
        words=(
            f"{plural(len(alerts), 'alert')} about aircraft in {hours:,.1f} flight hours:"
            f" {len(alerts) / hours:.2f} an hour. Nothing is agreed to compare it with."
        ),
    )


def came_true(seen: Observations, party: str, period: tuple[float, float]) -> Measure:
    """Of the losses of separation that were predicted, how many became actual ones."""
    name = MeasureName.ALERTS_CAME_TRUE
    if party not in ("", seen.observer) or seen.alerts is None:
        return _not_measured(name, party, "the source holds no picture of this side")
    lives = [life for life in _in(seen, period) if life[0].kind is AlertKind.SEPARATION]
    predicted = [life for life in lives if life[0].severity < Severity.BREACH]
    counts = {"came_true": 0, "did_not": 0, "nobody_knows": 0, "open": 0}
    lead_s = []
    for life in predicted:
        kind, at_s = _end_of(life)
        counts[kind] += 1
        if kind == "came_true":
            lead_s.append(at_s - life[0].time_s)
    at_once = len(lives) - len(predicted)
    known = counts["came_true"] + counts["did_not"]
    figures: dict[str, float | None] = {
        "share_came_true": share(counts["came_true"], known),
        "losses_not_predicted": at_once,
    }
    if not known:
        return Measure(
            measure=name,
            party=party,
            count=len(predicted),
            outcomes=counts,
            figures=figures,
            judgement=Judgement.NOT_MEASURED,
            words=(
                "Not measured: no predicted loss of separation has come to a known end;"
                f" {plural(at_once, 'loss', 'losses')} came without a prediction."
            ),
        )
    words = (
        f"{said_share(counts['came_true'], known)} predicted losses came true, the others were seen to end;"
        f" {counts['nobody_knows']} ended out of sight and {counts['open']} are open."
        f" {plural(at_once, 'loss', 'losses')} came without a prediction before. Nothing is agreed to compare it with."
    )
    return Measure(
        measure=name,
        party=party,
        count=len(predicted),
        outcomes=counts,
        figures=figures,
        times=times_of(lead_s),
        judgement=Judgement.NO_TERM,
        words=words,
    )


def _end_of(life: Sequence[AlertEvent]) -> tuple[str, float]:
    """What became of a predicted loss, and when; that it came true counts whatever came after."""
    for event in life[1:]:
        if event.severity is Severity.BREACH and event.change is AlertChange.ESCALATED:
            return "came_true", event.time_s
    last = life[-1]
    if last.change is AlertChange.CLEARED:
        return "did_not", last.time_s
    return ("nobody_knows" if last.change is AlertChange.LAPSED else "open"), last.time_s


def _in(seen: Observations, period: tuple[float, float]) -> list[list[AlertEvent]]:
    """Alerts raised in the period, by the picture's time."""
    return [life for life in (seen.alerts or {}).values() if _began_in(life[0], period)]


def _began_in(first: AlertEvent, period: tuple[float, float]) -> bool:
    return first.change is AlertChange.RAISED and period[0] <= first.time_s < period[1]


def _not_measured(name: MeasureName, party: str, why: str) -> Measure:
    return Measure(measure=name, party=party, count=0, judgement=Judgement.NOT_MEASURED, words=f"Not measured: {why}.")
