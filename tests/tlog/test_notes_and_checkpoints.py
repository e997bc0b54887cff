"""C2SP notes, keys, checkpoints and cosignatures against published examples and an independent library."""

import re
from base64 import b64decode, b64encode
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_scales import signing
from tlog_scales import tlog as scales

from steerclear.tlog import (
    EMPTY_ROOT,
    Checkpoint,
    Ed25519Cosigner,
    Ed25519Signer,
    MalformedInputError,
    NoteSignature,
    RequestError,
    SignatureError,
    SignedNote,
    TlogError,
    VerifierKey,
    add_signature,
    checkpoint_text,
    cosign_checkpoint,
    encode_note,
    open_checkpoint,
    parse_checkpoint_text,
    parse_note,
    parse_verifier_key,
    sign_checkpoint,
    sign_note,
    verifier_for,
    verify_note,
)
from steerclear.tlog.limits import MAX_NOTE_BYTES, MAX_SIGNATURES, MAX_TREE_SIZE

# Example of the signed-note specification.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

# Keys and notes of the Go module that the format comes from.
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)

# Example of the tlog-cosignature specification; its keys are not published, so only its shape can be checked.
SPEC_COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()

ORIGIN = "line.example/north-to-south"
TIME_S = 1_700_000_000
LOG = Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
PEER = Ed25519Cosigner("south.example/witness", Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
LOG_VERIFIER = verifier_for(LOG.key)
PEER_VERIFIER = verifier_for(PEER.key)
CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(range(32)))


@pytest.mark.requirement("SC-LOG-07")
def test_published_notes_verify() -> None:
    (verified,) = verify_note(parse_note(SPEC_NOTE), [verifier_for(parse_verifier_key(SPEC_KEY))])
    assert (verified.key.name, verified.time_s) == ("example.com/foo", None)
    both = parse_note((GO_TEXT + "\n" + PETER_LINE + ENOCH_LINE).encode())
    keys = [verifier_for(parse_verifier_key(key)) for key in (PETER_KEY, ENOCH_KEY)]
    assert [sig.key.name for sig in verify_note(both, keys)] == ["PeterNeumann", "EnochRoot"]
    assert len(verify_note(both, keys[:1])) == 1, "a signature by an unknown key is ignored"


@pytest.mark.requirement("SC-LOG-07")
def test_a_note_we_sign_is_the_published_one_byte_for_byte() -> None:
    signer = Ed25519Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(PETER_SEED))
    assert signer.key.encode() == PETER_KEY
    assert encode_note(sign_note(GO_TEXT, [signer], TIME_S)) == (GO_TEXT + "\n" + PETER_LINE).encode()


