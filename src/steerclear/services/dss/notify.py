"""Who must be told of a change: subscriptions that meet it, each counted up, gathered by where they are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from steerclear.model.airspace import Subscription


class ToldSubscription(msgspec.Struct, frozen=True):
    """A subscription and its notification index with this change counted."""

    subscription_id: str
    notification_index: int


class Subscriber(msgspec.Struct, frozen=True):
    """One base URL, with the subscriptions for which it must be told."""

    uss_base_url: str
    subscriptions: tuple[ToldSubscription, ...]


def subscribers(told: Sequence[Subscription]) -> tuple[Subscriber, ...]:
    """Subscriptions as they stand before the change is counted, gathered by base URL."""
    gathered: dict[str, list[ToldSubscription]] = {}
    for one in told:
        entry = ToldSubscription(one.entity_id, one.notification_index + 1)
        gathered.setdefault(one.uss_base_url, []).append(entry)
    return tuple(Subscriber(url, tuple(gathered[url])) for url in sorted(gathered))


def for_intents(found: Iterable[Subscription], without: Iterable[str] = ()) -> list[Subscription]:
    """Those that ask for changes of operational intents, without some that go away with this change."""
    gone = set(without)
    return [one for one in found if one.for_intents and one.entity_id not in gone]


def for_constraints(found: Iterable[Subscription]) -> list[Subscription]:
    """Those that ask for changes of constraints."""
    return [one for one in found if one.for_constraints]
