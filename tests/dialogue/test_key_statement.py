"""What a party's root key may say about its other keys, and what nobody may say in its place."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from steerclear.dialogue.envelope import key_id
from steerclear.dialogue.key_ring import KeyRing
from steerclear.dialogue.key_statement import (
    KeyStatement,
    KeyStatementError,
    NewKey,
    Revocation,
    key_statement_text,
    read_key_statement,
    sign_key_statement,
)
from steerclear.dialogue.limits import MAX_KEY_STATEMENT_BYTES, MAX_KEY_STATEMENT_NUMBER
from steerclear.dialogue.terms import TermsError, line_terms
from steerclear.model.agreement import PartyKeys
from steerclear.model.keys import KeyRole
from steerclear.tlog import Ed25519Signer, encode_note, parse_note, sign_note
from tests.dialogue.two_ends import End
from tests.services.parties import make_agreement, private_key, versions_of

OUT, BACK = "steerclear/two-skies/north-to-south", "steerclear/two-skies/south-to-north"
ROOT = private_key("north", "root").public_key().public_bytes_raw()
SIGNER = Ed25519Signer("north", private_key("north", "root"))
ML_DSA = MLDSA44PrivateKey.from_seed_bytes(b"s" * 32).public_key().public_bytes_raw()


def public(*names: str) -> bytes:
    return private_key(*names).public_key().public_bytes_raw()


def new(role: KeyRole = KeyRole.SIGNING, *names: str) -> NewKey:
    return NewKey(role, public("north", "second", role, *names))


NEW = new()


def statement(number=1, changed=(NEW,), revoked=(), agreement="two-skies", party="north") -> KeyStatement:
    return KeyStatement(
        agreement_id=agreement, party_id=party, number=number, new=tuple(changed), revoked=tuple(revoked)
    )


def signed(*args, **kwargs) -> bytes:
    said = statement(*args, **kwargs)
    return sign_key_statement(said, Ed25519Signer(said.party_id, private_key(said.party_id, "root")))


def ring() -> KeyRing:
    return End("north", "south").terms.outgoing.ring


ROLES = [KeyRole.SIGNING, KeyRole.WITNESS]
keys = st.one_of(
    st.builds(NewKey, st.sampled_from(ROLES), st.sampled_from([public(str(number)) for number in range(8)])),
    st.just(NewKey(KeyRole.WITNESS_ML_DSA, ML_DSA)),
)
revocations = st.builds(
    Revocation,
    st.sampled_from([*ROLES, KeyRole.WITNESS_ML_DSA]),
    st.sampled_from([key_id(public(str(number))) for number in range(8)]),
    st.sampled_from([OUT, BACK, "steerclear/two-skies/east-to-north"]),
    st.integers(-1, 2**63 - 1),
)
statements = st.builds(
    statement,
    st.integers(1, MAX_KEY_STATEMENT_NUMBER),
    st.lists(keys, max_size=3, unique_by=lambda one: one.role),
    st.lists(revocations, max_size=4, unique_by=lambda one: (one.role, one.key_id, one.log)),
).filter(lambda one: one.new or one.revoked)


@pytest.mark.requirement("SC-KEY-01")
@given(statements)
def test_what_the_root_key_signs_reads_back_the_same_in_one_spelling(said):
    note = sign_key_statement(said, SIGNER)
    read = read_key_statement(note, "north", ROOT)
    assert (read.number, set(read.new), set(read.revoked)) == (said.number, set(said.new), set(said.revoked))
    assert sign_key_statement(read, SIGNER) == note
    assert len(note) <= MAX_KEY_STATEMENT_BYTES


@pytest.mark.requirement("SC-KEY-01")
@given(st.data())
def test_no_changed_byte_of_a_statement_is_read(data):
    note = bytearray(signed(revoked=[Revocation(KeyRole.SIGNING, key_id(ROOT), OUT, 4)]))
    place = data.draw(st.integers(0, len(note) - 1))
    note[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(KeyStatementError):
        read_key_statement(bytes(note), "north", ROOT)


def by(signer: Ed25519Signer, text: str) -> bytes:
    return encode_note(sign_note(text, [signer], 0))


SOUND = statement(revoked=[Revocation(KeyRole.SIGNING, key_id(public("north", "signing")), OUT, 4)])
"""A first statement that holds at entry 5 of north's log; its entry is signed by the key of `new()`."""


def with_text(change) -> bytes:
    return by(SIGNER, change(key_statement_text(SOUND)))


