"""Units of ours are told whose an aircraft is ("known friendly here"), and each confirms that it knows.

Told is not confirmed: until a unit has confirmed, it counts as not knowing. Only what is identified can be told, and
never while the answers contradict each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from steerclear.model.identification import AnswerStanding, IdentificationCase, ToldUnit
from steerclear.model.limits import MAX_NAME_CHARS, MAX_TEXT_CHARS
from steerclear.services.acknowledge import function_of
from steerclear.services.exchange import Exchange
from steerclear.services.faults import LineRequestError
from steerclear.services.identify.events import UnitEvent, read_units, unit_event
from steerclear.services.identify.limits import MAX_UNITS
from steerclear.services.identify.standings import UnknownCaseError, find_case
from steerclear.store.entries import Append


def tell_units(
    exchange: Exchange, case_id: str, units: Sequence[str], desk_id: str, function: str
) -> IdentificationCase:
    """Put on record that units of ours were told whose the aircraft of a case is; the case with them.

    A unit that was told the same before is not told again. Raises UnknownCaseError, LineRequestError, StoreError.
    """
    function_of(exchange.us, desk_id, function)
    case = find_case(exchange, case_id)
    said = _said(case)
    told = {one.unit: one for one in case.units}
    new = [unit for unit in dict.fromkeys(units) if unit not in told or told[unit].said != said]
    if not units or any(not _is_name(unit) for unit in units):
        raise LineRequestError(f"name the units, each in one line of at most {MAX_NAME_CHARS} characters")
    if len(set(told) | set(new)) > MAX_UNITS:
        raise LineRequestError(f"at most {MAX_UNITS} units are told of one aircraft; tell those that can meet it")
    now_s = exchange.clock.now_s()
    rows = tuple(
        unit_event(
            UnitEvent(case_id=case_id, unit=ToldUnit(unit=unit, said=said, told_s=now_s, by_function=function)), now_s
        )
        for unit in new
    )
    if rows:
        # Two desks may tell different units at one moment: each has a name of its own.
        key = f"identify/{case_id}/told/{sha256(b''.join(row.payload for row in rows)).hexdigest()}"
        exchange.journal.append(Append(key=key, events=rows))
    return find_case(exchange, case_id)


def unit_confirms(
    exchange: Exchange, case_id: str, unit: str, desk_id: str, function: str, remark: str = ""
) -> IdentificationCase:
    """Put on record that a unit has confirmed that it knows. Raises UnknownCaseError, LineRequestError, StoreError."""
    function_of(exchange.us, desk_id, function)
    if len(remark) > MAX_TEXT_CHARS or not (remark.isprintable() or not remark):
        raise LineRequestError(f"a remark is one line of at most {MAX_TEXT_CHARS} printable characters")
    find_case(exchange, case_id)
    held = next((one for one in read_units(exchange.journal, case_id) if one.unit == unit), None)
    if held is None:
        raise UnknownCaseError(f"{unit!r} was not told of {case_id}; tell it first with `steerclear identify relay`")
    if held.confirmed_s is None:
        now_s = exchange.clock.now_s()
        confirmed = msgspec.structs.replace(held, confirmed_s=now_s, remark=remark)
        event = unit_event(UnitEvent(case_id=case_id, unit=confirmed), now_s)
        key = f"identify/{case_id}/confirmed/{sha256(event.payload).hexdigest()}"
        exchange.journal.append(Append(key=key, events=(event,)))
    return find_case(exchange, case_id)


def _said(case: IdentificationCase) -> str:
    """What units are told. Raises LineRequestError where nobody has said whose it is, or the answers contradict."""
    if case.contradiction:
        raise LineRequestError(f"the answers contradict each other, so no unit can be told: {case.contradiction}")
    ours = next((one for one in case.asked if one.standing is AnswerStanding.OURS), None)
    if ours is None:
        raise LineRequestError("nobody has said that it is theirs: no answer, and no other silence, makes it friendly")
    by = f" ({ours.answered_by})" if ours.answered_by else ""
    reference = f", reference {ours.reference}" if ours.reference else ""
    return f"known friendly here: {ours.party}{by} has said that it is theirs{reference}"


def _is_name(text: str) -> bool:
    return bool(text.strip()) and len(text) <= MAX_NAME_CHARS and text.isprintable()
