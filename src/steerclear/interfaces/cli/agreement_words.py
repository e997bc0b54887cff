"""An agreement in words that can be read aloud: one line for each thing that is agreed.

Every line has a topic that does not change with the figures, so that two versions can be compared line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from steerclear.geodesy.units import FT_M, NM_M
from steerclear.model.agreement import (
    Agreement,
    AreaOfAuthority,
    FleetRule,
    Ladder,
    LadderSide,
    Party,
    PartyKeys,
    SeparationMinima,
)
from steerclear.model.keys import fingerprint
from steerclear.model.precedence import PrecedenceBy, PrecedenceRule
from steerclear.model.zone import Circle, Zone

_DATUMS: Final = {
    "pressure_standard": "standard pressure",
    "ellipsoid": "above the ellipsoid",
    "msl_geoid": "above mean sea level",
}
_PRECEDENCE: Final = {
    PrecedenceBy.EMERGENCY: "emergency and medical flights",
    PrecedenceBy.PRIORITY: "the higher priority",
    PrecedenceBy.CREWED: "crewed before uncrewed",
    PrecedenceBy.ACTIVATED: "flights in use before planned ones",
    PrecedenceBy.EARLIER: "what was declared earlier",
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is agreed."""

    part: str
    topic: str
    said: tuple[str, ...]
    """What is agreed about it: one text, or the members of a list whose order says nothing."""
    listed: bool = False

    @property
    def text(self) -> str:
        """All of it."""
        return ", ".join(self.said)


def in_words(terms: Agreement) -> tuple[Line, ...]:
    """Everything an agreement says, in the order in which it is read out."""
    return tuple(
        line
        for part, lines in (
            ("Agreement", _head(terms)),
            ("Parties", _parties(terms)),
            ("Known places", _known_places(terms)),
            ("Areas of authority", _areas(terms)),
            ("Separation", _separation(terms)),
            ("Zones", _zones(terms)),
            ("Notices", _notices(terms)),
            ("Precedence", _precedence(terms)),
            ("Answers", _answers(terms)),
            ("Identification", _identification(terms)),
            ("Ladders", _ladders(terms)),
            ("The line", _line(terms)),
        )
        for line in _in_part(part, lines)
    )


Said = tuple[str, str | tuple[str, ...]]


def _in_part(part: str, lines: Iterable[Said]) -> Iterator[Line]:
    for topic, said in lines:
        listed = not isinstance(said, str)
        yield Line(part=part, topic=topic, said=tuple(said) if listed else (str(said),), listed=listed)


def _head(terms: Agreement) -> Iterator[Said]:
    yield "title", terms.title
    yield "version", str(terms.version)
    if terms.amends:
        yield "amends the file with SHA-256", terms.amends.hex()
    yield "in force from", utc_text(terms.in_force_from_s)
    yield "languages", terms.languages


def _parties(terms: Agreement) -> Iterator[Said]:
    for party in terms.parties:
        yield f"party {party.party_id}", party.name
        yield f"{party.party_id} binds", party.agencies
        yield from _desks(party)
        yield from _fleet(f"aircraft of {party.party_id}", party.fleet)
        yield from _fleet(f"uncrewed aircraft of {party.party_id}", party.uncrewed)
        yield from _keys(party.party_id, party.keys)


def _desks(party: Party) -> Iterator[Said]:
    for desk in party.desks:
        yield f"desk {desk.desk_id} of {party.party_id}", ", ".join(desk.functions)
        for reach in desk.outlets:
            yield f"{reach.function} at {desk.desk_id} of {party.party_id} is reached by", ", then ".join(reach.outlets)


def _fleet(topic: str, fleet: FleetRule) -> Iterator[Said]:
    if fleet.icao_addresses:
        yield f"{topic}, addresses", tuple(f"{address:06x}" for address in sorted(fleet.icao_addresses))
    if fleet.icao_address_ranges:
        yield (
            f"{topic}, address ranges",
            tuple(f"{first:06x} to {last:06x}" for first, last in fleet.icao_address_ranges),
        )
    if fleet.callsign_prefixes:
        yield f"{topic}, callsigns beginning with", fleet.callsign_prefixes
    if fleet.remote_id_prefixes:
        yield f"{topic}, remote ids beginning with", fleet.remote_id_prefixes