def twice_signed() -> bytes:
    note = parse_note(sign_key_statement(SOUND, SIGNER))
    return encode_note(type(note)(note.text, note.signatures * 2))


def line_swapped(text: str) -> str:
    lines = text.split("\n")
    lines[4], lines[5] = lines[5], lines[4]
    return "\n".join(lines)


def small_order(text: str) -> str:
    lines = text.split("\n")
    lines[4] = "signing new AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    return "\n".join(lines)


HOSTILE = {
    "signed by the signing key": by(Ed25519Signer("north", private_key("north", "signing")), key_statement_text(SOUND)),
    "signed by another party": by(Ed25519Signer("north", private_key("south", "root")), key_statement_text(SOUND)),
    "under another name": by(Ed25519Signer("south", private_key("north", "root")), key_statement_text(SOUND)),
    "of another party": by(SIGNER, key_statement_text(statement(party="south"))),
    "signed twice": twice_signed(),
    "not a note": b"steerclear key change\n",
    "empty": b"",
    "too long": signed() + b" " * MAX_KEY_STATEMENT_BYTES,
    "an agreement's text": by(SIGNER, "steerclear agreement\ntwo-skies 1\nsha256 " + "0" * 64 + "\n"),
    "says nothing": with_text(lambda text: "\n".join(text.split("\n")[:4]) + "\n"),
    "number zero": with_text(lambda text: text.replace("\n1\n", "\n0\n")),
    "padded number": with_text(lambda text: text.replace("\n1\n", "\n01\n")),
    "number too large": with_text(lambda text: text.replace("\n1\n", f"\n{MAX_KEY_STATEMENT_NUMBER + 1}\n")),
    "a line twice": with_text(lambda text: text + text.split("\n")[5] + "\n"),
    "a role twice": with_text(lambda text: text.replace("signing new", text.split("\n")[4] + "\nsigning new")),
    "two ends for one key": with_text(lambda text: text + text.split("\n")[5].replace(" 4", " 5") + "\n"),
    "out of order": with_text(line_swapped),
    "a root key": with_text(lambda text: text.replace("signing new", "root new")),
    "a port's key": with_text(lambda text: text.replace("signing new", "tls new")),
    "a key of small order": with_text(small_order),
    "a short key": with_text(lambda text: text.replace(text.split("\n")[4], "signing new AAAA")),
    "a key of another kind": with_text(lambda text: text.replace("signing new", "witness-ml-dsa new")),
    "padded end": with_text(lambda text: text.replace(" 4\n", " 04\n")),
    "end beyond any log": with_text(lambda text: text.replace(" 4\n", f" {2**63}\n")),
    "other digits": with_text(lambda text: text.replace(" 4\n", " ٤\n")),
    "upper-case key id": with_text(lambda text: text.replace("revoke 0", "revoke A")),
    "no log": with_text(lambda text: text.replace(OUT, "north-to-south")),
    "two spaces": with_text(lambda text: text.replace("signing new", "signing  new")),
    "carriage return": sign_key_statement(SOUND, SIGNER).replace(b"\n", b"\r\n"),
    "an identifier that is none": with_text(lambda text: text.replace("two-skies\n", "Two Skies\n", 1)),
}


@pytest.mark.requirement("SC-KEY-01")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_statement_is_refused(name):
    with pytest.raises(KeyStatementError):
        read_key_statement(HOSTILE[name], "north", ROOT)


def test_a_statement_that_nobody_would_read_is_not_signed():
    old = key_id(public("north", "signing"))
    long = [Revocation(KeyRole.SIGNING, f"{number:016x}", OUT, 4) for number in range(33)]
    for bad in (
        statement(number=0),
        statement(changed=()),
        statement(changed=[NewKey(KeyRole.ROOT, public("x"))]),
        statement(revoked=[Revocation(KeyRole.SIGNING, old, OUT, -2)]),
        statement(revoked=long),
        statement(party="south"),
    ):
        with pytest.raises(KeyStatementError):
            sign_key_statement(bad, SIGNER)


@pytest.mark.requirement("SC-KEY-02")
def test_a_new_signing_key_signs_from_its_statement_on():
    old, later = key_id(public("north", "signing")), key_id(public("north", "second", "signing"))
    changed = ring().after(5, signed())
    assert [changed.at(place).signing_id for place in (0, 4, 5, 6, 10**9)] == [old, old, later, later, later]
    assert [changed.has_statement_at(place) for place in (0, 4, 5, 6)] == [False, False, True, False]
    assert changed.why_not_signed(changed.at(0), 5) == ""
    assert "replaced at entry 5" in changed.why_not_signed(changed.at(0), 6)
    assert [changed.why_not_signed(changed.current, size) for size in (0, 3, 5, 6, 100)] == [""] * 5
    assert ring().at(7).signing_id == old


