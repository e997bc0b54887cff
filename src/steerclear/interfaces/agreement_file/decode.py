"""Agreement files: TOML that both sides can read aloud, to the model's `Agreement`.

Everything is checked here, once, and refused with the place where it stands; whoever holds an `Agreement` need not
ask again. Unknown keys are refused too: in terms that two parties sign, a word that one of them does not understand
must not pass in silence.
"""

from __future__ import annotations

import tomllib
from typing import Any

from steerclear.interfaces.agreement_file.errors import AgreementError
from steerclear.interfaces.agreement_file.fields import (
    Table,
    address,
    address_range,
    identifier,
    integer,
    position,
    printable,
    public_key,
    quantity,
    several,
    utc_time,
)
from steerclear.interfaces.agreement_file.limits import MAX_FILE_BYTES
from steerclear.interfaces.agreement_file.quantities import DURATION_S, HEIGHT_M, LENGTH_M
from steerclear.model import limits
from steerclear.model.agreement import (
    AcknowledgementDeadline,
    Agreement,
    Desk,
    FleetRule,
    LineCheckSchedule,
    Party,
    PartyKeys,
    SeparationMinima,
    TimeInBreachRule,
)
from steerclear.model.alert import AlertKind, Severity
from steerclear.model.track import AltitudeDatum
from steerclear.model.zone import Circle, Polygon, Zone