@pytest.mark.requirement("SC-LOG-08")
def test_the_published_cosigned_checkpoint_has_the_shape_we_read_and_write() -> None:
    note = parse_note(SPEC_COSIGNED)
    checkpoint = parse_checkpoint_text(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint_text(checkpoint) == note.text
    assert encode_note(note) == SPEC_COSIGNED
    assert int.from_bytes(note.signatures[1].payload[:8]) == 1679315147
    assert len(note.signatures[1].payload) == 8 + 64


@pytest.mark.requirement("SC-LOG-08")
def test_keys_checkpoints_and_cosignatures_agree_with_the_other_library() -> None:
    cosigned = cosign_checkpoint(
        open_checkpoint(sign_checkpoint(CHECKPOINT, [LOG], TIME_S), ORIGIN, LOG_VERIFIER), PEER, TIME_S
    )
    theirs = scales.Checkpoint.from_text(cosigned.decode())
    assert (theirs.origin, theirs.size, theirs.root_hash) == (ORIGIN, 7, CHECKPOINT.root)
    for key in (LOG.key, PEER.key):
        theirs.verify(signing.Vkey.from_string(key.encode()))
        assert signing.Vkey.from_string(key.encode()).serialize() == key.encode()
        assert parse_verifier_key(key.encode()) == key
    their_log = signing.PlainEd25519Signer(ORIGIN, b"\x01" * 32)
    their_note = scales.Checkpoint.make_signed(ORIGIN, 7, CHECKPOINT.root, [their_log]).serialize().encode()
    assert their_note == sign_checkpoint(CHECKPOINT, [LOG], TIME_S)


@pytest.mark.requirement("SC-LOG-08")
def test_an_opened_checkpoint_says_who_cosigned_it_when() -> None:
    opened = open_checkpoint(sign_checkpoint(CHECKPOINT, [LOG, PEER], TIME_S), ORIGIN, LOG_VERIFIER, [PEER_VERIFIER])
    assert opened.checkpoint == CHECKPOINT
    assert [(sig.key.name, sig.time_s) for sig in opened.cosignatures] == [(PEER.key.name, TIME_S)]
    renewed = parse_note(cosign_checkpoint(opened, PEER, TIME_S + 60))
    assert len(renewed.signatures) == 2, "a renewed cosignature replaces the older one"
    assert verify_note(renewed, [PEER_VERIFIER])[0].time_s == TIME_S + 60


@pytest.mark.requirement("SC-LOG-09")
def test_no_single_flipped_bit_of_a_cosigned_checkpoint_is_believed() -> None:
    data = sign_checkpoint(CHECKPOINT, [LOG, PEER], TIME_S)
    honest = open_checkpoint(data, ORIGIN, LOG_VERIFIER, [PEER_VERIFIER])
    for bit in range(len(data) * 8):
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        try:
            opened = open_checkpoint(bytes(bad), ORIGIN, LOG_VERIFIER, [PEER_VERIFIER])
        except TlogError:
            continue
        # Only the peer's name or key id may change unnoticed: its line is then a stranger's and counts for nothing.
        assert opened.checkpoint == CHECKPOINT
        assert opened.cosignatures == ()
    assert honest.cosignatures


@pytest.mark.requirement("SC-LOG-09")
def test_a_checkpoint_without_the_logs_own_signature_or_of_another_log_is_refused() -> None:
    only_peer = sign_checkpoint(CHECKPOINT, [PEER], TIME_S)
    with pytest.raises(SignatureError, match="itself has not signed"):
        open_checkpoint(only_peer, ORIGIN, LOG_VERIFIER, [PEER_VERIFIER])
    other = Checkpoint("line.example/south-to-north", 7, bytes(32))
    with pytest.raises(SignatureError, match="speaks for log"):
        open_checkpoint(sign_checkpoint(other, [LOG], TIME_S), ORIGIN, LOG_VERIFIER)
    stranger = verifier_for(Ed25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)).key)
    with pytest.raises(SignatureError, match="check which key the peer signs with"):
        open_checkpoint(sign_checkpoint(CHECKPOINT, [LOG], TIME_S), ORIGIN, stranger)


@pytest.mark.requirement("SC-LOG-09")
def test_a_bad_signature_by_a_known_key_condemns_the_whole_note() -> None:
    note = sign_note(checkpoint_text(CHECKPOINT), [LOG, PEER], TIME_S)
    forged = SignedNote(note.text, (note.signatures[0], NoteSignature(PEER.key.name, PEER.key.key_id, bytes(72))))
    with pytest.raises(SignatureError, match="does not verify"):
        open_checkpoint(encode_note(forged), ORIGIN, LOG_VERIFIER, [PEER_VERIFIER])
    for payload in (b"short", b"\xff" * 72):
        forged = SignedNote(note.text, (note.signatures[0], NoteSignature(PEER.key.name, PEER.key.key_id, payload)))
        with pytest.raises(SignatureError):
            verify_note(forged, [PEER_VERIFIER])


@pytest.mark.requirement("SC-LOG-09")
def test_a_log_signature_cannot_pass_as_a_cosignature_of_the_same_key() -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"\x03" * 32)
    signer, cosigner = Ed25519Signer("same.example", private), Ed25519Cosigner("same.example", private)
    assert signer.key.key_id != cosigner.key.key_id
    note = sign_note("text\n", [signer], TIME_S)
    with pytest.raises(SignatureError):
        verify_note(note, [verifier_for(cosigner.key)])