@pytest.mark.requirement("SC-KEY-03")
def test_a_revoked_key_counts_for_exactly_the_entries_before():
    old = key_id(public("north", "signing"))
    changed = ring().after(5, signed(revoked=[Revocation(KeyRole.SIGNING, old, OUT, 2)]))
    assert [changed.revoked_at(place) for place in range(7)] == [None, None, None, 2, 2, None, None]
    assert [(one.key_id, one.last, one.first, one.end) for one in changed.revoked_ranges()] == [(old, 2, 3, 5)]
    assert changed.why_not_signed(changed.at(0), 3) == ""
    assert "revoked as of entry 2" in changed.why_not_signed(changed.at(0), 4)
    later = changed.after(8, signed(2, (), [Revocation(KeyRole.SIGNING, old, OUT, 4)]))
    assert later.revoked_at(3) == 2, "nothing makes a revoked entry good again"
    sooner = changed.after(8, signed(2, (), [Revocation(KeyRole.SIGNING, old, OUT, -1)]))
    assert [sooner.revoked_at(place) for place in (0, 4, 5, 8)] == [-1, -1, None, None]


def refusals() -> dict[str, tuple[bytes, str]]:
    old = key_id(public("north", "signing"))
    elsewhere = "steerclear/two-skies/south-to-north"
    return {
        "replayed": (signed(1, [new(KeyRole.SIGNING, "again")]), "said before"),
        "older": (signed(1, [new(KeyRole.WITNESS)]), "said before"),
        "another agreement": (signed(2, [new(KeyRole.WITNESS)], agreement="other"), "made for agreement"),
        "another party": (signed(2, [new(KeyRole.WITNESS)], party="south"), "has not signed"),
        "the key of before": (
            signed(2, [NewKey(KeyRole.SIGNING, public("north", "signing"))]),
            "key of 'north' before",
        ),
        "the root key": (signed(2, [NewKey(KeyRole.WITNESS, ROOT)]), "key of 'north' before"),
        "one key twice": (
            signed(2, [NewKey(role, public("x")) for role in (KeyRole.SIGNING, KeyRole.WITNESS)]),
            "key of 'north' before",
        ),
        "a key that stays": (
            signed(2, (), [Revocation(KeyRole.SIGNING, key_id(public("north", "second", "signing")), OUT, 2)]),
            "still be in use",
        ),
        "a stranger's key": (signed(2, (), [Revocation(KeyRole.SIGNING, "0" * 16, OUT, 2)]), "has never had"),
        "a log it does not sign": (signed(2, (), [Revocation(KeyRole.SIGNING, old, elsewhere, 2)]), "signs nothing in"),
        "another agreement's log": (
            signed(2, (), [Revocation(KeyRole.SIGNING, old, "steerclear/other/north-to-south", 2)]),
            "signs nothing in",
        ),
        "entries still to come": (signed(2, (), [Revocation(KeyRole.SIGNING, old, OUT, 8)]), "ends before 8"),
    }


@pytest.mark.requirement("SC-KEY-01")
@pytest.mark.parametrize("name", refusals())
def test_a_statement_that_does_not_follow_is_refused(name):
    note, why = refusals()[name]
    before = ring().after(5, signed())
    with pytest.raises(KeyStatementError, match=why):
        before.after(8, note)


def test_a_revocation_for_another_peers_log_changes_nothing_here():
    old = key_id(public("north", "signing"))
    changed = ring().after(
        5, signed(revoked=[Revocation(KeyRole.SIGNING, old, "steerclear/two-skies/north-to-east", 2)])
    )
    assert changed.revoked_ranges() == ()
    assert changed.why_not_signed(changed.at(0), 5) == ""


def test_a_later_version_of_the_agreement_repeats_the_keys():
    first, second = make_agreement(version=1), make_agreement(version=2)
    changed = PartyKeys(root=ROOT, signing=public("x"), witness=public("north", "witness"))
    other = replace(second, parties=(replace(second.parties[0], keys=changed), second.parties[1]))
    with pytest.raises(TermsError, match="keys rotate"):
        line_terms(versions_of(first, other), "north", "south")