def decode_agreement(data: bytes) -> Agreement:
    """The agreement that a TOML file's bytes say. Raises AgreementError naming the table, the key and the line."""
    if len(data) > MAX_FILE_BYTES:
        raise AgreementError(f"the agreement has {len(data):,} bytes; the limit is {MAX_FILE_BYTES:,}")
    try:
        text = data.decode("utf-8")
        document = tomllib.loads(text)
    except UnicodeDecodeError as fault:
        raise AgreementError(f"the agreement is not UTF-8 text (byte {fault.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise AgreementError(f"the agreement is not valid TOML: {fault}") from None
    except RecursionError:
        raise AgreementError("the agreement nests lists or tables deeper than any agreement needs") from None
    return _agreement(Table(document, "", text))


def _agreement(document: Table) -> Agreement:
    head = document.table("agreement")
    parties = tuple(_party(table) for table in document.tables("parties", limits.MAX_PARTIES, 2))
    _distinct(document, "parties", [party.party_id for party in parties])
    _keys_of_one_party_only(document, parties)
    party_ids = {party.party_id for party in parties}
    zones = tuple(_zone(table, party_ids) for table in document.tables("zones", limits.MAX_ZONES))
    _distinct(document, "zones", [zone.zone_id for zone in zones])
    deadlines = tuple(_deadline(table) for table in document.tables("deadlines", len(AlertKind) * len(Severity)))
    _distinct(document, "deadlines", [f"{line.alert_kind}/{line.severity.name.lower()}" for line in deadlines])
    agreement = Agreement(
        agreement_id=head.take("id", identifier),
        version=head.take("version", integer(1, 1_000_000)),
        title=head.take("title", printable()),
        in_force_from_s=head.take("in_force_from", utc_time),
        parties=parties,
        minima=_minima(document.table("minima")),
        time_in_breach=_time_in_breach(document.optional_table("time_in_breach")),
        zones=zones,
        deadlines=deadlines,
        line_checks=_line_checks(document.table("line_checks")),
    )
    head.nothing_left()
    document.nothing_left()
    return agreement


def _keys_of_one_party_only(document: Table, parties: tuple[Party, ...]) -> None:
    """Raises AgreementError for a key that two parties name: one of them could then speak for the other."""
    owners: dict[bytes, str] = {}
    for party in parties:
        for key in () if party.keys is None else (party.keys.root, party.keys.signing, party.keys.witness):
            if owners.setdefault(key, party.party_id) != party.party_id:
                raise document.fail(
                    "parties", f"{owners[key]!r} and {party.party_id!r} name the same key; each makes its own"
                )


def _distinct(table: Table, key: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise table.fail(key, f"{name!r} is there {names.count(name)} times; two terms for one thing contradict")


def _minima(table: Table) -> SeparationMinima:
    minima = SeparationMinima(
        horizontal_m=table.take("horizontal", quantity(LENGTH_M, limits.MAX_MINIMUM_HORIZONTAL_M)),
        vertical_m=table.take("vertical", quantity(HEIGHT_M, limits.MAX_MINIMUM_VERTICAL_M)),
        lookahead_s=table.take("lookahead", quantity(DURATION_S, limits.MAX_LOOKAHEAD_S)),
    )
    table.nothing_left()
    return minima


def _time_in_breach(table: Table | None) -> TimeInBreachRule | None:
    if table is None:
        return None
    rule = TimeInBreachRule(
        horizontal_m=table.take("horizontal", quantity(LENGTH_M, limits.MAX_MINIMUM_HORIZONTAL_M)),
        vertical_m=table.take("vertical", quantity(HEIGHT_M, limits.MAX_MINIMUM_VERTICAL_M)),
        longest_s=table.take("longest", quantity(DURATION_S, 86_400.0)),
    )
    table.nothing_left()
    return rule


def _line_checks(table: Table) -> LineCheckSchedule:
    schedule = LineCheckSchedule(
        every_s=table.take("every", quantity(DURATION_S, 604_800.0)),
        answer_within_s=table.take("answer_within", quantity(DURATION_S, 86_400.0)),
    )
    if schedule.answer_within_s > schedule.every_s:
        raise table.fail("answer_within", "is longer than the time to the next check")
    table.nothing_left()
    return schedule


def _deadline(table: Table) -> AcknowledgementDeadline:
    def kind(value: Any) -> AlertKind:
        return AlertKind(value)

    def severity(value: Any) -> Severity:
        names = [level.name.lower() for level in Severity]
        if value not in names:
            raise ValueError(f"{value!r} must be one of {', '.join(names)}")
        return Severity[value.upper()]

    deadline = AcknowledgementDeadline(
        alert_kind=table.take("kind", kind),
        severity=table.take("severity", severity),
        within_s=table.take("acknowledge_within", quantity(DURATION_S, 86_400.0)),
    )
    table.nothing_left()
    return deadline


def _party(table: Table) -> Party:
    fleet = table.optional_table("fleet")
    keys = table.optional_table("keys")
    desks = tuple(_desk(desk) for desk in table.tables("desks", limits.MAX_DESKS_PER_PARTY, 1))
    party = Party(
        party_id=table.take("id", identifier),
        name=table.take("name", printable()),
        agencies=table.take("agencies", several(limits.MAX_AGENCIES_PER_PARTY, printable(), 1)),
        desks=desks,
        fleet=FleetRule() if fleet is None else _fleet(fleet),
        keys=None if keys is None else _keys(keys),
    )
    _distinct(table, "desks", [desk.desk_id for desk in desks])
    table.nothing_left()
    return party


def _desk(table: Table) -> Desk:
    desk = Desk(desk_id=table.take("id", identifier), functions=table.take("functions", several(16, printable(64), 1)))
    table.nothing_left()
    return desk


def _fleet(table: Table) -> FleetRule:
    most = limits.MAX_FLEET_RULES_PER_PARTY
    no_addresses: tuple[int, ...] = ()
    no_ranges: tuple[tuple[int, int], ...] = ()
    fleet = FleetRule(
        icao_addresses=frozenset(table.take("icao_addresses", several(most, address), no_addresses)),
        icao_address_ranges=table.take("icao_address_ranges", several(most, address_range), no_ranges),
        callsign_prefixes=table.take("callsign_prefixes", several(most, printable(8)), ()),
        remote_id_prefixes=table.take("remote_id_prefixes", several(most, printable(64)), ()),
    )
    table.nothing_left()
    return fleet


def _keys(table: Table) -> PartyKeys:
    keys = PartyKeys(
        root=table.take("root", public_key),
        signing=table.take("signing", public_key),
        witness=table.take("witness", public_key),
    )
    if len({keys.root, keys.signing, keys.witness}) < 3:
        raise table.fail("root", "root, signing and witness keys must be three different keys")
    table.nothing_left()
    return keys


def _zone(table: Table, party_ids: set[str]) -> Zone:
    circle, polygon = table.optional_table("circle"), table.take("polygon", _polygon, Polygon(vertices_deg=()))
    if (circle is None) == (not polygon.vertices_deg):
        raise table.fail("circle", "a zone needs either a circle or a polygon")
    zone = Zone(
        zone_id=table.take("id", identifier),
        name=table.take("name", printable()),
        party=table.take("party", identifier),
        footprint=polygon if circle is None else _circle(circle),
        lower_m=table.take("lower", quantity(HEIGHT_M, 100_000.0, zero=True)),
        upper_m=table.take("upper", quantity(HEIGHT_M, 100_000.0)),
        altitude_datum=table.take("altitude_datum", AltitudeDatum),
        from_s=table.take("from", utc_time),
        until_s=table.take("until", utc_time),
        dwell_s=table.take("dwell", quantity(DURATION_S, 86_400.0, zero=True), 0.0),
    )
    if zone.party not in party_ids:
        raise table.fail("party", f"{zone.party!r} is not a party of this agreement: {', '.join(sorted(party_ids))}")
    if zone.lower_m >= zone.upper_m:
        raise table.fail("upper", "is not above lower")
    if zone.from_s >= zone.until_s:
        raise table.fail("until", "is not after from")
    table.nothing_left()
    return zone


def _circle(table: Table) -> Circle:
    latitude, longitude = table.take("centre", position)
    radius_m = table.take("radius", quantity(LENGTH_M, limits.MAX_ZONE_RADIUS_M))
    table.nothing_left()
    return Circle(latitude_deg=latitude, longitude_deg=longitude, radius_m=radius_m)


def _polygon(value: Any) -> Polygon:
    if not isinstance(value, list) or not 3 <= len(value) <= limits.MAX_ZONE_VERTICES:
        raise ValueError(f"must be a list of 3 to {limits.MAX_ZONE_VERTICES} [latitude, longitude] pairs")
    vertices = tuple(position(vertex) for vertex in value)
    if vertices[0] == vertices[-1]:
        raise ValueError("repeats its first vertex at the end; the edge back to the first is implied")
    return Polygon(vertices_deg=vertices)