def _keys(party_id: str, keys: PartyKeys | None) -> Iterator[Said]:
    if keys is None:
        return
    yield f"root key of {party_id}", fingerprint(keys.root)
    yield f"signing key of {party_id}", fingerprint(keys.signing)
    yield f"witness key of {party_id}", fingerprint(keys.witness)
    if keys.witness_ml_dsa is not None:
        yield f"second witness key of {party_id}, ML-DSA-44", fingerprint(keys.witness_ml_dsa)


def _known_places(terms: Agreement) -> Iterator[Said]:
    for place in terms.places:
        yield f"place {place.name}", _position(place.position.latitude_deg, place.position.longitude_deg)


def _areas(terms: Agreement) -> Iterator[Said]:
    for area in terms.areas:
        claim = f"disputed: claimed by {' and '.join(area.claimed_by)}" if area.disputed else area.claimed_by[0]
        yield f"area {area.area_id}", area.name
        yield f"who controls {area.area_id}", claim
        yield from _volume(area.area_id, area)


def _zones(terms: Agreement) -> Iterator[Said]:
    for zone in terms.zones:
        yield f"zone {zone.zone_id}", f"{zone.name}, declared by {zone.party}"
        yield from _volume(zone.zone_id, zone)
        if zone.dwell_s:
            yield f"tolerated stay in {zone.zone_id}", duration_text(zone.dwell_s)


def _volume(name: str, place: AreaOfAuthority | Zone) -> Iterator[Said]:
    shape = place.footprint
    if isinstance(shape, Circle):
        centre = _position(shape.latitude_deg, shape.longitude_deg)
        yield f"place of {name}", f"circle of {_length(shape.radius_m)} around {centre}"
    else:
        corners = ", ".join(_position(*vertex) for vertex in shape.vertices_deg)
        yield f"place of {name}", f"between {corners}"
    datum = _DATUMS[place.altitude_datum.value]
    yield f"heights of {name}", f"{_height(place.lower_m)} to {_height(place.upper_m)}, {datum}"
    yield f"time of {name}", f"{utc_text(place.from_s)} to {utc_text(place.until_s)}"


def _separation(terms: Agreement) -> Iterator[Said]:
    yield "minima everywhere", _minima(terms.minima)
    for rule in terms.pair_minima:
        where = "everywhere" if rule.area_id is None else f"in {rule.area_id}"
        first, second = sorted(rule.kinds)
        yield f"minima between {first} and {second} {where}", _minima(rule.minima)
    if terms.time_in_breach is not None:
        tolerated = terms.time_in_breach
        yield (
            "tolerated",
            f"closer than {_length(tolerated.horizontal_m)} and {_height(tolerated.vertical_m)}"
            f" for at most {duration_text(tolerated.longest_s)}",
        )


def _minima(minima: SeparationMinima) -> str:
    distances = f"{_length(minima.horizontal_m)} or {_height(minima.vertical_m)}"
    return f"{distances}, predicted {duration_text(minima.lookahead_s)} ahead"


def _notices(terms: Agreement) -> Iterator[Said]:
    for rule in terms.notice_times:
        subject = _plain(rule.subject.value)
        before = f"{duration_text(rule.before_s)} before it begins" if rule.before_s else "as soon as it is known"
        yield f"notice of {subject}", before
        yield f"validity of a notice of {subject}", duration_text(rule.valid_s)
    for default in terms.disclosure:
        yield f"disclosure of {_plain(default.subject.value)}", default.disclosure.value


def _precedence(terms: Agreement) -> Iterator[Said]:
    if terms.precedence:
        # One text, because the order says everything.
        yield "who goes first where two plans conflict", ", then ".join(map(precedence_text, terms.precedence))


def precedence_text(rule: PrecedenceRule) -> str:
    """A rule of precedence as it is read out."""
    if rule.by is PrecedenceBy.PARTY:
        return f"{rule.first} before {rule.before}"
    return _PRECEDENCE[rule.by]


