"""The parties of an agreement file: agencies, desks and their outlets, aircraft, keys."""

from __future__ import annotations

from steerclear.interfaces.agreement_file.fields import Table, no_two
from steerclear.interfaces.agreement_file.readers import (
    address,
    address_range,
    identifier,
    ml_dsa_44_key,
    printable,
    public_key,
    several,
    several_different,
)
from steerclear.model import limits
from steerclear.model.agreement import Desk, FleetRule, FunctionOutlets, Party, PartyKeys
from steerclear.model.identifiers import folded


def read_parties(document: Table) -> tuple[Party, ...]:
    """All parties; what one of them may not share with another is checked here. Raises AgreementError."""
    tables = document.tables("parties", limits.MAX_PARTIES, 2)
    key_tables = [table.optional_table("keys") for table in tables]
    parties = tuple(_party(table, keys) for table, keys in zip(tables, key_tables, strict=True))
    no_two([(table, party.party_id) for table, party in zip(tables, parties, strict=True)], "id")
    _keys_of_one_party_only(parties, key_tables)
    bound: dict[str, str] = {}
    for table, party in zip(tables, parties, strict=True):
        for agency in party.agencies:
            if bound.setdefault(folded(agency), party.party_id) != party.party_id:
                raise table.fail(
                    "agencies",
                    f"{agency!r} is bound by {bound[folded(agency)]!r} already; an agency answers to exactly one party",
                )
    return parties


def _keys_of_one_party_only(parties: tuple[Party, ...], tables: list[Table | None]) -> None:
    """Raises AgreementError for a key that two parties name: one of them could then speak for the other."""
    owners: dict[bytes, str] = {}
    for party, table in zip(parties, tables, strict=True):
        if party.keys is None or table is None:
            continue
        for role in ("root", "signing", "witness", "witness_ml_dsa"):
            key = getattr(party.keys, role)
            if key is not None and owners.setdefault(key, party.party_id) != party.party_id:
                raise table.fail(
                    role, f"{owners[key]!r} and {party.party_id!r} name the same key; each party makes its own"
                )


def _party(table: Table, keys: Table | None) -> Party:
    fleet, uncrewed = table.optional_table("fleet"), table.optional_table("uncrewed")
    desk_tables = table.tables("desks", limits.MAX_DESKS_PER_PARTY, 1)
    desks = tuple(_desk(desk) for desk in desk_tables)
    no_two([(desk_table, desk.desk_id) for desk_table, desk in zip(desk_tables, desks, strict=True)], "id")
    party = Party(
        party_id=table.take("id", identifier),
        name=table.take("name", printable()),
        agencies=table.take("agencies", several_different(limits.MAX_AGENCIES_PER_PARTY, printable(), 1)),
        desks=desks,
        fleet=FleetRule() if fleet is None else _fleet(fleet),
        uncrewed=FleetRule() if uncrewed is None else _fleet(uncrewed),
        keys=None if keys is None else _keys(keys),
    )
    table.nothing_left()
    return party


def _desk(table: Table) -> Desk:
    functions = table.take("functions", several_different(limits.MAX_FUNCTIONS_PER_DESK, printable(64), 1))
    outlet_tables = table.tables("outlets", limits.MAX_FUNCTIONS_PER_DESK)
    outlets = tuple(_outlets(reach, functions) for reach in outlet_tables)
    no_two([(reach, rule.function) for reach, rule in zip(outlet_tables, outlets, strict=True)], "function")
    desk = Desk(desk_id=table.take("id", identifier), functions=functions, outlets=outlets)
    table.nothing_left()
    return desk


def _outlets(table: Table, functions: tuple[str, ...]) -> FunctionOutlets:
    reach = FunctionOutlets(
        function=table.take("function", printable(64)),
        outlets=table.take("outlets", several_different(limits.MAX_OUTLETS_PER_FUNCTION, identifier, 1)),
    )
    if reach.function not in functions:
        raise table.fail("function", f"the desk has no function {reach.function!r}; it has: {', '.join(functions)}")
    table.nothing_left()
    return reach


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
        witness_ml_dsa=table.optional("witness_ml_dsa", ml_dsa_44_key),
    )
    if len({keys.root, keys.signing, keys.witness}) < 3:
        raise table.fail("root", "root, signing and witness keys must be three different keys")
    table.nothing_left()
    return keys
