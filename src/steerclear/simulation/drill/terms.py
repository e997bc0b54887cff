"""The agreement of a drill: the one that `steerclear agreement new` writes, with what the scenario has otherwise.

It is written, signed by the root key of every party and read again, so that a drill runs on bytes that its nodes could
have been given. What is taken away from the mechanism in the agreement is taken away here.
"""

from __future__ import annotations

import tomllib
from functools import cache
from hashlib import sha256
from typing import Any, Final

import msgspec

from steerclear.dialogue.terms import AgreementVersion, Versions
from steerclear.interfaces.agreement_file import (
    AgreementError,
    decode_agreement,
    decode_document,
    encode_agreement,
    sign_agreement,
    starting_file,
)
from steerclear.interfaces.scenario_file.places import Places
from steerclear.model.agreement import Agreement, FleetRule, Party, PartyKeys
from steerclear.model.scenario import Scenario, ScenarioParty, Weakness, Without
from steerclear.services.export_record import AgreementFiles
from steerclear.simulation.cast import private_key
from steerclear.simulation.drill.faults import DrillError
from steerclear.tlog import Ed25519Signer

AGREEMENT_ID: Final = "drill"
_BEFORE_S: Final = 86_400.0
"""The agreement is in force for so long when the scenario begins."""
_NOT_CHANGED: Final = frozenset({"agreement", "parties"})
_NAMED_BY: Final = {
    "ladders": ("id",),
    "deadlines": ("kind", "severity"),
    "message_deadlines": ("message", "urgency"),
    "notice_times": ("subject",),
    "disclosure": ("subject",),
    "fallbacks": ("condition",),
}
"""What the entries of a list of the agreement are called by. The scenario's stand first, so that the places of faults
in them are those of its file.
"""


class DrillTerms(msgspec.Struct, frozen=True):
    """The agreement as a value, as every node knows it, and as files."""

    agreement: Agreement
    versions: Versions
    files: AgreementFiles


def drill_terms(scenario: Scenario, without: Without | None = None) -> DrillTerms:
    """The agreement that a scenario is run under. Raises DrillError naming the table, key and line that is wrong."""
    refused = sorted(_NOT_CHANGED & scenario.agreement.keys())
    if refused:
        raise DrillError(
            f"agreement.{refused[0]}: this is not the scenario's to write; parties have tables of their own"
        )
    started = tomllib.loads(_starting(scenario).decode())
    document = _merged(started, scenario.agreement)
    try:
        agreement = decode_document(document, scenario.source, "agreement")
        agreement = _weakened(agreement, without, scenario)
        data = encode_agreement(agreement)
        agreement = decode_agreement(data)
        signatures: bytes | None = None
        for party in agreement.parties:
            signer = Ed25519Signer(party.party_id, private_key(party.party_id, "root"))
            signatures = sign_agreement(data, signatures, signer)
    except AgreementError as fault:
        raise DrillError(str(fault)) from None
    _check_functions(scenario, agreement)
    version = AgreementVersion(agreement, sha256(data).digest())
    return DrillTerms(agreement, Versions((version,)), AgreementFiles(data, signatures or b""))


def _check_functions(scenario: Scenario, agreement: Agreement) -> None:
    """A function that no desk has would do nothing, in silence."""
    named = (
        *((f"people[{number}].function", one.party, one.function) for number, one in enumerate(scenario.people)),
        *((f"tells[{number}].function", one.party, one.function) for number, one in enumerate(scenario.tells)),
        *((f"says[{number}].function", one.party, one.function) for number, one in enumerate(scenario.says)),
        *((f"declares[{number}].function", one.party, one.function) for number, one in enumerate(scenario.declares)),
    )
    for path, party, function in named:
        known = [name for desk in agreement.party(party).desks for name in desk.functions]
        if function not in known:
            place = Places(scenario.source).named(path)
            raise DrillError(f"{place}: {function!r} is no function of {party}; there are: {', '.join(known)}")


def _starting(scenario: Scenario) -> bytes:
    try:
        return starting_file(
            AGREEMENT_ID,
            scenario.drill.title,
            [(party.id, party.name) for party in scenario.parties],
            {party.id: _keys(party.id) for party in scenario.parties},
            ("en",),
            scenario.drill.start_s - _BEFORE_S,
        )
    except AgreementError as fault:
        raise DrillError(str(fault)) from None


@cache
def _keys(party_id: str) -> PartyKeys:
    root, signing, witness = (
        private_key(party_id, role).public_key().public_bytes_raw() for role in ("root", "signing", "witness")
    )
    return PartyKeys(root=root, signing=signing, witness=witness)


def _merged(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Tables are changed key by key, and so are lists whose entries have a name (`_NAMED_BY`); an entry that is
    called the same takes the place of the one that was there.
    """
    merged = dict(document)
    for key, value in changes.items():
        held = merged.get(key)
        if isinstance(held, dict) and isinstance(value, dict):
            merged[key] = _merged(held, value)
        elif key in _NAMED_BY and isinstance(held, list) and isinstance(value, list):
            merged[key] = _joined(held, value, _NAMED_BY[key])
        else:
            merged[key] = value
    return merged


def _joined(held: list[Any], changes: list[Any], named_by: tuple[str, ...]) -> list[Any]:
    def name(entry: Any) -> object:
        return tuple(str(entry.get(key)) for key in named_by) if isinstance(entry, dict) else entry

    changed = {name(entry) for entry in changes}
    return [*changes, *(entry for entry in held if name(entry) not in changed)]


def _weakened(agreement: Agreement, without: Without | None, scenario: Scenario) -> Agreement:
    off = frozenset(() if without is None else without.off)
    unbound = frozenset(() if without is None else without.unbound)
    changed: dict[str, Any] = {
        "parties": tuple(_party(party, scenario.party(party.party_id), unbound) for party in agreement.parties)
    }
    if Weakness.LADDERS in off:
        changed["ladders"] = ()
        changed["deadlines"] = tuple(
            msgspec.structs.replace(deadline, ladder_id=None) for deadline in agreement.deadlines
        )
        changed["message_deadlines"] = tuple(
            msgspec.structs.replace(deadline, ladder_id=None) for deadline in agreement.message_deadlines
        )
    if Weakness.DEADLINES in off:
        changed["deadlines"] = changed["message_deadlines"] = ()
    if Weakness.NOTICE_TIMES in off:
        changed["notice_times"] = ()
    if Weakness.ZONES in off:
        changed["zones"] = ()
    return msgspec.structs.replace(agreement, **changed)


def _party(party: Party, said: ScenarioParty, unbound: frozenset[str]) -> Party:
    agencies = tuple(agency for agency in said.agencies if agency not in unbound) or (party.name,)
    return msgspec.structs.replace(
        party,
        agencies=agencies,
        fleet=FleetRule(icao_addresses=frozenset(said.icao_addresses), callsign_prefixes=said.callsign_prefixes),
        uncrewed=FleetRule(callsign_prefixes=said.uncrewed_callsign_prefixes),
    )