def _answers(terms: Agreement) -> Iterator[Said]:
    for alert in terms.deadlines:
        name = f"alert {_plain(alert.alert_kind.value)} {alert.severity.name.lower()}"
        yield f"deadline for {name}", duration_text(alert.within_s)
        if alert.ladder_id is not None:
            yield f"ladder for {name}", alert.ladder_id
    for message in terms.message_deadlines:
        name = f"{_plain(message.message.value)} {message.urgency.value}"
        yield f"deadline for {name}", duration_text(message.acknowledge_s)
        if message.relay_s is not None:
            yield f"relay of {name}", duration_text(message.relay_s)
        if message.respond_s is not None:
            yield f"answer to {name}", duration_text(message.respond_s)
        if message.ladder_id is not None:
            yield f"ladder for {name}", message.ladder_id


def _identification(terms: Agreement) -> Iterator[Said]:
    agreed = terms.identification
    yield "an unidentified aircraft is asked about", f"inside, or {duration_text(agreed.lookahead_s)} before it enters"
    yield "the question is urgent", f"{duration_text(agreed.urgent_within_s)} before it enters"
    yield "the question is immediate", f"inside, or {duration_text(agreed.immediate_within_s)} before it enters"
    yield "who asks", "the nodes, by themselves" if agreed.automatic else "people only"
    yield "the same aircraft is asked about again after", duration_text(agreed.repeat_after_s)


def _ladders(terms: Agreement) -> Iterator[Said]:
    for ladder in terms.ladders:
        yield f"ladder {ladder.ladder_id}", ", ".join(_rungs(ladder))


def _rungs(ladder: Ladder) -> Iterator[str]:
    for rung in ladder.rungs:
        after = f"after {duration_text(rung.after_s)}" if rung.after_s else "at once"
        side = " of the asking side" if rung.side is LadderSide.SENDER else ""
        yield f"{'and last ' if rung.last else ''}{rung.function}{side} {after}"


def _line(terms: Agreement) -> Iterator[Said]:
    checks = terms.line_checks
    yield "line check every", duration_text(checks.every_s)
    yield "line check answered within", duration_text(checks.answer_within_s)
    yield "missed line checks that are more than an accident", str(checks.series)
    for fallback in terms.fallbacks:
        yield f"while the line is {fallback.condition.value}", fallback.measure


def utc_text(time_s: float) -> str:
    """A time as it is read out."""
    return datetime.fromtimestamp(time_s, UTC).isoformat().replace("+00:00", "Z")


def duration_text(time_s: float) -> str:
    """A duration in the largest unit in which it is whole; as people say it, one minute is 60 s and one day 24 h."""
    for unit, length_s in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if time_s % length_s == 0 and (time_s > length_s or (unit, time_s) == ("h", length_s)):
            return f"{time_s / length_s:.15g} {unit}"
    return f"{time_s:.17g} s" if time_s % 1 else f"{time_s:.0f} s"


def _length(value_m: float) -> str:
    return _in_unit(value_m, NM_M, "NM") if value_m >= NM_M / 10.0 else _in_unit(value_m, 1.0, "m")


def _height(value_m: float) -> str:
    return _in_unit(value_m, FT_M, "ft")


def _in_unit(value_m: float, unit_m: float, unit: str) -> str:
    # What is said must tell any two values apart: where the field's unit needs rounding, metres, to the last digit.
    number = float(f"{value_m / unit_m:.6g}")
    if abs(number * unit_m - value_m) > 1e-12 * value_m:
        return f"{value_m:,.17g} m" if value_m % 1 else f"{value_m:,.0f} m"
    return f"{number:,.15g} {unit}"


def _position(latitude_deg: float, longitude_deg: float) -> str:
    north, east = "NS"[latitude_deg < 0], "EW"[longitude_deg < 0]
    return f"{abs(latitude_deg)!r} {north} {abs(longitude_deg)!r} {east}"


def _plain(name: str) -> str:
    return name.replace("_", " ")