SIG = "— a AAAAAAA=\n"
MALFORMED_NOTES = {
    "empty": b"",
    "no signatures": b"text\n",
    "no blank line": f"text\n{SIG}".encode(),
    "blank line but nothing after": b"text\n\n",
    "no newline at the end": f"text\n\n{SIG[:-1]}".encode(),
    "not UTF-8": b"te\xfft\n\n" + SIG.encode(),
    "surrogate in UTF-8": b"te\xed\xa0\x80t\n\n" + SIG.encode(),
    "control character": f"te\x01xt\n\n{SIG}".encode(),
    "carriage return": f"text\r\n\n{SIG}".encode(),
    "tab": f"te\txt\n\n{SIG}".encode(),
    "hyphen instead of em dash": b"text\n\n- a AAAAAAA=\n",
    "two spaces": "text\n\n—  a AAAAAAA=\n".encode(),
    "name with a plus": "text\n\n— a+b AAAAAAA=\n".encode(),
    "name with a no-break space": "text\n\n— a\u00a0b AAAAAAA=\n".encode(),
    "name with a line separator": "text\n\n— a\u2028b AAAAAAA=\n".encode(),
    "no name": "text\n\n— AAAAAAA=\n".encode(),
    "trailing space": "text\n\n— a AAAAAAA= \n".encode(),
    "base64 without padding": "text\n\n— a AAAAAAA\n".encode(),
    "base64 with loose bits": "text\n\n— a AAAAAAB=\n".encode(),
    "url-safe base64": "text\n\n— a ____AAA=\n".encode(),
    "base64 of only a key id": "text\n\n— a AAAAAA==\n".encode(),
    "name too long": f"text\n\n— {'a' * 256} AAAAAAA=\n".encode(),
    "signature too long": f"text\n\n— a {'AAAA' * 2000}\n".encode(),
    "too many signatures": ("text\n\n" + SIG * (MAX_SIGNATURES + 1)).encode(),
    "note too long": b"t" * MAX_NOTE_BYTES + f"\n\n{SIG}".encode(),
}


@pytest.mark.requirement("SC-LOG-10")
@pytest.mark.parametrize("case", MALFORMED_NOTES)
def test_malformed_notes_are_refused(case: str) -> None:
    with pytest.raises(MalformedInputError) as caught:
        parse_note(MALFORMED_NOTES[case])
    assert caught.value.fault == "data"


def test_as_many_signatures_as_the_limit_are_read_and_the_last_blank_line_divides() -> None:
    note = parse_note(("a\n\nb\n\n" + SIG * MAX_SIGNATURES).encode())
    assert note.text == "a\n\nb\n"
    assert len(note.signatures) == MAX_SIGNATURES


ROOT_TEXT = b64encode(bytes(32)).decode()
MALFORMED_CHECKPOINTS = [
    f"o\n07\n{ROOT_TEXT}\n",
    f"o\n+7\n{ROOT_TEXT}\n",
    f"o\n-7\n{ROOT_TEXT}\n",
    f"o\n7 \n{ROOT_TEXT}\n",
    f"o\n7_0\n{ROOT_TEXT}\n",
    f"o\n\n{ROOT_TEXT}\n",
    f"o\n\u0667\n{ROOT_TEXT}\n",
    f"o\n0x7\n{ROOT_TEXT}\n",
    f"o\n{MAX_TREE_SIZE + 1}\n{ROOT_TEXT}\n",
    f"o\n{'9' * 5000}\n{ROOT_TEXT}\n",
    "o\n7\n",
    "o\n7\nAAAA\n",
    f"o\n7\n{ROOT_TEXT[:-1]}\n",
    f"o\n7\n{ROOT_TEXT}",
    f"o\n7\n{ROOT_TEXT}\nextension\n",
    f"o\n7\n{ROOT_TEXT}\n\n",
    f"\n7\n{ROOT_TEXT}\n",
    f"{'o' * 256}\n7\n{ROOT_TEXT}\n",
    f"o\n0\n{ROOT_TEXT}\n",
    "",
]


@pytest.mark.requirement("SC-LOG-10")
@pytest.mark.parametrize("text", MALFORMED_CHECKPOINTS)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(MalformedInputError):
        parse_checkpoint_text(text)


@pytest.mark.requirement("SC-LOG-10")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+530d903a",
        "na me+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        SPEC_KEY.replace("530d903a", "530d903b"),
        SPEC_KEY.replace("530d903a", "530D903A"),
        SPEC_KEY.replace("example.com/foo", "example.com/bar"),
        SPEC_KEY[:-1],
        "a+00000000+AQ==",
        "a+00000000+" + "A" * 9000,
    ],
)
def test_malformed_verifier_keys_are_refused(text: str) -> None:
    with pytest.raises(MalformedInputError):
        parse_verifier_key(text)


