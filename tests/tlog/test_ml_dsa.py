"""ML-DSA-44 cosignatures (0x06): the format to the byte, an independent library, and what is refused."""

import struct
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_scales import signing
from tlog_scales import tlog as scales

from steerclear.tlog import (
    Checkpoint,
    Ed25519Cosigner,
    Ed25519Signer,
    MalformedInputError,
    MlDsa44CosignatureVerifier,
    MlDsa44Cosigner,
    NoteSignature,
    RequestError,
    SignatureError,
    SignedNote,
    VerifierKey,
    add_signature,
    checkpoint_text,
    cosign_checkpoint,
    encode_note,
    open_checkpoint,
    parse_note,
    parse_verifier_key,
    sign_checkpoint,
    sign_note,
    verifier_for,
    verify_note,
)
from steerclear.tlog.limits import MAX_TREE_SIZE

ORIGIN = "line.example/north-to-south"
WITNESS = "south.example/witness"
TIME_S = 1_700_000_000
LOG = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
CLASSIC = Ed25519Cosigner(WITNESS, Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
PRIVATE = MLDSA44PrivateKey.from_seed_bytes(b"\x03" * 32)
COSIGNER = MlDsa44Cosigner(WITNESS, PRIVATE)
LOG_VERIFIER, CLASSIC_VERIFIER, VERIFIER = (verifier_for(signer.key) for signer in (LOG, CLASSIC, COSIGNER))
CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(range(32)))
TEXT = checkpoint_text(CHECKPOINT)
PAYLOAD = COSIGNER.sign(TEXT, TIME_S)


def message(cosigner: bytes, time_s: int, origin: bytes, size: int, root: bytes) -> bytes:
    """The structure of the specification, put together without the code under test."""
    named = struct.pack(">12sB", b"subtree/v1\n", len(cosigner)) + cosigner
    return named + struct.pack(">QB", time_s, len(origin)) + origin + struct.pack(">QQ32s", 0, size, root)


@pytest.mark.requirement("SC-REC-08")
@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 2**63 - 1),
    st.integers(1, MAX_TREE_SIZE),
    st.binary(min_size=32, max_size=32),
    st.sampled_from(["o", "line.example/ünïcode", "o" * 255]),
    st.sampled_from(["w", "witness.example/ß", "w" * 255]),
)
def test_the_signed_bytes_are_those_of_the_specification(time_s: int, size: int, root: bytes, origin: str, name: str):
    payload = MlDsa44Cosigner(name, PRIVATE).sign(checkpoint_text(Checkpoint(origin, size, root)), time_s)
    assert (len(payload), int.from_bytes(payload[:8])) == (8 + 2420, time_s)
    signed = message(name.encode(), time_s, origin.encode(), size, root)
    PRIVATE.public_key().verify(payload[8:], signed)
    theirs = PRIVATE.sign(signed)
    verifier = MlDsa44CosignatureVerifier(VerifierKey(name, 0x06, PRIVATE.public_key().public_bytes_raw()))
    assert verifier.verify(checkpoint_text(Checkpoint(origin, size, root)), payload[:8] + theirs) == time_s


@pytest.mark.requirement("SC-REC-08")
def test_cosignatures_are_exchanged_with_the_other_library() -> None:
    opened = open_checkpoint(sign_checkpoint(CHECKPOINT, [LOG], TIME_S), ORIGIN, LOG_VERIFIER)
    ours = scales.Checkpoint.from_text(cosign_checkpoint(opened, COSIGNER, TIME_S).decode())
    ours.verify(signing.Vkey.from_string(COSIGNER.key.encode()))
    assert parse_verifier_key(COSIGNER.key.encode()) == COSIGNER.key

    their_signer = signing.MLDSA44CosignatureSigner(WITNESS, b"\x05" * 32)
    key = parse_verifier_key(their_signer.vkey.serialize())
    line = their_signer.sign(scales.Checkpoint(ORIGIN, 7, CHECKPOINT.root, []))
    note = parse_note(opened.note)
    data = encode_note(
        SignedNote(note.text, (*note.signatures, NoteSignature(line.name, line.key_id.to_bytes(4), line.payload)))
    )
    cosigned_s = open_checkpoint(data, ORIGIN, LOG_VERIFIER, [verifier_for(key)]).cosigned_s(key)
    assert cosigned_s is not None
    assert abs(cosigned_s - time.time()) < 600


@pytest.mark.requirement("SC-REC-08")
def test_a_checkpoint_under_both_cosignatures_tells_of_each_key_when_it_signed() -> None:
    opened = open_checkpoint(sign_checkpoint(CHECKPOINT, [LOG], TIME_S), ORIGIN, LOG_VERIFIER)
    both = cosign_checkpoint(opened, [CLASSIC, COSIGNER], TIME_S)
    assert [sig.name for sig in parse_note(both).signatures] == [ORIGIN, WITNESS, WITNESS]
    opened = open_checkpoint(both, ORIGIN, LOG_VERIFIER, [CLASSIC_VERIFIER, VERIFIER])
    assert opened.cosigned_s(CLASSIC.key) == opened.cosigned_s(COSIGNER.key) == TIME_S
    assert opened.cosigned_s(LOG.key) is None
    renewed = open_checkpoint(
        cosign_checkpoint(opened, (COSIGNER,), TIME_S + 60), ORIGIN, LOG_VERIFIER, [CLASSIC_VERIFIER, VERIFIER]
    )
    assert renewed.cosigned_s(CLASSIC.key) == TIME_S
    assert renewed.cosigned_s(COSIGNER.key) == TIME_S + 60
    only_classic = open_checkpoint(both, ORIGIN, LOG_VERIFIER, [CLASSIC_VERIFIER])
    assert only_classic.cosigned_s(COSIGNER.key) is None, "what was not checked does not count"


