"""A user ends a flight, or the area of a test is cleared: out of the DSS, and all who know of it are told."""

from __future__ import annotations

import msgspec

from steerclear.model.volumes import Volume4D
from steerclear.services.uss.airspace import IntentReference
from steerclear.services.uss.context import Uss
from steerclear.services.uss.flight_events import Flight
from steerclear.services.uss.intent_rules import prepared
from steerclear.services.uss.ownership import Caller, check_flight, in_place_of
from steerclear.services.uss.plan_flight import Outcome, Result
from steerclear.services.uss.ports import DssError
from steerclear.services.uss.record_files import UserSaidKept
from steerclear.services.uss.share_flight import end, remove
from steerclear.services.uss.surroundings import surroundings
from steerclear.services.uss.tell_user import UserDesk


class UnknownFlightError(ValueError):
    """There is no flight of that name."""


class Cleared(msgspec.Struct, frozen=True):
    """What clearing an area has removed, and what it could not, each with why."""

    removed: tuple[str, ...]
    failed: dict[str, str]


async def close_flight(uss: Uss, flight_id: str, users: UserDesk | None = None, by: Caller | None = None) -> Outcome:
    """End a flight; `users` tells its operator where another one than that does so.

    Raises UnknownFlightError, NotYoursError and the store's errors.
    """
    async with uss.locks[flight_id]:
        flight = uss.flights.get(flight_id)
        if flight is None:
            raise UnknownFlightError(f"there is no flight {flight_id}")
        check_flight(flight, by)
        for_another = in_place_of(flight.operator, by)
        words = "whoever is on duty for this USS ends the flight" if for_another else "the user ends the flight"
        now_s = uss.clock.now_s()
        uss.records.keep(UserSaidKept(time_s=now_s, intent_id=flight.intent_id, trigger="OPIN0040", words=words))
        try:
            await end(uss, flight)
        except DssError as error:
            return Outcome(result=Result.FAILED, words=str(error), flight=uss.flights.get(flight_id))
        if for_another and users is not None:
            await users.tell(flight_id, "OPIN0040", now_s, words, operator=flight.operator)
        return Outcome(result=Result.COMPLETED, words="", flight=None)


async def clear_area(uss: Uss, area: Volume4D) -> Cleared:
    """End every flight of ours in an area, also such as only the DSS knows of. Raises DssError, RuleBrokenError."""
    wanted = prepared((area,))
    removed: list[str] = []
    failed: dict[str, str] = {}
    references = {one.intent_id: one for place in surroundings((area,)) for one in await uss.dss.intents_in(place)}
    met = {flight.flight_id for flight in uss.flights_in(wanted)}
    for flight in list(uss.flights.values()):
        if flight.intent_id not in references and flight.flight_id not in met:
            continue
        try:
            outcome = await close_flight(uss, flight.flight_id)
        except UnknownFlightError:
            continue
        if outcome.result is Result.COMPLETED:
            removed.append(flight.intent_id)
        else:
            failed[flight.intent_id] = outcome.words
    for reference in references.values():
        if reference.intent_id in removed or reference.intent_id in failed:
            continue
        if reference.manager == uss.settings.name and uss.flight_of(reference.intent_id) is None:
            await _remove_stray(uss, reference, removed, failed)
    return Cleared(tuple(removed), failed)


async def _remove_stray(uss: Uss, reference: IntentReference, removed: list[str], failed: dict[str, str]) -> None:
    stray = Flight(flight_id=uss.new_id(), intent_id=reference.intent_id)
    try:
        await remove(uss, stray, reference)
    except DssError as error:
        failed[reference.intent_id] = str(error)
    else:
        removed.append(reference.intent_id)
