"""Agreement files: what two parties sign must read back as exactly that, and nothing else may pass."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from steerclear.interfaces.agreement_file import (
    AgreementError,
    decode_agreement,
    encode_agreement,
    load_signed_agreement,
    sign_agreement,
    unsigned_parties,
)
from steerclear.interfaces.agreement_file.quantities import (
    DURATION_S,
    HEIGHT_M,
    LENGTH_M,
    parse_quantity,
    write_quantity,
)
from steerclear.model import agreement as terms
from steerclear.model.alert import AlertKind, Severity
from steerclear.model.zone import Circle
from steerclear.tlog.keys import Ed25519Signer
from tests.interfaces.agreement_file.drawn_terms import agreements

NEW_YEAR_S = datetime(2026, 1, 1, tzinfo=UTC).timestamp()

FILE = """\
[agreement]
id = "valley"
version = 1
title = "Flights over the valley"
in_force_from = 2026-01-01T00:00:00Z

[minima]
horizontal = "5 NM"
vertical = "1,000 ft"
lookahead = "2 min"

[time_in_breach]
horizontal = "3 NM"
vertical = "3000 ft"
longest = "3 min"

[line_checks]
every = "15 min"
answer_within = "90 s"

[[deadlines]]
kind = "separation"
severity = "warning"
acknowledge_within = "60 s"

[[parties]]
id = "north"
name = "Northern state"
agencies = ["Air force", "Border guard"]
[[parties.desks]]
id = "north-desk"
functions = ["duty officer", "deputy"]
[parties.fleet]
icao_addresses = ["a3c6bd"]
callsign_prefixes = ["NRT"]

[[parties]]
id = "south"
name = "Southern state"
agencies = ["Fire service"]
[[parties.desks]]
id = "south-desk"
functions = ["duty officer"]