@pytest.mark.requirement("SC-REC-08")
def test_sixteen_post_quantum_cosignatures_fit_into_one_note() -> None:
    cosigners = [MlDsa44Cosigner(f"{'w' * 253}{number:02}", PRIVATE) for number in range(16)]
    opened = open_checkpoint(sign_checkpoint(CHECKPOINT, [LOG], TIME_S), ORIGIN, LOG_VERIFIER)
    data = cosign_checkpoint(opened, cosigners, TIME_S)
    verifiers = [verifier_for(cosigner.key) for cosigner in cosigners]
    assert len(open_checkpoint(data, ORIGIN, LOG_VERIFIER, verifiers).cosignatures) == 16


@pytest.mark.requirement("SC-REC-08")
@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(PAYLOAD) * 8 - 1))
def test_no_flipped_bit_of_a_cosignature_is_believed(bit: int) -> None:
    flipped = bytearray(PAYLOAD)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureError):
        VERIFIER.verify(TEXT, bytes(flipped))


OTHERS = {
    "another size": checkpoint_text(Checkpoint(ORIGIN, 8, CHECKPOINT.root)),
    "another root": checkpoint_text(Checkpoint(ORIGIN, 7, bytes(32))),
    "another log": checkpoint_text(Checkpoint("line.example/south-to-north", 7, CHECKPOINT.root)),
}


@pytest.mark.requirement("SC-REC-08")
@pytest.mark.parametrize("case", OTHERS)
def test_a_cosignature_holds_for_its_own_checkpoint_only(case: str) -> None:
    assert VERIFIER.verify(TEXT, PAYLOAD) == TIME_S
    with pytest.raises(SignatureError, match="does not verify over this checkpoint"):
        VERIFIER.verify(OTHERS[case], PAYLOAD)


@pytest.mark.requirement("SC-REC-08")
def test_a_cosignature_holds_under_its_cosigners_name_only() -> None:
    namesake = MlDsa44CosignatureVerifier(VerifierKey("north.example/witness", 0x06, COSIGNER.key.public_key))
    with pytest.raises(SignatureError, match="does not verify"):
        namesake.verify(TEXT, PAYLOAD)


@pytest.mark.requirement("SC-REC-08")
@pytest.mark.parametrize("payload", [b"", PAYLOAD[:-1], PAYLOAD + b"\0", PAYLOAD[8:], b"\x80" + PAYLOAD[1:]])
def test_payloads_of_another_shape_are_refused(payload: bytes) -> None:
    with pytest.raises(SignatureError):
        VERIFIER.verify(TEXT, payload)


@pytest.mark.requirement("SC-REC-08")
def test_time_zero_promises_less_than_a_receipt_and_is_neither_written_nor_accepted() -> None:
    timeless = bytes(8) + PRIVATE.sign(message(WITNESS.encode(), 0, ORIGIN.encode(), 7, CHECKPOINT.root))
    MLDSA44PublicKey.from_public_bytes(COSIGNER.key.public_key).verify(
        timeless[8:], message(WITNESS.encode(), 0, ORIGIN.encode(), 7, CHECKPOINT.root)
    )
    with pytest.raises(SignatureError, match="states no time"):
        VERIFIER.verify(TEXT, timeless)
    for time_s in (0, -1, 2**63):
        with pytest.raises(RequestError):
            COSIGNER.sign(TEXT, time_s)


def test_only_checkpoints_are_cosigned() -> None:
    with pytest.raises(RequestError, match="only checkpoints can be cosigned"):
        sign_note("text\n", [COSIGNER], TIME_S)
    with pytest.raises(MalformedInputError, match="three lines"):
        verify_note(SignedNote("text\n", (NoteSignature(WITNESS, COSIGNER.key.key_id, PAYLOAD),)), [VERIFIER])
    with pytest.raises(RequestError, match="cannot name a key"):
        MlDsa44Cosigner("has space", PRIVATE)
    with pytest.raises(RequestError, match="cannot name a key"):
        MlDsa44CosignatureVerifier(VerifierKey("w" * 256, 0x06, COSIGNER.key.public_key))


@pytest.mark.requirement("SC-REC-08")
def test_a_forged_post_quantum_line_condemns_the_note_although_the_classic_one_holds() -> None:
    note = sign_note(TEXT, [LOG, CLASSIC], TIME_S)
    forged = SignedNote(note.text, (*note.signatures, NoteSignature(WITNESS, COSIGNER.key.key_id, bytes(2428))))
    data = encode_note(forged)
    assert open_checkpoint(data, ORIGIN, LOG_VERIFIER, [CLASSIC_VERIFIER]).cosigned_s(CLASSIC.key) == TIME_S
    with pytest.raises(SignatureError):
        open_checkpoint(data, ORIGIN, LOG_VERIFIER, [CLASSIC_VERIFIER, VERIFIER])
    assert add_signature(forged, COSIGNER, TIME_S).signatures[-1].payload != bytes(2428)
