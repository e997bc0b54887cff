"""An amendment holds only as the next version of what all have signed."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given

from steerclear.interfaces.agreement_file import (
    AgreementError,
    amended_file,
    decode_agreement,
    encode_agreement,
    load_versions,
    sign_agreement,
    starting_file,
)
from steerclear.model.agreement import Agreement, PartyKeys
from steerclear.tlog.keys import Ed25519Signer
from tests.interfaces.agreement_file.drawn_terms import agreements

FROM_S = 1_800_000_000.0


def private(party: str, role: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(f"{party} {role}".encode()).digest())


def public(party: str, role: str) -> bytes:
    return private(party, role).public_key().public_bytes_raw()


def keys_of(party: str) -> PartyKeys:
    return PartyKeys(root=public(party, "root"), signing=public(party, "signing"), witness=public(party, "witness"))


def first_file() -> bytes:
    parties = (("north", "Northern air service"), ("south", "Southern relief flights"))
    return starting_file("valley", "Valley", parties, {name: keys_of(name) for name, _ in parties}, ["en"], FROM_S)


def signed(data: bytes, **roots: str) -> tuple[bytes, bytes]:
    signatures: bytes | None = None
    for party in decode_agreement(data).parties:
        key = private(roots.get(party.party_id, party.party_id), "root")
        signatures = sign_agreement(data, signatures, Ed25519Signer(party.party_id, key))
    assert signatures is not None
    return data, signatures


def changed(data: bytes, **changes: object) -> bytes:
    return encode_agreement(msgspec.structs.replace(decode_agreement(data), **changes))


@pytest.mark.requirement("SC-AGR-07")
def test_versions_that_follow_one_another_are_in_force_together() -> None:
    first = first_file()
    second = amended_file(first, FROM_S + 10)
    third = amended_file(second, FROM_S + 20)
    versions = load_versions([signed(first), signed(second), signed(third)])
    assert [version.agreement.version for version in versions] == [1, 2, 3]
    assert [version.agreement.in_force_from_s for version in versions] == [FROM_S, FROM_S + 10, FROM_S + 20]
    assert versions[2].agreement.amends == versions[1].sha256 == sha256(second).digest()
    assert versions[1].data == second


def another_agreement(second: bytes) -> tuple[bytes, bytes]:
    return signed(changed(second, agreement_id="hill"))


def half_signed(second: bytes) -> tuple[bytes, bytes]:
    return second, sign_agreement(second, None, Ed25519Signer("north", private("north", "root")))


def other_bytes(second: bytes) -> tuple[bytes, bytes]:
    return signed(changed(second, amends=sha256(b"not it").digest()))


def another_party(second: bytes) -> tuple[bytes, bytes]:
    terms = decode_agreement(second)
    east = msgspec.structs.replace(terms.parties[1], party_id="east")
    return signed(changed(second, parties=(terms.parties[0], east)), east="south")


def exchanged_root(second: bytes) -> tuple[bytes, bytes]:
    terms = decode_agreement(second)
    keys = msgspec.structs.replace(keys_of("south"), root=public("thief", "root"))
    thief = msgspec.structs.replace(terms.parties[1], keys=keys)
    return signed(changed(second, parties=(terms.parties[0], thief)), south="thief")


def no_later(second: bytes) -> tuple[bytes, bytes]:
    return signed(changed(second, in_force_from_s=FROM_S))


def a_version_left_out(second: bytes) -> tuple[bytes, bytes]:
    return signed(changed(second, version=3))


BREAKS: dict[Callable[[bytes], tuple[bytes, bytes]], str] = {
    another_agreement: "another agreement than 'valley'",
    half_signed: "no valid signature of south",
    other_bytes: "find the file that all have signed",
    another_party: "other parties need an agreement of their own",
    exchanged_root: "another root key for 'south'",
    no_later: "give it a later start",
    a_version_left_out: "give every version once, oldest first",
}


@pytest.mark.requirement("SC-AGR-07")
@pytest.mark.parametrize("breaking", BREAKS, ids=lambda breaking: breaking.__name__)
def test_what_does_not_follow_is_refused_with_what_to_do(breaking: Callable[[bytes], tuple[bytes, bytes]]) -> None:
    first = first_file()
    with pytest.raises(AgreementError, match=BREAKS[breaking]):
        load_versions([signed(first), breaking(amended_file(first, FROM_S + 10))])


@pytest.mark.requirement("SC-AGR-07")
def test_an_amendment_alone_proves_nothing() -> None:
    first = signed(first_file())
    second = signed(amended_file(first[0], FROM_S + 10))
    with pytest.raises(AgreementError, match="give all files, from version 1 on"):
        load_versions([second])
    with pytest.raises(AgreementError, match="give every version once"):
        load_versions([first, first])
    with pytest.raises(AgreementError, match="0 versions"):
        load_versions([])


def test_an_amendment_keeps_what_people_wrote_between_the_terms() -> None:
    first = first_file().replace(b"[minima]", b"# agreed at the meeting of the third week\n[minima]")
    second = amended_file(first, FROM_S + 10)
    assert b"# agreed at the meeting of the third week\n[minima]" in second
    assert len(second.splitlines()) == len(first.splitlines()) + 1
    assert len(amended_file(second, FROM_S + 20).splitlines()) == len(second.splitlines())
    with pytest.raises(AgreementError, match="must begin later"):
        amended_file(first, FROM_S)


@given(agreements())
def test_an_amendment_differs_in_version_start_and_what_it_amends_alone(terms: Agreement) -> None:
    data = encode_agreement(terms)
    # On one line, so that it cannot be edited line by line.
    inline = data.replace(b"[agreement]\nid = ", b"[agreement]\n'id' = ")
    for file in (data, inline):
        later_s = terms.in_force_from_s + 1
        expected = msgspec.structs.replace(
            terms, version=terms.version + 1, in_force_from_s=later_s, amends=sha256(file).digest()
        )
        assert decode_agreement(amended_file(file, later_s)) == expected


def test_a_head_written_inline_is_amended_too() -> None:
    first = first_file().decode()
    head = first[first.index("[agreement]") : first.index("\n\n")]
    fields = [line for line in head.splitlines()[1:] if line]
    inline = "agreement = { " + ", ".join(fields) + " }"
    second = amended_file(first.replace(head, inline).encode(), FROM_S + 10)
    assert decode_agreement(second).version == 2


@pytest.mark.requirement("SC-AGR-08")
def test_the_first_agreement_is_complete_and_what_it_offers_besides_is_valid() -> None:
    data = first_file()
    terms = decode_agreement(data)
    assert terms.ladders[0].rungs[-1].last
    assert [party.keys for party in terms.parties] == [keys_of("north"), keys_of("south")]
    body, _, offered = data.decode().partition("\n# What else an agreement can say")
    lines = [line.removeprefix("# ") for line in offered.splitlines()[1:]]
    more = decode_agreement((body + "\n" + "\n".join(line for line in lines if line != "#")).encode())
    assert (len(more.areas), len(more.pair_minima), len(more.zones)) == (1, 1, 1)
    without = starting_file("valley", "Valley", (("a", "A"), ("b", "B")), {}, ["en"], FROM_S)
    assert b"Not yet in this file: the keys of a, b." in without
