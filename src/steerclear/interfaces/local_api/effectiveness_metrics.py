"""The measures of effectiveness of the last day, in Prometheus' text format.

A figure that was not measured is left out: its absence can be alarmed on, a 0 could be taken for a figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from steerclear.services.effectiveness.report import Judgement
from steerclear.services.effectiveness.rolling import RollingEffectiveness

ALL_TOGETHER: Final = "*"
"""Label of what is measured of all parties together; no party can be called so."""


def effectiveness_families(rolling: RollingEffectiveness) -> Iterator[Metric]:
    """All families."""
    latest = rolling.latest()
    labels = ("measure", "party", "detail")
    figures = GaugeMetricFamily(
        "steerclear_effectiveness", "A figure of the last day; left out where not measured.", labels=(*labels, "figure")
    )
    counts = GaugeMetricFamily(
        "steerclear_effectiveness_count", "On how many things a measure's figures rest.", labels=labels
    )
    judged = GaugeMetricFamily(
        "steerclear_effectiveness_judgement", "1 for what the agreed terms make of a measure.", labels=(*labels, "says")
    )
    used: Counter[tuple[str, str, str]] = Counter()
    for measure in latest.report.measures:
        # "rung 2: commander": the place alone, for functions are not labels; a second ladder's rung 2 is counted on.
        key = measure.measure.value, measure.party or ALL_TOGETHER, measure.detail.partition(":")[0]
        used[key] += 1
        names = [*key[:2], key[2] if used[key] == 1 else f"{key[2]} ({used[key]})"]
        counts.add_metric(names, measure.count)
        for judgement in Judgement:
            judged.add_metric([*names, judgement.value], float(judgement is measure.judgement))
        for figure, value in measure.figures.items():
            if value is not None:
                figures.add_metric([*names, figure], value)
    complete = GaugeMetricFamily(
        "steerclear_effectiveness_complete", "0 when so much was written in the last day that some of it was skipped."
    )
    complete.add_metric([], float(latest.complete))
    yield from (figures, counts, judged, complete)
