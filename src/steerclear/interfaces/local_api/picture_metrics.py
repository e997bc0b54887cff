"""How the picture of a node does, in Prometheus' text format: what each source delivers, and whether steps go on.

Labels are the sources' names as the node's file gives them, and the kinds of alerts; nothing of an aircraft goes in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from steerclear.model.alert import AlertKind
from steerclear.services.picture_view import PictureView
from steerclear.services.report_sources import SourceState

_COUNTED: Final = (
    ("reports", "Reports that a source delivered since the node's start."),
    ("dropped", "Reports of a source that were lost because they came faster than this machine could take them."),
    ("set_aside", "Records of a source that could not be used."),
)


def picture_families(view: PictureView, now_s: float) -> Iterator[Metric]:
    """All families; `now_s` is POSIX seconds by the node's clock."""
    states = GaugeMetricFamily(
        "steerclear_source_state", "1 for the state that a source of the picture is in.", labels=("source", "state")
    )
    for source in view.sources:
        for state in SourceState:
            states.add_metric([source.name, state.value], float(source.state == state.value))
    yield states
    for field, text in _COUNTED:
        family = CounterMetricFamily(f"steerclear_source_{field}", text, labels=("source",))
        for source in view.sources:
            family.add_metric([source.name], getattr(source, field))
        yield family
    tracks = GaugeMetricFamily("steerclear_picture_tracks", "Aircraft that the picture shows.")
    tracks.add_metric([], view.tracks)
    alerts = GaugeMetricFamily("steerclear_picture_alerts", "Alerts of the picture that are open.", labels=("kind",))
    counts = Counter(alert.kind for alert in view.open_alerts)
    for kind in AlertKind:
        alerts.add_metric([kind.value], counts[kind])
    yield from (tracks, alerts)
    if view.now_s is not None:
        age = GaugeMetricFamily(
            "steerclear_picture_step_age_seconds",
            "Time since the picture's last step; of a recording, since it was made.",
        )
        age.add_metric([], max(0.0, now_s - view.now_s))
        yield age
