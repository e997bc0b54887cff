"""`/metrics`: the node's figures in Prometheus' text format, on loopback and without a token.

Labels are names that the agreement, the node's file or this program gives: parties, sources, kinds, urgencies, fault
codes. Nothing that a person wrote and nothing that a message says goes in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Lock
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from steerclear.dialogue.link_state import LinkState
from steerclear.interfaces.local_api.effectiveness_metrics import effectiveness_families
from steerclear.interfaces.local_api.open_routes import NO_TOKEN, answer_loopback_only
from steerclear.interfaces.local_api.picture_metrics import picture_families
from steerclear.services.effectiveness.rolling import RollingEffectiveness
from steerclear.services.identify.figures import CaseCounter, CaseFigures
from steerclear.services.incident.figures import IncidentFigures
from steerclear.services.line_metrics import Checks, Histogram, LineMetrics, direction
from steerclear.services.picture_view import PictureView

_Family = TypeVar("_Family", GaugeMetricFamily, CounterMetricFamily)


class NodeFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What the services do not know: the disk, the certificates, the port's door."""

    store_bytes: int
    """The store's file and what SQLite keeps beside it."""
    free_bytes: int
    """Room left on the disk that it lies on."""
    certificate_expiry_s: dict[str, float]
    """POSIX seconds when each party's certificate ends, our own among them."""
    connections_entered: int
    connections_refused: dict[str, int]
    """By the reason's name."""


class Metrics(msgspec.Struct, frozen=True):
    """Where the figures come from."""

    line: LineMetrics
    figures: Callable[[], NodeFigures]
    warnings: Callable[[], tuple[str, ...]]
    incidents: Callable[[], IncidentFigures] | None = None
    effectiveness: RollingEffectiveness | None = None
    picture: Callable[[], PictureView] | None = None


class Warnings(msgspec.Struct, frozen=True):
    """What someone must see to soon, in words: certificates that end, a disk or a record that fills."""

    warnings: tuple[str, ...]


def warning_routes(path: str, metrics: Metrics | None, check_reader: Callable[[Any], object]) -> list[HTTPRouteHandler]:
    """What someone must see to soon, for whoever may read."""
    if metrics is None:
        return []

    @get(path, sync_to_thread=True)
    def warnings(request: Request[Any, Any, Any]) -> Warnings:
        """What someone must see to soon: certificates that end, a disk or a record that fills."""
        check_reader(request)
        return Warnings(metrics.warnings())

    return [warnings]


def metrics_routes(metrics: Metrics | None) -> list[HTTPRouteHandler]:
    """The route; none for a node that counts nothing."""
    if metrics is None:
        return []
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_NodeCollector(metrics))
    ProcessCollector(registry=registry)

    @get("/metrics", sync_to_thread=True, before_request=answer_loopback_only, security=NO_TOKEN)
    def metrics_now() -> Response[bytes]:
        """Figures for monitoring, in Prometheus' text format."""
        metrics.line.follow()
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [metrics_now]


