"""Operational intents that a USS knows, its own and those that peers have told, for whoever looks at the sky."""

from __future__ import annotations

from steerclear.model.intent import OperationalIntent
from steerclear.services.uss.context import Uss


def known_intents(uss: Uss) -> tuple[OperationalIntent, ...]:
    """Every intent with its details, by id; from any thread."""
    own = [flight.shared.intent for flight in list(uss.flights.values()) if flight.shared is not None]
    told = [heard.intent.intent for heard in list(uss.heard.values()) if heard.intent is not None]
    return tuple(sorted((*own, *told), key=lambda intent: intent.intent_id))
