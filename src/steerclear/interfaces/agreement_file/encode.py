"""The model's `Agreement` to an agreement file that reads back to exactly the same terms."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from steerclear.interfaces.agreement_file.quantities import DURATION_S, HEIGHT_M, LENGTH_M, write_quantity
from steerclear.model.agreement import Agreement, Party
from steerclear.model.zone import Circle, Zone


def encode_agreement(agreement: Agreement) -> bytes:
    """The TOML file of an agreement, with a line of explanation over each part."""
    return ("\n".join(_lines(agreement)) + "\n").encode()


def _lines(agreement: Agreement) -> Iterator[str]:
    yield "# The common terms of the parties. In force only when the root key of every party has signed these bytes."
    yield "[agreement]"
    yield f"id = {_text(agreement.agreement_id)}"
    yield f"version = {agreement.version}"
    yield f"title = {_text(agreement.title)}"
    yield f"in_force_from = {_time(agreement.in_force_from_s)}"
    yield "\n# Two aircraft are separated while they are farther apart than either distance; touching counts as a loss."
    yield "[minima]"
    yield f"horizontal = {_length(agreement.minima.horizontal_m)}"
    yield f"vertical = {_height(agreement.minima.vertical_m)}"
    yield f"lookahead = {_duration(agreement.minima.lookahead_s)}"
    if agreement.time_in_breach is not None:
        yield "\n# Closer than both distances is tolerated for at most this long."
        yield "[time_in_breach]"
        yield f"horizontal = {_length(agreement.time_in_breach.horizontal_m)}"
        yield f"vertical = {_height(agreement.time_in_breach.vertical_m)}"
        yield f"longest = {_duration(agreement.time_in_breach.longest_s)}"
    yield "\n# How often the line is tried, and within what time a desk must answer."
    yield "[line_checks]"
    yield f"every = {_duration(agreement.line_checks.every_s)}"
    yield f"answer_within = {_duration(agreement.line_checks.answer_within_s)}"
    for deadline in agreement.deadlines:
        yield "\n[[deadlines]]"
        yield f"kind = {_text(deadline.alert_kind.value)}"
        yield f"severity = {_text(deadline.severity.name.lower())}"
        yield f"acknowledge_within = {_duration(deadline.within_s)}"
    for party in agreement.parties:
        yield from _party(party)
    for zone in agreement.zones:
        yield from _zone(zone)


def _party(party: Party) -> Iterator[str]:
    yield "\n[[parties]]"
    yield f"id = {_text(party.party_id)}"
    yield f"name = {_text(party.name)}"
    yield f"agencies = {_texts(party.agencies)}"
    for desk in party.desks:
        yield "[[parties.desks]]"
        yield f"id = {_text(desk.desk_id)}"
        yield f"functions = {_texts(desk.functions)}"
    yield "[parties.fleet]"
    yield f"icao_addresses = {_texts(f'{address:06x}' for address in sorted(party.fleet.icao_addresses))}"
    ranges = [f'["{first:06x}", "{last:06x}"]' for first, last in party.fleet.icao_address_ranges]
    yield f"icao_address_ranges = [{', '.join(ranges)}]"
    yield f"callsign_prefixes = {_texts(party.fleet.callsign_prefixes)}"
    yield f"remote_id_prefixes = {_texts(party.fleet.remote_id_prefixes)}"
    if party.keys is not None:
        yield "[parties.keys]"
        yield f"root = {_text(b64encode(party.keys.root).decode())}"
        yield f"signing = {_text(b64encode(party.keys.signing).decode())}"
        yield f"witness = {_text(b64encode(party.keys.witness).decode())}"


def _zone(zone: Zone) -> Iterator[str]:
    yield "\n[[zones]]"
    yield f"id = {_text(zone.zone_id)}"
    yield f"name = {_text(zone.name)}"
    yield f"party = {_text(zone.party)}"
    yield f"lower = {_height(zone.lower_m)}"
    yield f"upper = {_height(zone.upper_m)}"
    yield f"altitude_datum = {_text(zone.altitude_datum.value)}"
    yield f"from = {_time(zone.from_s)}"
    yield f"until = {_time(zone.until_s)}"
    yield f"dwell = {_duration(zone.dwell_s)}"
    if isinstance(zone.footprint, Circle):
        centre = _position(zone.footprint.latitude_deg, zone.footprint.longitude_deg)
        yield f"circle = {{ centre = {centre}, radius = {_length(zone.footprint.radius_m)} }}"
    else:
        vertices = [_position(*vertex) for vertex in zone.footprint.vertices_deg]
        yield f"polygon = [{', '.join(vertices)}]"


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