class _NodeCollector(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._line = metrics.line
        self._figures = metrics.figures
        self._effectiveness = metrics.effectiveness
        self._incidents = metrics.incidents
        self._picture = metrics.picture
        self._cases, self._cases_lock = CaseCounter(metrics.line.exchange), Lock()
        self._overdue_seen: set[tuple[str, str, str, str, str]] = set()

    def collect(self) -> Iterator[Metric]:
        """All families."""
        with self._line.lock:
            now_s = self._line.exchange.clock.now_s()
            yield from self._links(now_s)
            yield from self._owed(now_s)
            yield from self._answers()
            yield from self._checks()
            yield from self._troubles()
            yield from self._clocks(now_s)
        with self._cases_lock:
            cases = self._cases.figures()
        yield from _questions(cases)
        yield from _machine(self._figures(), now_s)
        if self._effectiveness is not None:
            yield from effectiveness_families(self._effectiveness)
        if self._incidents is not None:
            yield from _reviewed(self._incidents())
        if self._picture is not None:
            yield from picture_families(self._picture(), now_s)

    def _links(self, now_s: float) -> Iterator[Metric]:
        line = self._line
        states = _gauge("link_state", "1 for the state that the link to a peer is in.", "peer", "state")
        up = _counter("line_up_seconds", "Time the line was up since the node's start: availability.", "peer")
        waiting = _gauge("entries_waiting", "Entries of our log that the peer has not yet cosigned.", "peer")
        sizes = _gauge("log_entries", "Entries of a log; arrived ones as we mirror them.", "peer", "direction")
        quiet = _gauge("last_receipt_age_seconds", "Time since the peer last cosigned more of our log.", "peer")
        for peer, end in line.exchange.lines.items():
            for state in LinkState:
                states.add_metric([peer, state.value], float(end.link is state))
            up.add_metric([peer], line.up_s(peer, now_s))
            own = end.stored_size()
            waiting.add_metric([peer], own - end.received_size)
            sizes.add_metric([peer, direction(True)], own)
            sizes.add_metric([peer, direction(False)], end.incoming.frontier.size)
            if peer in line.receipt_s:
                quiet.add_metric([peer], max(0.0, now_s - line.receipt_s[peer]))
        observed = _counter("line_observed_seconds", "Time since the node's start, to divide the above by.")
        observed.add_metric([], max(0.0, now_s - line.started_s))
        messages = _counter("messages", "Messages since the node's start.", "peer", "kind", "direction")
        yield from (states, up, observed, waiting, sizes, quiet, _filled(messages, line.messages))

    def _owed(self, now_s: float) -> Iterator[Metric]:
        to_whom = {True: "to_us", False: "by_us"}
        owed = Counter({(peer, side): 0 for peer in self._line.exchange.lines for side in to_whom.values()})
        overdue: Counter[tuple[str, str, str, str, str]] = Counter(dict.fromkeys(self._overdue_seen, 0))
        for step in self._line.owed.values():
            owed[step.peer, to_whom[step.outgoing]] += 1
            if step.due_s <= now_s:
                overdue[step.peer, to_whom[step.outgoing], step.kind, step.urgency, step.step] += 1
        self._overdue_seen.update(overdue)  # a figure that was there goes to 0, it does not vanish
        family = _gauge("owed", "Agreed steps that nobody has taken yet, overdue or not.", "peer", "side")
        yield _filled(family, owed)
        labels = ("peer", "side", "kind", "urgency", "step")
        yield _filled(_gauge("overdue", "Agreed steps whose time has passed.", *labels), overdue)

    def _answers(self) -> Iterator[Metric]:
        labels = ("kind", "urgency", "step", "direction")
        taken = HistogramMetricFamily(
            "steerclear_acknowledgement_time_seconds",
            "Time from a message's issue until a step (acknowledgement, relay, response) was first taken.",
            labels=labels,
        )
        for key, histogram in self._line.taken_s.items():
            _add_histogram(taken, key, histogram)
        yield taken
        missed = _counter("missed", "Steps whose agreed time passed.", "peer", *labels)
        yield _filled(missed, self._line.missed)
        unheeded = _counter("answers_without_effect", "Answers that do not count under the agreement.", "peer")
        yield _filled(unheeded, {(peer,): count for peer, count in self._line.unheeded.items()})
        late = HistogramMetricFamily(
            "steerclear_rung_lateness_seconds",
            "Time from a rung's agreed moment until it was raised.",
            labels=("peer", "rung"),
        )
        for rung, histogram in self._line.rung_late_s.items():
            _add_histogram(late, rung, histogram)
        yield late
        yield _filled(_counter("outlets_tried", "Outlets of raised rungs.", "peer", "outcome"), self._line.outlets)

    def _checks(self) -> Iterator[Metric]:
        checks = _counter("line_checks", "Our line checks by what became of them.", "peer", "outcome")
        series = _gauge("line_checks_missed_series", "Missed without a cause, one after the other, now.", "peer")
        for peer, found in self._line.checks.items():
            for outcome in Checks.__struct_fields__:
                if outcome != "series":
                    checks.add_metric([peer, outcome], getattr(found, outcome))
            series.add_metric([peer], found.series)
        yield from (checks, series)

    def _troubles(self) -> Iterator[Metric]:
        faults = _counter("faults", "Named faults of the line, one per place and kind.", "peer", "code", "whose")
        yield _filled(faults, self._line.faults)
        commits = HistogramMetricFamily("steerclear_commit_seconds", "Time from an event until it was durable.")
        _add_histogram(commits, (), self._line.commit_s)
        yield commits

    def _clocks(self, now_s: float) -> Iterator[Metric]:
        clock = _gauge("clock_seconds", "POSIX time of this node's clock.")
        clock.add_metric([], now_s)
        offset = _gauge("peer_clock_offset_seconds", "The peer's clock minus ours at its last receipt.", "peer")
        yield from (clock, _filled(offset, {(peer,): held for peer, held in self._line.clock_offset_s.items()}))
        agreement = self._line.exchange.agreement
        version = _gauge("agreement_version", "Version of the agreement in force.", "agreement")
        version.add_metric([agreement.agreement_id], agreement.version)
        yield version


def _reviewed(figures: IncidentFigures) -> Iterator[Metric]:
    states = _gauge("incidents", "Incidents by where they stand.", "state")
    yield _filled(states, {(state,): count for state, count in figures.by_state.items()})
    for name, text, value in (
        ("incidents_awaiting_freeze", "Incidents whose window is over and whose evidence is not frozen.", "awaiting"),
        ("measures_open", "Agreed or proposed measures that are neither done nor dropped.", "open"),
        ("measures_overdue", "Measures whose time has passed.", "overdue"),
    ):
        gauge = _gauge(name, text)
        counts = {
            "awaiting": figures.awaiting_freeze,
            "open": figures.measures_open,
            "overdue": figures.measures_overdue,
        }
        gauge.add_metric([], counts[value])
        yield gauge
    failed = _counter("freeze_failures", "Bundles that could not be written, since the node's start.")
    failed.add_metric([], figures.freeze_failures)
    yield failed


def _questions(figures: CaseFigures) -> Iterator[Metric]:
    cases = _gauge("identification_cases", "Cases of aircraft that nobody knew, by whether they are open.", "state")
    cases.add_metric(["open"], figures.open)
    cases.add_metric(["closed"], figures.closed)
    answers = _gauge("identification_answers", "Questions to a party by what became of them.", "peer", "outcome")
    for peer, outcomes in figures.answers.items():
        for outcome, count in outcomes.items():
            answers.add_metric([peer, outcome], count)
    left = _gauge("identification_not_asked", "Aircraft that were not asked about because of a limit, now.")
    left.add_metric([], figures.not_asked)
    yield from (cases, answers, left)


def _machine(figures: NodeFigures, now_s: float) -> Iterator[Metric]:
    store = _gauge("store_bytes", "Size of the store's files.")
    store.add_metric([], figures.store_bytes)
    free = _gauge("disk_free_bytes", "Room left on the store's disk.")
    free.add_metric([], figures.free_bytes)
    expiry = _gauge("certificate_expiry_seconds", "Time until a certificate ends; negative after it.", "party")
    for party, end_s in figures.certificate_expiry_s.items():
        expiry.add_metric([party], end_s - now_s)
    entered = _counter("line_connections", "Connections that showed a pinned certificate.")
    entered.add_metric([], figures.connections_entered)
    refused = _counter("line_connections_refused", "Connections turned away before any request.", "reason")
    for reason, count in figures.connections_refused.items():
        refused.add_metric([reason], count)
    yield from (store, free, expiry, entered, refused)


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"steerclear_{name}", text, labels=labels)


def _counter(name: str, text: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"steerclear_{name}", text, labels=labels)


def _filled(family: _Family, counts: Mapping[Any, float]) -> _Family:
    for labels, count in counts.items():
        family.add_metric(list(labels), count)
    return family


def _add_histogram(family: HistogramMetricFamily, labels: Iterable[str], histogram: Histogram) -> None:
    total, buckets = 0, []
    for bound_s, count in zip((*map(str, histogram.bounds_s), "+Inf"), histogram.counts, strict=True):
        total += count
        buckets.append((bound_s, float(total)))
    family.add_metric(list(labels), buckets, histogram.sum_s)