@pytest.mark.requirement("SC-LOG-10")
@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode(errors="replace"))))
def test_bytes_of_any_sort_never_crash_the_parsers(data: bytes) -> None:
    for whole in (data, b"text\n\n\xe2\x80\x94 " + data + b"\n", data + b"\n\n" + SIG.encode()):
        try:
            note = parse_note(whole)
        except MalformedInputError:
            continue
        assert encode_note(note) == whole, "what parses has exactly one spelling"
        try:
            checkpoint = parse_checkpoint_text(note.text)
        except MalformedInputError:
            continue
        with suppress(RequestError):  # an origin we would not choose for ourselves
            assert checkpoint_text(checkpoint) == note.text


@pytest.mark.requirement("SC-LOG-10")
@settings(max_examples=200, deadline=None)
@given(st.integers(1, MAX_TREE_SIZE), st.binary(min_size=32, max_size=32))
def test_checkpoint_text_round_trips(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert parse_checkpoint_text(checkpoint_text(checkpoint)) == checkpoint


def test_the_empty_log_has_a_checkpoint() -> None:
    assert checkpoint_text(Checkpoint("o", 0, EMPTY_ROOT)).split("\n")[1] == "0"
    assert parse_checkpoint_text(checkpoint_text(Checkpoint("o", 0, EMPTY_ROOT))).size == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: checkpoint_text(Checkpoint("has space", 1, bytes(32))),
        lambda: checkpoint_text(Checkpoint("o", -1, bytes(32))),
        lambda: checkpoint_text(Checkpoint("o", 1, bytes(31))),
        lambda: sign_note("no newline", [LOG], TIME_S),
        lambda: sign_note("tab\t\n", [LOG], TIME_S),
        lambda: encode_note(SignedNote("text\n", ())),
        lambda: encode_note(SignedNote("t" * MAX_NOTE_BYTES + "\n", (NoteSignature("a", bytes(4), b"s"),))),
        lambda: PEER.sign("text\n", -1),
        lambda: PEER.sign("text\n", 2**63),
        lambda: Ed25519Signer("a+b", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)),
        lambda: Ed25519Signer("", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)),
        lambda: Ed25519Signer("\ud800", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)),
    ],
)
def test_we_never_write_what_nobody_would_read(make: object) -> None:
    with pytest.raises(RequestError):
        make()  # type: ignore[operator]


def test_a_key_type_of_a_later_release_is_named() -> None:
    with pytest.raises(MalformedInputError, match="0x07; this release knows 0x01, 0x04, 0x06"):
        verifier_for(VerifierKey("a", 0x07, bytes(1312)))
    with pytest.raises(MalformedInputError, match="ML-DSA-44"):
        verifier_for(VerifierKey("a", 0x06, bytes(1311)))
    with pytest.raises(MalformedInputError, match="Ed25519"):
        verifier_for(VerifierKey("a", 0x04, bytes(31)))


@pytest.mark.requirement("SC-LOG-11")
def test_another_signature_type_needs_nothing_but_a_signer_and_a_verifier() -> None:
    """A type of a later release travels in our notes unchanged, beside those we know."""

    class Later:
        key = VerifierKey("south.example/later", 0x07, b"key")

        def sign(self, text: str, time_s: int) -> bytes:
            return time_s.to_bytes(8) + text.encode()

        def verify(self, text: str, payload: bytes) -> int:
            assert payload[8:] == text.encode()
            return int.from_bytes(payload[:8])

    later = Later()
    signed = parse_note(sign_checkpoint(CHECKPOINT, [LOG, PEER], TIME_S))
    data = encode_note(add_signature(signed, later, TIME_S))
    opened = open_checkpoint(data, ORIGIN, LOG_VERIFIER, [PEER_VERIFIER, later])
    assert [sig.key.type_byte for sig in opened.cosignatures] == [0x04, 0x07]
    assert parse_verifier_key(later.key.encode()) == later.key


def test_messages_say_what_to_do_next() -> None:
    with pytest.raises(SignatureError, match=re.escape(ORIGIN)):
        verify_note(parse_note(SPEC_NOTE), [LOG_VERIFIER])
    with pytest.raises(SignatureError, match="nobody"):
        verify_note(parse_note(SPEC_NOTE), [])
