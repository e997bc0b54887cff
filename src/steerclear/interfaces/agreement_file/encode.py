"""The model's `Agreement` to an agreement file that reads back to exactly the same terms."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from steerclear.interfaces.agreement_file.quantities import DURATION_S, HEIGHT_M, LENGTH_M, write_quantity
from steerclear.model.agreement import (
    Agreement,
    AreaOfAuthority,
    FleetRule,
    IdentificationTerms,
    MessageDeadline,
    Party,
    SeparationMinima,
)
from steerclear.model.precedence import PrecedenceBy
from steerclear.model.zone import Circle, Zone


def encode_agreement(agreement: Agreement) -> bytes:
    """The TOML file of an agreement, with a line of explanation over each part."""
    return ("\n".join(_lines(agreement)) + "\n").encode()


def _lines(agreement: Agreement) -> Iterator[str]:
    yield "# The common terms of the parties. In force only when the root key of every party has signed these bytes."
    yield "[agreement]"
    yield f"id = {_text(agreement.agreement_id)}"
    yield f"version = {agreement.version}"
    if agreement.amends:
        yield "# SHA-256 of the file of the version before."
        yield f"amends = {_text(agreement.amends.hex())}"
    yield f"title = {_text(agreement.title)}"
    yield f"in_force_from = {_time(agreement.in_force_from_s)}"
    yield f"languages = {_texts(agreement.languages)}"
    yield from _separation(agreement)
    yield from _answering(agreement)
    yield from _notices(agreement)
    yield from _explained("Who takes part: every operating agency by its name, desks by their functions.")
    for number, party in enumerate(agreement.parties):
        yield from ("",) if number else ()
        yield from _party(party)
    yield from _places(agreement)


def _explained(*comment: str) -> Iterator[str]:
    yield ""
    yield from (f"# {line}" for line in comment)


def _separation(agreement: Agreement) -> Iterator[str]:
    yield from _explained(
        "Two aircraft are separated while they are farther apart than either distance; touching counts as a loss."
    )
    yield "[minima]"
    yield from _minima(agreement.minima)
    if agreement.time_in_breach is not None:
        yield from _explained("Closer than both distances is tolerated for at most this long.")
        yield "[time_in_breach]"
        yield f"horizontal = {_length(agreement.time_in_breach.horizontal_m)}"
        yield f"vertical = {_height(agreement.time_in_breach.vertical_m)}"
        yield f"longest = {_duration(agreement.time_in_breach.longest_s)}"
    if agreement.pair_minima:
        yield from _explained(
            "Between these kinds of aircraft, instead of the minima above; in one area or everywhere."
        )
    for rule in agreement.pair_minima:
        yield "[[pair_minima]]"
        yield f"kinds = {_texts(rule.kinds)}"
        if rule.area_id is not None:
            yield f"area = {_text(rule.area_id)}"
        yield from _minima(rule.minima)


def _minima(minima: SeparationMinima) -> Iterator[str]:
    yield f"horizontal = {_length(minima.horizontal_m)}"
    yield f"vertical = {_height(minima.vertical_m)}"
    yield f"lookahead = {_duration(minima.lookahead_s)}"


def _answering(agreement: Agreement) -> Iterator[str]:
    checks = agreement.line_checks
    yield from _explained(
        "How often the line is tried, within what time a desk must answer, and how many checks missed without a cause",
        "are more than an accident.",
    )
    yield "[line_checks]"
    yield f"every = {_duration(checks.every_s)}"
    yield f"answer_within = {_duration(checks.answer_within_s)}"
    yield f"series = {checks.series}"
    if agreement.ladders:
        yield from _explained("Who is reached, in turn, while nobody has acknowledged; the last one is said to be so.")
    for ladder in agreement.ladders:
        yield "[[ladders]]"
        yield f"id = {_text(ladder.ladder_id)}"
        for rung in ladder.rungs:
            yield "[[ladders.rungs]]"
            yield f"function = {_text(rung.function)}"
            yield f"after = {_duration(rung.after_s)}"
            yield f"side = {_text(rung.side)}"
            if rung.last:
                yield "last = true"
    if agreement.deadlines:
        yield from _explained("Within what time a named function must acknowledge the notice of an alert.")
    for alert in agreement.deadlines:
        yield "[[deadlines]]"
        yield f"kind = {_text(alert.alert_kind)}"
        yield f"severity = {_text(alert.severity.name.lower())}"
        yield f"acknowledge_within = {_duration(alert.within_s)}"
        if alert.ladder_id is not None:
            yield f"ladder = {_text(alert.ladder_id)}"
    if agreement.message_deadlines:
        yield from _explained("The same for messages, with the times for relaying and answering where they are due.")
    for message in agreement.message_deadlines:
        yield from _message_deadline(message)
    yield from _identification(agreement.identification)


def _identification(terms: IdentificationTerms) -> Iterator[str]:
    yield from _explained(
        'When an aircraft that nobody knows is asked about ("is this yours?"): inside something, or straight on its',
        "way into it within the lookahead. How near in time the boundary is says how urgent the question is.",
    )
    yield "[identification]"
    yield f"lookahead = {_duration(terms.lookahead_s)}"
    yield f"urgent_within = {_duration(terms.urgent_within_s)}"
    yield f"immediate_within = {_duration(terms.immediate_within_s)}"
    yield f"automatic = {'true' if terms.automatic else 'false'}"
    yield f"repeat_after = {_duration(terms.repeat_after_s)}"


def _message_deadline(deadline: MessageDeadline) -> Iterator[str]:
    yield "[[message_deadlines]]"
    yield f"message = {_text(deadline.message)}"
    yield f"urgency = {_text(deadline.urgency)}"
    yield f"acknowledge_within = {_duration(deadline.acknowledge_s)}"
    if deadline.relay_s is not None:
        yield f"relay_within = {_duration(deadline.relay_s)}"
    if deadline.respond_s is not None:
        yield f"respond_within = {_duration(deadline.respond_s)}"
    if deadline.ladder_id is not None:
        yield f"ladder = {_text(deadline.ladder_id)}"


def _notices(agreement: Agreement) -> Iterator[str]:
    if agreement.notice_times:
        yield from _explained("How long before it begins something is notified, and how long a notice holds.")
    for rule in agreement.notice_times:
        yield "[[notice_times]]"
        yield f"subject = {_text(rule.subject)}"
        yield f"before = {_duration(rule.before_s)}"
        yield f"valid = {_duration(rule.valid_s)}"
    if agreement.disclosure:
        yield from _explained("How much of an item is told unless its notice says otherwise: full, coarse or sealed.")
    for default in agreement.disclosure:
        yield "[[disclosure]]"
        yield f"subject = {_text(default.subject)}"
        yield f"disclosure = {_text(default.disclosure)}"
    yield from _precedence(agreement)
    if agreement.fallbacks:
        yield from _explained("What both sides do while the line is not as it should be.")
    for fallback in agreement.fallbacks:
        yield "[[fallbacks]]"
        yield f"condition = {_text(fallback.condition)}"
        yield f"measure = {_text(fallback.measure)}"


def _precedence(agreement: Agreement) -> Iterator[str]:
    if agreement.precedence:
        yield from _explained(
            "Who gives way where two plans conflict: asked in this order, until one tells the two plans apart.",
        )
    for rule in agreement.precedence:
        yield "[[precedence]]"
        yield f"by = {_text(rule.by)}"
        if rule.by is PrecedenceBy.PARTY:
            yield f"first = {_text(rule.first)}"
            yield f"before = {_text(rule.before)}"


def _party(party: Party) -> Iterator[str]:
    yield "[[parties]]"
    yield f"id = {_text(party.party_id)}"
    yield f"name = {_text(party.name)}"
    yield f"agencies = {_texts(party.agencies)}"
    for desk in party.desks:
        yield "[[parties.desks]]"
        yield f"id = {_text(desk.desk_id)}"
        yield f"functions = {_texts(desk.functions)}"
        for reach in desk.outlets:
            yield "[[parties.desks.outlets]]"
            yield f"function = {_text(reach.function)}"
            yield f"outlets = {_texts(reach.outlets)}"
    yield "[parties.fleet]"
    yield from _fleet(party.fleet)
    if party.uncrewed != FleetRule():
        yield "[parties.uncrewed]"
        yield from _fleet(party.uncrewed)
    if party.keys is not None:
        yield "[parties.keys]"
        yield f"root = {_key(party.keys.root)}"
        yield f"signing = {_key(party.keys.signing)}"
        yield f"witness = {_key(party.keys.witness)}"
        if party.keys.witness_ml_dsa is not None:
            yield f"witness_ml_dsa = {_key(party.keys.witness_ml_dsa)}"


def _fleet(fleet: FleetRule) -> Iterator[str]:
    yield f"icao_addresses = {_texts(f'{address:06x}' for address in sorted(fleet.icao_addresses))}"
    ranges = [f'["{first:06x}", "{last:06x}"]' for first, last in fleet.icao_address_ranges]
    yield f"icao_address_ranges = [{', '.join(ranges)}]"
    yield f"callsign_prefixes = {_texts(fleet.callsign_prefixes)}"
    yield f"remote_id_prefixes = {_texts(fleet.remote_id_prefixes)}"


def _places(agreement: Agreement) -> Iterator[str]:
    if agreement.places:
        yield from _explained(
            "Places that all know by name: positions are read back by distance and bearing from them."
        )
    for known in agreement.places:
        yield "[[places]]"
        yield f"name = {_text(known.name)}"
        yield f"at = {_position(known.position.latitude_deg, known.position.longitude_deg)}"
    if agreement.areas:
        yield from _explained(
            "Who controls what volume, and when. More than one claimant: disputed, and both are shown."
        )
    for area in agreement.areas:
        yield "[[areas]]"
        yield f"id = {_text(area.area_id)}"
        yield f"name = {_text(area.name)}"
        yield f"claimed_by = {_texts(area.claimed_by)}"
        if area.disputed:
            yield "disputed = true"
        yield from _volume(area)
    if agreement.zones:
        yield from _explained("Zones that a party has declared; an aircraft of another party in one is an alert.")
    for zone in agreement.zones:
        yield "[[zones]]"
        yield f"id = {_text(zone.zone_id)}"
        yield f"name = {_text(zone.name)}"
        yield f"party = {_text(zone.party)}"
        yield from _volume(zone)
        yield f"dwell = {_duration(zone.dwell_s)}"


def _volume(place: Zone | AreaOfAuthority) -> Iterator[str]:
    yield f"lower = {_height(place.lower_m)}"
    yield f"upper = {_height(place.upper_m)}"
    yield f"altitude_datum = {_text(place.altitude_datum)}"
    yield f"from = {_time(place.from_s)}"
    yield f"until = {_time(place.until_s)}"
    if isinstance(place.footprint, Circle):
        centre = _position(place.footprint.latitude_deg, place.footprint.longitude_deg)
        yield f"circle = {{ centre = {centre}, radius = {_length(place.footprint.radius_m)} }}"
    else:
        vertices = [_position(*vertex) for vertex in place.footprint.vertices_deg]
        yield f"polygon = [{', '.join(vertices)}]"


def _key(public_key: bytes) -> str:
    return _text(b64encode(public_key).decode())


def _text(value: str) -> str:
    # A TOML basic string and a JSON string spell printable text alike.
    return json.dumps(value, ensure_ascii=False)


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(_text(value) for value in values)}]"


def _position(latitude_deg: float, longitude_deg: float) -> str:
    return f"[{latitude_deg!r}, {longitude_deg!r}]"


def _length(value_m: float) -> str:
    return f'"{write_quantity(value_m, LENGTH_M)}"'


def _height(value_m: float) -> str:
    return f'"{write_quantity(value_m, HEIGHT_M)}"'


def _duration(value_s: float) -> str:
    return f'"{write_quantity(value_s, DURATION_S)}"'


def _time(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat().replace("+00:00", "Z")