[[zones]]
id = "dam"
name = "The dam"
party = "south"
circle = { centre = [47.0, 10.5], radius = "2 km" }
lower = "0 ft"
upper = "5000 ft"
altitude_datum = "pressure_standard"
from = 2026-01-01T00:00:00Z
until = 2026-02-01T00:00:00+01:00
"""


@pytest.mark.requirement("SC-AGR-01")
def test_terms_are_read_in_si_whatever_unit_they_are_written_in() -> None:
    agreement = decode_agreement(FILE.encode())
    assert agreement.minima == terms.SeparationMinima(horizontal_m=9260.0, vertical_m=304.8, lookahead_s=120.0)
    assert agreement.time_in_breach == terms.TimeInBreachRule(horizontal_m=5556.0, vertical_m=914.4, longest_s=180.0)
    assert agreement.party("north").fleet.icao_addresses == {0xA3C6BD}
    assert agreement.party("north").desks[0].functions == ("duty officer", "deputy")
    assert agreement.zones[0].footprint == Circle(latitude_deg=47.0, longitude_deg=10.5, radius_m=2000.0)
    assert agreement.zones[0].until_s - agreement.zones[0].from_s == 31 * 86_400 - 3_600
    assert agreement.acknowledge_within_s(AlertKind.SEPARATION, Severity.WARNING) == 60.0
    assert agreement.acknowledge_within_s(AlertKind.SEPARATION, Severity.ADVISORY) is None


def test_unknown_party_is_named_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="no party 'east' in agreement 'valley'; it has: north, south"):
        decode_agreement(FILE.encode()).party("east")


FAULTS = {
    "unit missing": ('horizontal = "5 NM"', "horizontal = 5", r"minima.horizontal \(line 8\): 5 has no unit"),
    "unit unknown": ('"5 NM"', '"5 miles"', r"minima.horizontal \(line 8\): '5 miles' is not understood"),
    "absurd minimum": ('"5 NM"', '"5000 NM"', r"minima.horizontal \(line 8\): .* outside the limit"),
    "zero minimum": ('"5 NM"', '"0 NM"', r"minima.horizontal \(line 8\)"),
    "misspelt key": ("lookahead =", "look_ahead =", r"minima.lookahead \(line 7\): is missing"),
    "unknown key": ("version = 1", "version = 1\nvalid = true", r"agreement.valid \(line 4\): is not a key"),
    "version not whole": ("version = 1", "version = 1.5", r"agreement.version \(line 3\): 1.5 must be a whole"),
    "time without offset": (
        "2026-01-01T00:00:00Z\n\n",
        "2026-01-01T00:00:00\n\n",
        r"agreement.in_force_from \(line 5\)",
    ),
    "id that is two": (
        'id = "south"',
        'id = "south-to-north"',
        r"parties\[1\].id \(line 38\): .* '-to-' joins two parties",
    ),
    "party twice": (
        'id = "south"',
        'id = "north"',
        r"parties\[1\].id \(line 38\): north is already there as parties\[0\]",
    ),
    "bad address": ('"a3c6bd"', '"a3c6"', r"parties\[0\].fleet.icao_addresses \(line 34\): 'a3c6' must be a 24-bit"),
    "second party's desk": ('"south-desk"', '"South Desk"', r"parties\[1\].desks\[0\].id \(line 42\)"),
    "zone of nobody": ('party = "south"', 'party = "east"', r"zones\[0\].party \(line 48\): 'east' is not a party"),
    "upper below lower": ('lower = "0 ft"', 'lower = "9000 ft"', r"zones\[0\].upper \(line 51\): is not above lower"),
    "zone over before it begins": ("until = 2026", "until = 2025", r"zones\[0\].until \(line 54\): is not after from"),
    "zone without a place": ("circle =", "# circle =", r"zones\[0\].circle .*: a zone needs either"),
    "latitude out of range": ("[47.0, 10.5]", "[97.0, 10.5]", r"zones\[0\].circle.centre.*97.0 must be a number"),
    "check answered after the next": ('"90 s"', '"1 h"', r"line_checks.answer_within \(line 19\): is longer"),
    "severity unknown": ('severity = "warning"', 'severity = "red"', r"deadlines\[0\].severity \(line 23\): 'red'"),
    "one party": ('[[parties]]\nid = "south"', '[[others]]\nid = "south"', r"parties"),
    "not TOML": ("[minima]", "[minima", r"not valid TOML: .*line 7"),
}


@pytest.mark.parametrize("role", ["root", "signing", "witness"])
def test_two_parties_cannot_name_the_same_key(role: str) -> None:
    """One of them could speak for the other, and the other deny all it said."""

    def table(party: str, shared: str | None) -> str:
        lines = ["[parties.keys]"]
        for name in ("root", "signing", "witness"):
            owner = "north" if name == shared else party
            seed = sha256(f"{owner} {name}".encode()).digest()
            public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
            lines.append(f'{name} = "{b64encode(public).decode()}"')
        return "\n".join(lines) + "\n"

    def file(shared: str | None) -> bytes:
        head, _, tail = FILE.partition('[[parties]]\nid = "south"')
        south, _, zones = tail.partition("[[zones]]")
        whole = f'{head}{table("north", None)}[[parties]]\nid = "south"{south}{table("south", shared)}[[zones]]{zones}'
        return whole.encode()

    assert decode_agreement(file(None)).party("south").keys is not None
    with pytest.raises(AgreementError, match="'north' and 'south' name the same key"):
        decode_agreement(file(role))


@pytest.mark.requirement("SC-AGR-02")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_with_the_place_where_it_stands(fault: str) -> None:
    old, new, message = FAULTS[fault]
    assert old in FILE
    with pytest.raises(AgreementError, match=message):
        decode_agreement(FILE.replace(old, new, 1).encode())


def test_files_that_are_no_agreement_are_refused() -> None:
    with pytest.raises(AgreementError, match="not UTF-8"):
        decode_agreement(b"\xff\xfe")
    with pytest.raises(AgreementError, match="the limit is"):
        decode_agreement(b"#" * 5_000_000)


@pytest.mark.requirement("SC-AGR-03")
@given(agreements())
def test_what_is_written_reads_back_as_the_same_terms(agreement: terms.Agreement) -> None:
    assert decode_agreement(encode_agreement(agreement)) == agreement


@given(st.floats(0.001, 1e6, allow_subnormal=False))
def test_a_written_quantity_reads_back_exactly(value: float) -> None:
    assert parse_quantity(write_quantity(value, LENGTH_M), LENGTH_M) == value
    assert parse_quantity(write_quantity(value, DURATION_S), DURATION_S) == value


def test_a_quantity_is_written_as_a_person_would() -> None:
    assert write_quantity(9260.0, LENGTH_M) == "5 NM"
    assert write_quantity(304.8, HEIGHT_M) == "1000 ft"
    assert write_quantity(1000.0, LENGTH_M) == "1 km"
    assert write_quantity(180.0, DURATION_S) == "3 min"
    assert write_quantity(90.0, DURATION_S) == "1.5 min"
    assert write_quantity(0.0, DURATION_S) == "0 s"


@pytest.mark.parametrize(
    "text", ["", "5", "NM", "5 nm", "-5 NM", "5e3 m", "5,00 m", "1,0000 m", "nan m", "٣ NM", "5 NM NM"]
)
def test_a_text_that_is_no_quantity_is_refused_with_the_units_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="units: NM, km, m, ft"):
        parse_quantity(text, LENGTH_M)


class Signatories:
    """Two parties with fresh root keys, and the file that names them."""

    def __init__(self) -> None:
        private = {party: Ed25519PrivateKey.generate() for party in ("north", "south")}
        self.signers = {party: Ed25519Signer(party, key) for party, key in private.items()}
        agreement = decode_agreement(FILE.encode())
        parties = tuple(
            terms.Party(
                party_id=party.party_id,
                name=party.name,
                agencies=party.agencies,
                desks=party.desks,
                fleet=party.fleet,
                keys=terms.PartyKeys(
                    root=self.signers[party.party_id].key.public_key,
                    signing=Ed25519PrivateKey.generate().public_key().public_bytes_raw(),
                    witness=Ed25519PrivateKey.generate().public_key().public_bytes_raw(),
                ),
            )
            for party in agreement.parties
        )
        self.agreement = msgspec.structs.replace(agreement, parties=parties)
        self.file = encode_agreement(self.agreement)


@pytest.mark.requirement("SC-AGR-04")
def test_an_agreement_is_in_force_only_when_every_party_has_signed_the_same_bytes() -> None:
    both = Signatories()
    assert unsigned_parties(both.file, None) == ("north", "south")
    first = sign_agreement(both.file, None, both.signers["north"])
    assert unsigned_parties(both.file, first) == ("south",)
    with pytest.raises(AgreementError, match="not in force: no valid signature of south"):
        load_signed_agreement(both.file, first)
    second = sign_agreement(both.file, first, both.signers["south"])
    assert load_signed_agreement(both.file, second) == both.agreement
    assert sign_agreement(both.file, second, both.signers["south"]).count(b"south") == second.count(b"south")


@pytest.mark.requirement("SC-AGR-04")
def test_changing_a_single_word_after_signing_is_refused() -> None:
    both = Signatories()
    signatures = sign_agreement(both.file, None, both.signers["north"])
    signatures = sign_agreement(both.file, signatures, both.signers["south"])
    with pytest.raises(AgreementError, match="another version of this file"):
        load_signed_agreement(both.file.replace(b"5 NM", b"4 NM"), signatures)
    lines = signatures.split(b"\n")
    swapped = b"\n".join([*lines[:-3], lines[-3].replace(b"north", b"south"), lines[-2], b""])
    assert "north" in unsigned_parties(both.file, swapped)
    with pytest.raises(AgreementError, match="cannot be read"):
        load_signed_agreement(both.file, b"nothing")
    with pytest.raises(AgreementError, match="larger than"):
        load_signed_agreement(both.file, b"x" * 100_000)


def test_only_the_named_root_key_can_sign() -> None:
    both = Signatories()
    with pytest.raises(AgreementError, match="not the root key"):
        sign_agreement(both.file, None, Ed25519Signer("north", Ed25519PrivateKey.generate()))
    with pytest.raises(AgreementError, match="no party 'east'; it has north, south"):
        sign_agreement(both.file, None, Ed25519Signer("east", Ed25519PrivateKey.generate()))
