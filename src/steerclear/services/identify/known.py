"""What tracks are held against: declared flights, and everything that an aircraft may be in or head for.

Read from the view of declared items once, then followed: the journal tells which items have changed. What is over is
let go, so that a look takes no longer after months of declarations than on the first day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from steerclear.model.declared import Declared, Known
from steerclear.model.identification import BoundaryKind
from steerclear.model.intent import IntentState, OperationalIntent
from steerclear.model.notice_items import FlightDetails, NoticeItem
from steerclear.model.plans import ItemStanding
from steerclear.model.track import Identity
from steerclear.model.vocabulary import NoticeSubject
from steerclear.services.exchange import Exchange
from steerclear.services.plan_events import item_key_in, read_key, walk_items
from steerclear.services.plan_neighbours import declared_of
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.strategic.approach import Boundaries, Boundary, boundary_of
from steerclear.strategic.declaring import counts, of_agreed_zone, of_area, of_flight
from steerclear.strategic.expected import ExpectedFlight
from steerclear.strategic.flight_tables import ExpectedFlights

OVER_KEPT_S: Final = 6 * 3_600.0
"""A flight that is over is remembered for so long: who still flies it does not conform."""

OtherIntents = Callable[[], Iterable[OperationalIntent]]
"""Flights that are known by other ways than the line, such as those of F3548-21."""


class KnownAirspace:
    """Flights and boundaries as they are declared now."""

    def __init__(self, exchange: Exchange, others: OtherIntents | None = None) -> None:
        self._exchange = exchange
        self._others = others
        self._seen = 0
        self._standings: dict[str, ItemStanding] | None = None
        """By key: what still matters. None before the view is read whole."""
        self._version = -1
        self._from_others: tuple[OperationalIntent, ...] = ()
        self.flights = ExpectedFlights(())
        self.boundaries = Boundaries(())
        self._read_at_s = float("-inf")

    def forget_time(self) -> None:
        """The picture's time went back, and what was let go as over may not be: the next look reads all again."""
        self._read_at_s, self._standings = float("-inf"), None

    def refresh(self, now_s: float) -> None:
        """Look whether anything declared has changed since the last look."""
        version = self._exchange.agreement.version
        others = () if self._others is None else tuple(self._others())
        changed = self._items_changed(now_s) or version != self._version or others != self._from_others
        if not changed and now_s - self._read_at_s < OVER_KEPT_S / 6.0:
            return
        self._version, self._from_others, self._read_at_s = version, others, now_s
        held = self._standings or {}
        self._standings = {key: held[key] for key in sorted(held) if _matters(held[key], now_s)}
        standings = list(self._standings.values())
        flights = [one for standing in standings for one in expected_of(standing, now_s)]
        known = {flight.item_id for flight in flights}
        flights += [_of_intent(intent) for intent in others if intent.intent_id not in known]
        self.flights = ExpectedFlights(flights)
        self.boundaries = Boundaries(self._boundaries(standings, others, now_s))

    def _items_changed(self, now_s: float) -> bool:
        journal = self._exchange.journal
        if self._standings is None:
            self._seen = journal.last_sequence()  # before the items are read: what comes meanwhile is taken again
            self._standings = {one.key: one for one in walk_items(journal) if _matters(one, now_s)}
            return True
        changed: set[str] = set()
        while rows := journal.journal(self._seen, MAX_PAGE_ROWS):
            self._seen = rows[-1].sequence
            changed.update(key for row in rows if (key := item_key_in(row.kind, row.payload)) is not None)
        for key in changed:
            standing = read_key(journal, key)
            if standing is not None:
                self._standings[key] = standing
        return bool(changed)

    def _boundaries(
        self, standings: Iterable[ItemStanding], others: Iterable[OperationalIntent], now_s: float
    ) -> Iterator[Boundary]:
        agreement = self._exchange.agreement
        declared: list[Declared] = [of_area(area) for area in agreement.areas]
        declared += [of_agreed_zone(zone) for zone in agreement.zones]
        declared += [declared_of(one, reachable=True) for one in standings if one.in_force(now_s)]
        declared += [of_flight(intent) for intent in others]
        for one in declared:
            if counts(one) and one.volumes:
                yield boundary_of(one)


def _matters(standing: ItemStanding, now_s: float) -> bool:
    """Whether an item is expected, kept clear of or asked about, at a time or after it."""
    return standing.in_force(now_s) or any(True for _ in expected_of(standing, now_s))


def expected_of(standing: ItemStanding, now_s: float) -> Iterator[ExpectedFlight]:
    """A declared flight as it is expected to be seen; none for other items, and for what is long over."""
    if standing.subject is not NoticeSubject.FLIGHT or now_s > standing.until_s + OVER_KEPT_S:
        return
    over = standing.ended is not None
    if over and standing.history and now_s > standing.history[-1].at_s + OVER_KEPT_S:
        return
    known = Known.FULL if standing.item is not None else Known.COARSE if standing.volumes else Known.SEALED
    yield ExpectedFlight(
        party=standing.party,
        item_id=standing.item_id,
        title=standing.title,
        volumes=standing.volumes,
        identities=_identities(standing),
        state=IntentState(standing.state) if standing.state else None,
        known=known,
        over=over,
        from_s=standing.from_s,
        until_s=standing.until_s,
    )


def _identities(standing: ItemStanding) -> tuple[Identity, ...]:
    if standing.item is not None and standing.item.flight is not None:
        return standing.item.flight.identities
    told = standing.notice.notice.item if standing.notice is not None else None
    details = told.details if isinstance(told, NoticeItem) else None
    return details.identities if isinstance(details, FlightDetails) else ()


def _of_intent(intent: OperationalIntent) -> ExpectedFlight:
    volumes = (*intent.volumes, *intent.off_nominal_volumes)
    return ExpectedFlight(
        party=intent.party,
        item_id=intent.intent_id,
        title=intent.title,
        volumes=volumes,
        identities=intent.identities,
        state=intent.state,
        over=intent.state is IntentState.ENDED,
        from_s=min((volume.from_s for volume in volumes), default=0.0),
        until_s=max((volume.until_s for volume in volumes), default=0.0),
    )


def approach_words(kind: BoundaryKind, title: str, after_s: float) -> str:
    """What an aircraft is in or heads for, as it is told to the other side."""
    what = f"{kind.value.replace('_', ' ')} {title!r}" if title else kind.value.replace("_", " ")
    if after_s <= 0.0:
        return f"it is inside the {what}"
    return f"flying straight on it is inside the {what} in {after_s:.0f} s"
