#!/usr/bin/env python3
"""Check a bundle of the joint record with nothing but Python 3.11 or later: no other package, no network.

    python verify.py record.zip [--json]         (or the folder with the bundle's files; or evidence against a party)

Exit code 0: the record holds; 1: it does not, and where; 2: wrong usage. This file takes no code from steerclear and
was written from the format (docs/record-format.md), so that two implementations must agree. It checks in this order:
every version of the agreement is signed by the root key of every party; the manifest by the party that exported the
bundle; each entry of both logs by its sender, in place, chained to the one before, and its content is what it commits
to; each receipt by sender and receiver, over the root of the entries in the bundle; what each entry says it has seen of
the other log; at last the SHA-256 of every file. Read `check` first; the parts stand before what uses them:

    Ed25519, ML-DSA-44                  two signatures, from numbers
    Merkle tree and signed notes        roots, proofs, who signed a text and when
    What an entry may hold              every field of every kind of message
    Files, agreement, keys, direction   a bundle read line by line
    What the record says                what answers what, what is owed, late or not shown
    The whole                           `check`, and what is proven in words
    Evidence                            `check_evidence`: what a party has signed against itself

Sources: RFC 8032 (Ed25519), FIPS 204 (ML-DSA-44), RFC 6962 (Merkle tree), C2SP signed-note, tlog-checkpoint and
tlog-cosignature, DSSE v1.
"""

from __future__ import annotations

import json
import re
import sys
import time
import unicodedata
import zipfile
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cache, partial
from hashlib import sha256, sha512, shake_128, shake_256
from itertools import accumulate, islice, pairwise
from pathlib import Path
from typing import IO, Any, NamedTuple

try:
    import tomllib
except ModuleNotFoundError:
    sys.exit("verify.py needs Python 3.11 or later")

MANIFEST, VERIFIER, EVIDENCE, STATEMENT = "manifest.note", "verify.py", "evidence.json", "statement.txt"
SIGNED_ENTRIES, SIGNED_NOTES, MAX_SIGNED = "entries.jsonl", "checkpoints.jsonl", 1_000
CHANGE_ENTRIES, CHANGE_CONTENTS = "key_entries.jsonl", "key_contents.jsonl"
MAX_FILES, MAX_BUNDLE_BYTES, MAX_SMALL_BYTES, MAX_ENTRIES, MAX_PARTIES = 6_016, 1 << 34, 4_000_000, 1_000_000, 16
MAX_SIGNATURES_BYTES, MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES, MAX_SIGNATURE_BYTES = 64_000, 65_536, 64, 5_120
MAX_ENTRY_BYTES, MAX_CONTENT_BYTES, SALT_BYTES, MAX_LINE_BYTES, MAX_CLOCK_SKEW_S = 65_535, 49_152, 32, 512 * 1024, 5
MAX_TEXT_CHARS, MAX_NUMBER, MAX_TIME_S = 4_000, 1e15, 253_402_300_799  # the end of the year 9999


class Refused(Exception):  # noqa: N818 it is the verdict
    """The record does not hold: `where` names file and line, `what` says what is wrong there."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where, self.what = where, what


# --- Ed25519 (RFC 8032) on the curve -x^2 + y^2 = 1 + d x^2 y^2 over integers mod P. Only public data, so it need not
# run in constant time. A point is (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
D = -121665 * pow(121666, -1, P) % P
BASE = (4 * pow(5, -1, P) % P).to_bytes(32, "little")  # the base point: y = 4/5, x even
SQRT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add(one: Point, two: Point) -> Point:
    """Sum of two points; the formula of RFC 8032 5.1.4 holds for equal and neutral points too."""
    a, b = (one[1] - one[0]) * (two[1] - two[0]), (one[1] + one[0]) * (two[1] + two[0])
    c, d = 2 * D * one[3] * two[3] % P, 2 * one[2] * two[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def decode_point(data: bytes) -> Point | None:
    """Point of 32 bytes, None where the curve has none; reads a y of P or more as y - P, as OpenSSL does."""
    number = int.from_bytes(data, "little")
    y, sign = (number & (1 << 255) - 1) % P, number >> 255
    x_squared = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x_squared, (P + 3) // 8, P)
    if x * x % P != x_squared:
        x = x * SQRT_OF_MINUS_1 % P
    if x * x % P != x_squared:
        return None
    x = x if x & 1 == sign else -x % P
    return x, y, 1, x * y % P


def encode_point(point: Point) -> bytes:
    """The one canonical spelling of a point."""
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


@cache
def multiples(encoded: bytes, negate: bool = False) -> list[list[Point]] | None:
    """For each of the 64 hex digits of a scalar, the 16 multiples of a point (or minus it) that it can stand for.

    Kept, because a bundle has few keys and many signatures. None where the curve has no such point.
    """
    point, rows = decode_point(encoded), []
    if point is None:
        return None
    if negate:
        point = (-point[0] % P, point[1], 1, -point[3] % P)
    for _ in range(64):
        row = [NEUTRAL]
        while len(row) < 16:
            row.append(add(row[-1], point))
        rows.append(row)
        point = add(row[-1], point)
    return rows


def is_weak_key(key: bytes) -> bool:
    """Whether others could sign for this key (a point of small order), or it is spelled in a second way."""
    point = decode_point(key)
    if int.from_bytes(key, "little") & (1 << 255) - 1 >= P:
        return True
    if point is None:
        return False  # no signature will ever verify under it
    for _ in range(3):
        point = add(point, point)
    return encode_point(point) == encode_point(NEUTRAL)


def ed25519_holds(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a signature verifies: S below L, and R spelled exactly as S*B - h*A comes out (no cofactor)."""
    of_base, of_key = multiples(BASE), multiples(key, negate=True)
    scalar = int.from_bytes(signature[32:], "little")
    if of_base is None or of_key is None or len(signature) != 64 or scalar >= L:
        return False
    h = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % L
    total = NEUTRAL
    for base_row, key_row in zip(of_base, of_key, strict=True):
        total = add(add(total, base_row[scalar & 15]), key_row[h & 15])
        scalar, h = scalar >> 4, h >> 4
    return encode_point(total) == signature[:32]


# --- ML-DSA-44 (FIPS 204): verification only, of public data. Polynomials are lists of 256 whole numbers mod Q,
# coefficients from x^0 up; vectors are lists of 4 of them. Numbers in comments are algorithms of the standard.

Q, DROPPED_BITS = 8380417, 13  # the key holds t without its low bits
GAMMA_1, GAMMA_2, ONES = 1 << 17, (8380417 - 1) // 88, 39  # range of z, range of the low part of w, size of c
BETA, OMEGA = 78, 80  # what the secret can add to z; most hints in a signature
ML_DSA_KEY_BYTES, ML_DSA_SIGNATURE_BYTES = 1_312, 2_420
ZETAS = [pow(1753, int(f"{index:08b}"[::-1], 2), Q) for index in range(256)]
Poly = list[int]


def squeezed(state: Any) -> Iterator[int]:
    """Bytes of a SHAKE state without end; it is asked again for more when they run out."""
    done, length = 0, 1024
    while True:
        yield from state.digest(length)[done:]
        done, length = length, 2 * length


def to_ntt(poly: Poly) -> Poly:
    """Values of a polynomial at the 256 odd powers of the root of unity (41); reduced only where it must be."""
    values, half, block = list(poly), 128, 1
    while half:
        for start in range(0, 256, 2 * half):
            zeta, middle, end = ZETAS[block], start + half, start + 2 * half
            low, high = values[start:middle], [zeta * value % Q for value in values[middle:end]]
            values[start:middle] = [a + b for a, b in zip(low, high, strict=True)]
            values[middle:end] = [a - b for a, b in zip(low, high, strict=True)]
            block += 1
        half >>= 1
    return values


def from_ntt(values: Poly) -> Poly:
    """The polynomial with these values, reduced mod Q (42)."""
    poly, half, block = list(values), 1, 255
    while half < 256:
        for start in range(0, 256, 2 * half):
            zeta, middle, end = ZETAS[block], start + half, start + 2 * half
            low, high = poly[start:middle], poly[middle:end]
            poly[start:middle] = [a + b for a, b in zip(low, high, strict=True)]
            poly[middle:end] = [zeta * (b - a) % Q for a, b in zip(low, high, strict=True)]
            block -= 1
        half *= 2
    return [pow(256, -1, Q) * value % Q for value in poly]


def unpacked(data: bytes, bits: int) -> list[Poly]:
    """Polynomials from coefficients of so many bits, the lowest bit first (18)."""
    polys = [int.from_bytes(data[start : start + 32 * bits], "little") for start in range(0, len(data), 32 * bits)]
    return [[poly >> shift & (1 << bits) - 1 for shift in range(0, 256 * bits, bits)] for poly in polys]


def uniform(seed: bytes) -> Poly:
    """Values below Q, drawn from three bytes each (30)."""
    stream = squeezed(shake_128(seed))
    values: Poly = []
    while len(values) < 256:
        value = next(stream) | next(stream) << 8 | (next(stream) & 127) << 16
        if value < Q:
            values.append(value)
    return values


@cache
def ml_dsa_key(public_key: bytes) -> tuple[list[list[Poly]], list[Poly], bytes]:
    """Matrix A, minus the vector t (both as values) and the hash of a key (32, 23); kept, for keys come again."""
    seed = public_key[:32]
    matrix = [[uniform(seed + bytes([column, row])) for column in range(4)] for row in range(4)]
    minus_t = [to_ntt([-(value << DROPPED_BITS) for value in poly]) for poly in unpacked(public_key[32:], 10)]
    return matrix, minus_t, shake_256(public_key).digest(64)


def ball(seed: bytes) -> Poly:
    """The challenge c: 39 coefficients are 1 or -1, the others 0 (29)."""
    stream, poly = squeezed(shake_256(seed)), [0] * 256
    signs = int.from_bytes(bytes(next(stream) for _ in range(8)), "little")
    for last in range(256 - ONES, 256):
        place = next(stream)
        while place > last:
            place = next(stream)
        poly[last], poly[place] = poly[place], -1 if signs & 1 else 1
        signs >>= 1
    return poly


def hints(data: bytes) -> list[set[int]] | None:
    """Places of the hints in each of 4 polynomials; None unless they are in their one spelling (21)."""
    found, start = [], 0
    for end in data[OMEGA:]:
        places = data[start:end]
        if not start <= end <= OMEGA or any(one >= two for one, two in pairwise(places)):
            return None
        found.append(set(places))
        start = end
    return None if any(data[start:OMEGA]) else found


def high_part(value: int, hinted: bool) -> int:
    """Which of 44 ranges a value lies in, or the one next to it if a hint says so (36, 40)."""
    high, low = divmod(value + GAMMA_2 - 1, 2 * GAMMA_2)  # low counts from 1 - GAMMA_2, so it is negative or 0 below
    return (high + (0 if not hinted else 1 if low >= GAMMA_2 else -1)) % 44


def ml_dsa_holds(public_key: bytes, signature: bytes, message: bytes, context: bytes = b"") -> bool:
    """Whether an ML-DSA-44 signature verifies (3, 8): c comes out again from A*z - c*t, with the hints."""
    if len(public_key) != ML_DSA_KEY_BYTES or len(signature) != ML_DSA_SIGNATURE_BYTES or len(context) > 255:
        return False
    seed, hinted = signature[:32], hints(signature[-OMEGA - 4 :])
    z = [[GAMMA_1 - value for value in poly] for poly in unpacked(signature[32 : -OMEGA - 4], 18)]
    if hinted is None or any(abs(value) >= GAMMA_1 - BETA for poly in z for value in poly):
        return False
    matrix, minus_t, key_hash = ml_dsa_key(public_key)
    spoken = shake_256(key_hash + bytes([0, len(context)]) + context + message).digest(64)
    factors, packed = [*map(to_ntt, z), to_ntt(ball(seed))], b""
    for row, minus_t_row, places in zip(matrix, minus_t, hinted, strict=True):
        products = (map(int.__mul__, one, two) for one, two in zip([*row, minus_t_row], factors, strict=True))
        w = from_ntt([sum(terms) % Q for terms in zip(*products, strict=True)])
        high = [high_part(value, place in places) for place, value in enumerate(w)]
        packed += sum(value << 6 * place for place, value in enumerate(high)).to_bytes(192, "little")
    return shake_256(spoken + packed).digest(32) == seed


# --- Merkle tree (RFC 6962) and signed notes (C2SP)


def folded(hashes: list[bytes]) -> bytes:
    """Root over perfect subtrees, from the left."""
    root = hashes[-1] if hashes else sha256(b"").digest()
    for left in reversed(hashes[:-1]):
        root = sha256(b"\x01" + left + root).digest()
    return root


def roots_at(
    leaves: list[bytes], sizes: set[int], held: int = 0, hashes: list[bytes] | None = None
) -> dict[int, bytes]:
    """Root of the tree over the first n leaf hashes, for every n in `sizes` that is reached.

    The leaves follow `held` others, of which only the `hashes` of their perfect subtrees are known.
    """
    roots = {0: sha256(b"").digest()}
    heights = [height for height in reversed(range(held.bit_length())) if held >> height & 1]
    perfect = list(zip(heights, hashes or [], strict=True))
    for size, leaf in enumerate(leaves, held + 1):
        height, node = 0, leaf
        while perfect and perfect[-1][0] == height:
            height, node = height + 1, sha256(b"\x01" + perfect.pop()[1] + node).digest()
        perfect.append((height, node))
        if size in sizes:
            roots[size] = folded([known for _, known in perfect])
    return roots


def grown(old: int, new: int, old_root: bytes, proof: list[bytes], whole: bool = True) -> tuple[bytes, bytes]:
    """Roots at both sizes that a consistency proof leads to (RFC 6962 2.1.2, which made it, read the other way).

    Takes what it uses from `proof`. Raises IndexError when that is too short.
    """
    if old == new:
        return (old_root, old_root) if whole else (proof[0], proof.pop(0))
    split = 1 << (new - 1).bit_length() - 1
    if old <= split:
        first, second = grown(old, split, old_root, proof, whole)
        return first, sha256(b"\x01" + second + proof.pop(0)).digest()
    first, second = grown(old - split, new - split, old_root, proof, whole=False)
    left = b"\x01" + proof.pop(0)
    return sha256(left + first).digest(), sha256(left + second).digest()


def is_prefix(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether hashes show that the tree of `old` leaves became the tree of `new` leaves."""
    if not 0 < old < new:
        return not proof and old_root == (new_root if old == new else sha256(b"").digest()) and old <= new
    left = list(proof)
    try:
        return grown(old, new, old_root, left) == (old_root, new_root) and not left
    except IndexError:
        return False


class Key(NamedTuple):
    """A named public key: 1 signs a note's text, 4 a time and the text, 6 (ML-DSA-44) a time and the checkpoint."""

    name: str
    type: int
    public: bytes


class Note(NamedTuple):
    """A text and its signature lines as (name, key id, payload)."""

    text: str
    signatures: list[tuple[str, bytes, bytes]]


def exact_base64(text: str) -> bytes:
    """Bytes of base64 in its one canonical spelling. Raises ValueError."""
    data = b64decode(text.encode("ascii"), validate=True)
    if not data or b64encode(data).decode() != text:
        raise ValueError("base64 in another than the canonical spelling")
    return data


def read_note(data: bytes, where: str) -> Note:
    """Parse a signed note; nothing is verified yet."""
    if len(data) > MAX_NOTE_BYTES:
        raise Refused(where, f"a note of {len(data):,} bytes; the limit is {MAX_NOTE_BYTES:,}")
    try:
        text, blank, signed = data.decode().rpartition("\n\n")
        lines = signed.split("\n")
        if not blank or lines.pop() or not lines or any(char < " " for char in (text + signed).replace("\n", "")):
            raise ValueError("no text, blank line and signature lines, each ended by a newline")
        if len(lines) > MAX_NOTE_SIGNATURES:
            raise ValueError(f"more than {MAX_NOTE_SIGNATURES} signatures")
        signatures = []
        for line in lines:
            dash, name, encoded = line.split(" ")
            if dash != "\u2014" or not 1 <= len(name.encode()) <= 255 or "+" in name or any(map(str.isspace, name)):
                raise ValueError(f"{line[:80]!r} is no signature line")
            payload = exact_base64(encoded)
            if not 4 < len(payload) <= MAX_SIGNATURE_BYTES:
                raise ValueError("a signature too short or too long")
            signatures.append((name, payload[:4], payload[4:]))
    except ValueError as error:
        raise Refused(where, f"is no signed note: {error}") from None
    return Note(text + "\n", signatures)


def checkpoint_lines(text: str) -> tuple[str, int, bytes]:
    """Log, size and root of a checkpoint's text. Raises ValueError."""
    origin, size, root_text, end = text.split("\n")
    root = exact_base64(root_text)
    if end or len(root) != 32 or not re.fullmatch("0|[1-9][0-9]{0,18}", size):
        raise ValueError("it has another shape")
    if not int(size) and root != sha256(b"").digest():
        raise ValueError("an empty log has one root only")
    return origin, int(size), root


def signed_message(text: str, key: Key, time_s: int) -> bytes:
    """What a key of this type signs of a note's text (C2SP tlog-cosignature for 4 and 6). Raises ValueError."""
    if key.type == 1:
        return text.encode()
    if key.type == 4:
        return b"cosignature/v1\ntime %d\n%b" % (time_s, text.encode())
    origin, size, root = checkpoint_lines(text)
    named, of_log = (bytes([len(name.encode())]) + name.encode() for name in (key.name, origin))
    first, end = bytes(8), size.to_bytes(8, "big")
    return b"subtree/v1\n\0" + named + time_s.to_bytes(8, "big") + of_log + first + end + root


def note_key_id(key: Key) -> bytes:
    """What stands before a signature by this key on a note."""
    return sha256(key.name.encode() + b"\n" + bytes([key.type]) + key.public).digest()[:4]


def times_signed(note: Note, key: Key, where: str) -> list[int]:
    """One time per signature of a key on a note (0 for type 1). A signature that fails refuses the note."""
    key_id = note_key_id(key)
    # With type 6, time 0 would mean "perhaps not the largest tree I have seen", and that is no receipt.
    holds, earliest_s = (ml_dsa_holds, 1) if key.type == 6 else (ed25519_holds, 0)
    stated = []
    for payload in (payload for *owner, payload in note.signatures if owner == [key.name, key_id]):
        time_s, signature = (0, payload) if key.type == 1 else (int.from_bytes(payload[:8], "big"), payload[8:])
        try:
            message = signed_message(note.text, key, time_s)
        except ValueError:
            raise Refused(where, f"{key.name} signs checkpoints, and this is none: log, size, root") from None
        if not earliest_s <= time_s < 1 << 63 or not holds(key.public, signature, message):
            raise Refused(where, f"the signature of {key.name} does not fit what stands there")
        stated.append(time_s)
    return stated


class Checkpoint(NamedTuple):
    """A log's own statement of its size and root, and when the last witness cosigned it (None: one has not)."""

    size: int
    root: bytes
    cosigned_s: int | None


def read_checkpoint(data: bytes, log_key: Key, witnesses: list[Key], where: str) -> Checkpoint:
    """A checkpoint that the log has signed; all cosignatures of the witness's keys on it must hold."""
    size, root, cosigned = read_cosigned(read_note(data, where), log_key, witnesses, where)
    return Checkpoint(size, root, max(cosigned.values()) if 0 < len(cosigned) == len(witnesses) else None)


def read_cosigned(note: Note, log_key: Key, witnesses: list[Key], where: str) -> tuple[int, bytes, dict[Key, int]]:
    """Size and root of a checkpoint that the log has signed, and when each of the witness's keys cosigned it."""
    signed, cosigned = times_signed(note, log_key, where), {key: times_signed(note, key, where) for key in witnesses}
    if not signed:
        raise Refused(where, f"is not signed by the key of log {log_key.name}")
    try:
        origin, size, root = checkpoint_lines(note.text)
    except ValueError:
        raise Refused(where, "a checkpoint has three lines: log, size, root") from None
    if origin != log_key.name:
        raise Refused(where, "is no checkpoint of this log")
    return size, root, {key: times[0] for key, times in cosigned.items() if times}


# --- What an entry and its message may hold: strict JSON, and every field of every kind of message

ASKING = (
    "type:text message_id:id to_function:name from_desk:named from_function:named urgency:urgency "
    "acknowledge_by_s:time? relay_by_s:time? respond_by_s:time? phrase:phrase? text:text "
)
ANSWERING = "type:text message_id:id desk_id:name function:name "
FIELDS = {
    kind: dict(field.split(":") for field in fields.split())
    for kind, fields in {
        "entry": "origin:text sequence:count previous:hash issued_s:moment agreement_sha256:hash peer_size:count "
        "peer_root:hash commitment:hash",
        "alert_notice": ASKING + "alert:alert",
        "notice": ASKING + "notice_id:name revision:first change:step subject:subject_of_notice title:title "
        "volumes:volume*64 from_s:time until_s:time disclosure:disclosure contact_function:name "
        "item:item~",
        "item": "item_id:name revision:first details:details? commitment:hex? opening:opening?",
        "flight": "type:text state:intent_state priority:whole purpose:purpose kind:aircraft identities:identity*64 "
        "off_nominal_volumes:volume*64",
        "zone": "type:text state:zone_state basis:basis sought:basis",
        "protected_site": "type:text function:short position:position? radius_m:radius? markings:text",
        "movement": "type:text function:short route:position*64 half_width_m:radius? markings:text vehicles:count?",
        "opening": "salt:hash content:base64+8",
        "identification_request": ASKING + "track_id:id position:position altitude_m:number? altitude_datum:datum? "
        "east_mps:number? north_mps:number? identity:identity? seen_at_s:time agencies:title*64~ snippet:point*64~ "
        "approach:text~ case_id:id~",
        "point": "time_s:time position:position altitude_m:number?",
        "safety_stop": ASKING + "volume:volume",
        "request": ASKING + "asks:asks about:short until_s:time?",
        "consultation": ASKING + "form:form held_s:time by_functions:name+64 with_functions:name+64 topics:text+64 "
        "agreed:text*64 next_s:time?",
        "incident_report": ASKING + "incident_id:name at_s:time position:position? attachments:attachment*64 "
        "window:window~",
        "window": "cause:incident_cause title:title from_s:time until_s:time subjects:text*64 message_ids:id*64 "
        "zone_id:text?",
        "review_item": ASKING + "incident_id:name item_id:name revision:first kind:review words:text+64 "
        "owner_party:named owner_function:named due_s:time? state:measure?",
        "line_state": ASKING + "condition:condition cause:cause? from_s:time until_s:time? fallback:text",
        "agreement_event": ASKING + "step:agreement_step version:count sha256:hex from_s:time",
        "key_change": "type:text message_id:id statement:base64",
        "late_entry": ASKING + "said_s:time means:means of_kind:message by_us:flag our_function:name "
        "their_function:name about:short",
        "line_check": "type:text message_id:id answer_by_s:time scheduled:flag",
        "line_check_answer": ANSWERING + "answers:id cause:cause? remark:text",
        "acknowledgement": ANSWERING + "acknowledges:id read_at_s:time remark:text",
        "relay": ANSWERING + "relays:id unit:title confirmed_at_s:time remark:text",
        "response": ANSWERING + "responds_to:id verdict:verdict reference:short remark:text",
        "escalation": "type:text message_id:id escalates:id rung:rung function:name raised_at_s:time last:flag "
        "why:short",
        "alert": "alert_id:id kind:alert_kind change:change severity:severity time_s:time subjects:subject*2 "
        "parties:text*64 zone_id:text? source:text? numbers:numbers reason:text",
        "subject": "track_id:text identity:identity party:text? latitude_deg:latitude longitude_deg:longitude "
        "altitude_m:number? east_mps:number north_mps:number up_mps:number report_time_s:time",
        "identity": "icao_address:whole? callsign:text? remote_id:text?",
        "numbers": "horizontal_now_m:number? vertical_now_m:number? time_to_loss_s:number? time_to_end_s:number? "
        "time_to_closest_s:number? horizontal_closest_m:number? vertical_closest_m:number? in_breach_s:number? "
        "inside_s:number? silent_s:number? minimum_horizontal_m:number? minimum_vertical_m:number? "
        "rotation_deg:number~ displaced_m:number~ late_s:number~ altitude_off_m:number~ aircraft:whole~",
        "phrase": "code:name parameters:parameters",
        "position": "latitude_deg:latitude longitude_deg:longitude",
        "circle": "type:text centre:position radius_m:radius",
        "polygon": "type:text vertices:position*512",
        "volume": "area:area lower_m:number? upper_m:number? altitude_datum:datum? from_s:time until_s:time",
        "attachment": "sha256:hex title:title size_bytes:count",
    }.items()
}
ASKED = ["alert_notice", "notice", "identification_request", "safety_stop", "request", "consultation"]
ASKED += ["incident_report", "review_item", "line_state", "agreement_event", "late_entry"]
KINDS = [*ASKED, "key_change", "line_check", "line_check_answer", "acknowledgement", "relay", "response", "escalation"]
WORDS = {
    kind: words.split()
    for kind, words in {
        "message": " ".join(KINDS),
        "area": "circle polygon",
        "details": "flight zone protected_site movement",
        "intent_state": "accepted activated nonconforming contingent ended",
        "zone_state": "requested queued confirmed pre_active active closed cancelled",
        "purpose": "ordinary medical emergency",
        "basis": "unilateral acknowledged agreed",
        "aircraft": "crewed uncrewed",
        "urgency": "routine urgent immediate",
        "step": "new amended renewed cancelled opened",
        "subject_of_notice": "flight activity zone protected_site movement",
        "disclosure": "full coarse sealed",
        "datum": "pressure_standard ellipsoid msl_geoid",
        "asks": "pause reconsider move share",
        "form": "call meeting",
        "condition": "up degraded suspended withdrawn",
        "cause": "weather power network equipment maintenance desk_unmanned ordered other",
        "incident_cause": "by_hand separation_lost zone_penetrated link_lost ladder_ended reported",
        "review": "statement finding measure read_out closing",
        "measure": "proposed agreed done dropped",
        "agreement_step": "proposed signed in_force ended",
        "means": "telephone radio paper other",
        "verdict": "no_objection approved objection accepted declined ours not_ours checking keeping_clear "
        "cannot_comply confirmed disputed",
        "alert_kind": "separation time_in_breach zone stale_track feed_silent feed_misaligned overload",
        "change": "raised escalated eased cleared lapsed",
    }.items()
}
CHARS = {"text": (0, MAX_TEXT_CHARS), "short": (0, 200), "named": (0, 64)}
CHARS |= {"title": (1, 200), "name": (1, 64), "id": (1, 160)}
WHOLE = {"whole": (-MAX_NUMBER, MAX_NUMBER), "count": (0, MAX_NUMBER), "first": (1, MAX_NUMBER), "severity": (0, 4)}
WHOLE |= {"rung": (0, 15)}
RANGES = WHOLE | {"number": (-MAX_NUMBER, MAX_NUMBER), "moment": (0, MAX_NUMBER), "time": (0, MAX_TIME_S)}
RANGES |= {"latitude": (-90, 90), "longitude": (-180, 180), "radius": (5e-324, 500_000)}
STEPS = {
    kind: steps.split()
    for kind, steps in {
        **dict.fromkeys(ASKED, "acknowledgement relay response"),
        **dict.fromkeys(("alert_notice", "line_state"), "acknowledgement relay"),
        **dict.fromkeys(("consultation", "agreement_event", "late_entry", "review_item"), "acknowledgement response"),
        "line_check": "acknowledgement",
    }.items()
}
VERDICTS = {
    kind: words.split()
    for kind, words in {
        **dict.fromkeys(("consultation", "agreement_event"), "no_objection approved objection"),
        "notice": "no_objection approved objection checking",
        "identification_request": "ours not_ours checking",
        "safety_stop": "keeping_clear cannot_comply checking",
        "request": "accepted declined checking",
        "incident_report": "confirmed disputed checking",
        "late_entry": "confirmed disputed",
        "review_item": "confirmed disputed approved objection checking",
    }.items()
}
REVIEW_VERDICTS = {key: ["confirmed", "disputed", "checking"] for key in ("statement", "finding", "closing")}
REVIEW_VERDICTS |= {key: ["approved", "objection", "checking"] for key in ("measure", "read_out")}
DUE = {"acknowledgement": "acknowledge_by_s", "relay": "relay_by_s", "response": "respond_by_s"}
WITHIN = {"acknowledgement": "acknowledge_within", "relay": "relay_within", "response": "respond_within"}
SEVERITIES = ("information", "advisory", "caution", "warning", "breach")
ANSWERS = {  # kind: (the field that names what it answers, the step it is about)
    "acknowledgement": ("acknowledges", "acknowledgement"),
    "line_check_answer": ("answers", "acknowledgement"),
    "relay": ("relays", "relay"),
    "response": ("responds_to", "response"),
}
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")  # Unicode categories that do not show as what they are
ENVELOPE = re.compile(
    rb'\{"payload":"([A-Za-z0-9+/=]+)","payloadType":"(application/vnd\.steerclear\.entry\.v1\+json)",'
    rb'"signatures":\[\{"keyid":"([0-9a-f]{16})","sig":"([A-Za-z0-9+/=]+)"\}\]\}'
)


def fits(value: Any, kind: str) -> bool:
    """Whether a value is of a kind named above; "?" allows null, "*n" is a list of at most n, "+n" of at least one;
    "~" marks a field that may be left out.
    """
    if kind.endswith("?"):
        return value is None or fits(value, kind[:-1])
    if kind.endswith("~"):
        return fits(value, kind[:-1])
    for mark in "*+":
        if mark in kind:
            kind, most = kind.split(mark)
            fitting = isinstance(value, list) and "*+".index(mark) <= len(value) <= int(most)
            return fitting and all(fits(item, kind) for item in value)
    if kind in ("said", "area", "details"):
        tagged = value.get("type") if isinstance(value, dict) else None
        return tagged in WORDS["message" if kind == "said" else kind] and fits(value, tagged)
    if kind not in FIELDS:
        return fits_alone(value, kind)
    needed = {field for field, field_kind in FIELDS[kind].items() if not field_kind.endswith("~")}
    if not isinstance(value, dict) or not needed <= value.keys() <= FIELDS[kind].keys():
        raise ValueError(f"its {kind} has a field too many or too few")
    for field, field_kind in FIELDS[kind].items():
        if field in value and not fits(value[field], field_kind):
            raise ValueError(f"{field} of its {kind} holds what it must not")
    return holds_together(value, kind)


def fits_alone(value: Any, kind: str) -> bool:  # noqa: PLR0911 one line per sort of kind
    """Whether a text, number, truth value or dictionary of texts is of a kind."""
    if kind == "parameters":
        texts = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
        return texts and len(value) <= 16 and all(fits(name, "name") and fits(value[name], "title") for name in value)
    if kind == "flag":
        return isinstance(value, bool)
    if kind in RANGES:
        low, high = RANGES[kind]
        return (type(value) is int or (type(value) is float and kind not in WHOLE)) and low <= value <= high
    if not isinstance(value, str) or kind in WORDS:
        return isinstance(value, str) and value in WORDS.get(kind, ())
    if kind == "hex":
        return re.fullmatch("[0-9a-f]{64}", value) is not None
    if kind in ("hash", "base64"):
        return len(exact_base64(value)) == 32 if kind == "hash" else not value or len(exact_base64(value)) <= 3_000
    return CHARS[kind][0] <= len(value) <= CHARS[kind][1]


def holds_together(value: dict[str, Any], kind: str) -> bool:
    """What no field can say alone: spans of time and height, altitudes with their datum, polygons of three corners."""
    if kind in ("notice", "volume", "window") and not value["from_s"] < value["until_s"]:
        raise ValueError(f"its {kind} ends before it begins")
    heights = [value[name] for name in ("altitude_m", "lower_m", "upper_m") if value.get(name) is not None]
    heights += [point["altitude_m"] for point in value.get("snippet", ()) if point["altitude_m"] is not None]
    if kind in ("volume", "identification_request") and heights and value["altitude_datum"] is None:
        raise ValueError("an altitude without its datum")
    if kind == "volume" and len(heights) == 2 and not heights[0] < heights[1]:
        raise ValueError("upper_m is not above lower_m")
    if kind == "notice" and (value["change"] == "opened") is not ((value.get("item") or {}).get("opening") is not None):
        raise ValueError("a notice opens what was sealed and has no opening with it, or the other way round")
    if kind == "notice" and value.get("item") is not None:
        it_fits(value, value["item"])
    if kind == "item" and value["opening"] is not None and None in (value["commitment"], value["details"]):
        raise ValueError("an opening without the commitment that it opens, or without the item")
    if kind == "review_item":
        measure = value["kind"] == "measure"
        if measure is (value["state"] is None) or (measure and not (value["owner_party"] and value["owner_function"])):
            raise ValueError("a measure names who is to do it and where it stands, and nothing else does")
        if not any(paragraph.strip() for paragraph in value["words"]):
            raise ValueError("a review item says something")
    if kind == "polygon" and len(value["vertices"]) < 3:
        raise ValueError("a polygon has at least three vertices")
    return True


def it_fits(notice: dict[str, Any], item: dict[str, Any]) -> None:
    """Raises ValueError unless a notice and its item say the same of what it is."""
    details, subject = item["details"] or {}, "zone" if notice["subject"] == "activity" else notice["subject"]
    if item["item_id"] != notice["notice_id"] or details.get("type", subject) != subject:
        raise ValueError("its notice and the item of it do not fit each other")
    outside, volumes = details.get("off_nominal_volumes"), notice["volumes"]
    shortened = notice["change"] == "cancelled" and not volumes
    if outside and not shortened and volumes[-len(outside) :] != outside:
        raise ValueError("the off-nominal volumes of its flight are not the last ones of its notice")


def strict_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object with distinct keys and without hidden characters. Raises ValueError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    for value in found.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and any(unicodedata.category(char) in HIDDEN for char in item):
                raise ValueError("a text holds characters that do not show")
    return found


def read_json(data: bytes, kind: str) -> dict[str, Any]:
    """An entry, or what was said, from its JSON. Raises ValueError."""
    try:
        # NaN, Infinity and 1e999 come out as floats that are within no range.
        value: dict[str, Any] = json.loads(data.decode(), object_pairs_hook=strict_object)
        if not fits(value, kind):
            raise ValueError("it is no message")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"what its sender signed is not in the format: {error}") from None
    return value


def read_entry(line: bytes, sender_key: bytes) -> dict[str, Any]:
    """Content of one signed entry (DSSE envelope in its one spelling). Raises ValueError."""
    envelope = ENVELOPE.fullmatch(line)
    if envelope is None or len(line) > MAX_ENTRY_BYTES:
        raise ValueError("is not an entry: a DSSE envelope in its one canonical spelling")
    payload, kind, signature = exact_base64(envelope[1].decode()), envelope[2], exact_base64(envelope[4].decode())
    if envelope[3].decode() != key_hint(sender_key):
        raise ValueError("is signed by another key than the one that counts there for the sender")
    if not ed25519_holds(sender_key, signature, b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)):
        raise ValueError("the sender's signature does not fit it: what was said, or the signature, was changed")
    return read_json(payload, "entry")


def read_content(line: bytes, commitment: str) -> dict[str, Any] | None:
    """What an entry commits to: the message without its salt, None when it is withheld. Raises ValueError."""
    if line == b"null":
        return None
    content = exact_base64(line[1:-1].decode())
    if b'"' + line[1:-1] + b'"' != line or sha256(content).digest() != exact_base64(commitment):
        raise ValueError("is not what the entry commits to")
    if not SALT_BYTES < len(content) <= MAX_CONTENT_BYTES:
        raise ValueError("is too short or too long")
    return read_json(content[SALT_BYTES:], "said")


# --- The files of a bundle


class Bundle:
    """The files of a ZIP file or folder, read line by line within the limits; nothing is unpacked to disk."""

    def __init__(self, names: Iterable[str], opened: Callable[[str], IO[bytes]]) -> None:
        self.names: set[str] = set()
        for name in names:
            if name in self.names or len(self.names) >= MAX_FILES:
                raise Refused(ascii(name), f"stands in the bundle twice, or the bundle has more than {MAX_FILES} files")
            self.names.add(name)
        self.opened, self.left = opened, MAX_BUNDLE_BYTES
        self.digests: dict[str, str] = {}  # of the files that were read to their end

    def lines(self, name: str, longest: int = MAX_LINE_BYTES) -> Iterator[bytes]:
        """The lines of a file with their ends; a line that is too long comes in parts."""
        if name not in self.names:
            raise Refused(ascii(name), "is missing from the bundle")
        digest = sha256()
        try:
            with self.opened(name) as file:
                while line := file.readline(longest + 1):
                    digest.update(line)
                    self.left -= len(line)
                    if self.left < 0:
                        raise Refused(ascii(name), f"with it the bundle has more than {MAX_BUNDLE_BYTES:,} bytes")
                    yield line
        except (Refused, GeneratorExit):
            raise
        except Exception as error:  # zipfile raises many kinds for a damaged file: none of them is ours
            raise Refused(ascii(name), f"cannot be read: {error}") from None
        self.digests[name] = digest.hexdigest()

    def texts(self, name: str) -> Iterator[bytes]:
        """The lines of a file without their ends."""
        for index, line in enumerate(self.lines(name)):
            if not line.endswith(b"\n"):
                long = len(line) > MAX_LINE_BYTES
                raise Refused(name, f"line {index + 1} is too long" if long else "its last line is cut off")
            yield line[:-1]

    def small(self, name: str) -> bytes:
        """A whole small file."""
        data = b""
        for line in self.lines(name):
            data += line
            if len(data) > MAX_SMALL_BYTES:
                raise Refused(name, f"has more than {MAX_SMALL_BYTES:,} bytes")
        return data

    def digest(self, name: str) -> str:
        """SHA-256 of a file."""
        if name not in self.digests:
            for _ in self.lines(name):
                pass
        return self.digests[name]


def open_bundle(path: Path) -> Bundle:
    """The bundle in a ZIP file or folder."""
    if path.is_dir():
        found = [file.relative_to(path).as_posix() for file in sorted(path.rglob("*")) if file.is_file()]
        return Bundle(found, lambda name: (path / name).open("rb"))

    def opened(name: str) -> IO[bytes]:
        with zipfile.ZipFile(path) as packed:
            return packed.open(name)  # keeps the file open for itself

    try:
        with zipfile.ZipFile(path) as packed:
            return Bundle(packed.namelist(), opened)
    except Refused:
        raise
    except Exception as error:
        raise Refused(str(path), f"is not a whole ZIP file: {error}") from None


# --- The agreement


class Party(NamedTuple):
    """A party as a version of the agreement names it: its keys, and the functions of its desks."""

    name: str
    root: bytes
    signing: bytes
    witness: bytes
    witness_ml_dsa: bytes | None
    desks: dict[str, list[str]]


class Version(NamedTuple):
    """What a verifier needs of a version of the agreement; the rest of it binds the parties, not the record."""

    id: str
    number: int
    sha256: str
    amends: str | None
    begins: Any
    parties: dict[str, Party]
    agreed: dict[tuple[str, str], dict[str, float]]  # see `agreed_times`


class Agreement(NamedTuple):
    """All versions, oldest first; they name the same keys, which change by key changes in the logs only."""

    id: str
    versions: list[Version]
    parties: dict[str, Party]


def an_id(value: Any) -> str:
    """An identifier that can stand in the name of a log. Raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch("(?!.*-to-)[a-z0-9][a-z0-9._-]{0,63}", value):
        raise ValueError(f"{value!r} is no identifier")
    return value


def a_key(value: Any) -> bytes:
    """An Ed25519 public key of the agreement. Raises ValueError."""
    key = b64decode(value, validate=True) if isinstance(value, str) else b""
    if len(key) != 32 or is_weak_key(key):
        raise ValueError(f"{value!r} is no sound Ed25519 public key")
    return key


def an_ml_dsa_key(value: Any) -> bytes | None:
    """An ML-DSA-44 public key of the agreement; None where it names none. Raises ValueError."""
    key = b64decode(value, validate=True) if isinstance(value, str) else b""
    if value is not None and len(key) != 1_312:
        raise ValueError(f"{value!r} is no ML-DSA-44 public key")
    return key or None


def seconds(text: Any) -> float:
    """A time as the agreement states it ("2 min", "1,800 s"). Raises ValueError."""
    stated = re.fullmatch(
        r"([0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?) ?(d|h|min|s)", str(text).strip()
    )
    if not isinstance(text, str) or stated is None:
        raise ValueError(f"{text!r} is no time")
    return float(Decimal(stated[1].replace(",", "")) * {"d": 86_400, "h": 3_600, "min": 60, "s": 1}[stated[2]])


def agreed_times(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, float]]:
    """Within what time each step of a message is due: by its kind and urgency; an alert's, by its kind and severity.

    Raises ValueError, KeyError, TypeError.
    """
    agreed = {("line_check", ""): {"acknowledgement": seconds(document["line_checks"]["answer_within"])}}
    for line in document.get("deadlines", []):
        agreed["alert " + line["kind"], line["severity"]] = {"acknowledgement": seconds(line["acknowledge_within"])}
    for line in document.get("message_deadlines", []):
        within = {step: line.get(name) for step, name in WITHIN.items()}
        agreed[line["message"], line["urgency"]] = {step: seconds(text) for step, text in within.items() if text}
    return agreed


def read_version(data: bytes, signatures: bytes, name: str) -> Version:
    """A version of the agreement, once the root key of every party has signed these bytes."""
    try:
        if len(data) > MAX_SMALL_BYTES or len(signatures) > MAX_SIGNATURES_BYTES:
            raise ValueError("it, or the file of its signatures, is too large")
        document = tomllib.loads(data.decode())
        head, parties = document["agreement"], dict[str, Party]()
        agreement_id, number = an_id(head["id"]), head["version"]
        if len(document["parties"]) > MAX_PARTIES:
            raise ValueError(f"it has more than {MAX_PARTIES} parties")
        for item in document["parties"]:
            root, signing, witness = (a_key(item["keys"][role]) for role in ("root", "signing", "witness"))
            desks = {an_id(desk["id"]): list(desk["functions"]) for desk in item["desks"]}
            second = an_ml_dsa_key(item["keys"].get("witness_ml_dsa"))
            party = Party(an_id(item["id"]), root, signing, witness, second, desks)
            named = [key for other in parties.values() for key in other[1:5] if key]
            if party.name in parties or len({*filter(None, party[1:5]), *named}) < len(named) + 3 + bool(second):
                raise ValueError(f"party {party.name!r} stands there twice, or a key of it does")
            parties[party.name] = party
        if type(number) is not int or len(parties) < 2:
            raise ValueError("it needs a version and two parties")
        begins, agreed = head["in_force_from"], agreed_times(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(name, f"cannot be read as an agreement: {error!r}") from None
    digest, note = sha256(data).hexdigest(), read_note(signatures, name)
    if note.text != f"steerclear agreement\n{agreement_id} {number}\nsha256 {digest}\n":
        raise Refused(name, "its bytes are not those that were signed")
    for party in parties.values():
        if not times_signed(note, Key(party.name, 1, party.root), name):
            raise Refused(name, f"the root key of {party.name} has not signed it")
    return Version(agreement_id, number, digest, head.get("amends"), begins, parties, agreed)


def read_agreements(bundle: Bundle) -> Agreement:
    """Every version: signed by the same root keys, each amending the bytes of the one before."""
    versions: list[Version] = []
    while f"agreements/{len(versions) + 1:04d}.toml" in bundle.names or not versions:
        agreement, signatures = (f"agreements/{len(versions) + 1:04d}.{kind}" for kind in ("toml", "sig"))
        new = read_version(bundle.small(agreement), bundle.small(signatures), agreement)
        old = versions[-1] if versions else new._replace(number=0, begins=None)
        follows = new.amends == (old.sha256 if versions else None) and (new.id, new.number) == (old.id, old.number + 1)
        roots = [{party.name: party.root for party in version.parties.values()} for version in (old, new)]
        try:
            if not follows or roots[0] != roots[1] or (versions and not old.begins < new.begins):
                raise TypeError
        except TypeError:
            what = "does not amend the version before it, begins earlier, or has other parties or root keys"
            raise Refused(agreement, what) from None
        versions.append(new)
    return Agreement(versions[-1].id, versions, versions[-1].parties)


# --- The keys of a party over its log: those of the agreement, and what its key changes there made of them

ROLES = ("signing", "witness", "witness-ml-dsa")
LOG_NAME = "steerclear/[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*"
CHANGE = re.compile(
    "(signing|witness|witness-ml-dsa) (?:new ([A-Za-z0-9+/=]+)|"
    f"revoke ([0-9a-f]{{16}}) after ({LOG_NAME}) (-1|0|[1-9][0-9]{{0,18}}))"
)
MAX_CHANGES, MAX_REVOKED, MAX_CHANGE_NUMBER, MAX_LOG_NAME = 1_000, 32, 999_999, 208


def key_hint(key: bytes) -> str:
    """By what name an entry or a key change calls a key."""
    return sha256(key).hexdigest()[:16]


def parsed_change(lines: list[str]) -> tuple[dict[str, bytes], list[tuple[str, str, str, int]]]:
    """New keys by role, and revocations as (role, key, log, last good entry). Raises ValueError."""
    new, revoked, order = dict[str, bytes](), list[tuple[str, str, str, int]](), []
    for line in lines:
        parts = CHANGE.fullmatch(line)
        if parts is None:
            raise ValueError(f"{line[:80]!r} says nothing about a key")
        role, key, hint, log, last = parts.groups()
        order.append((key is None, ROLES.index(role), hint or "", log or ""))
        if key is None:
            revoked.append((role, hint, log, int(last)))
            continue
        new[role] = exact_base64(key)
        if len(new[role]) != (1_312 if role == "witness-ml-dsa" else 32):
            raise ValueError(f"it names a {role} key that is none")
        if role != "witness-ml-dsa" and is_weak_key(new[role]):
            raise ValueError(f"it names a {role} key for which others could sign")
    if any(later <= earlier for earlier, later in pairwise(order)) or len(revoked) > MAX_REVOKED:
        raise ValueError("its lines are out of order, say a thing twice, or are too many")
    return new, revoked


class Period(NamedTuple):
    """The keys of a party, by role, from the entry of its log with the key change of that number on."""

    first: int
    number: int
    keys: dict[str, bytes | None]

    @property
    def signing(self) -> bytes:
        """The key under entries and checkpoints."""
        return self.keys["signing"] or b""


class Ring:
    """The keys of a party over its log to one peer. A key that was replaced never comes back."""

    def __init__(self, agreement_id: str, party: Party, peer: str) -> None:
        self.agreement_id, self.party = agreement_id, party
        self.log, self.mirrored = (
            f"steerclear/{agreement_id}/{name}" for name in (f"{party.name}-to-{peer}", f"{peer}-to-{party.name}")
        )
        self.periods = [Period(0, 0, dict(zip(ROLES, party[2:5], strict=True)))]
        self.last_good: dict[tuple[str, str], int] = {}  # of revoked keys, in the log that they sign

    def at(self, place: int) -> Period:
        """The keys that count for the entry at a place."""
        return self.periods[max(bisect_right(self.periods, place, key=lambda period: period.first) - 1, 0)]

    def change(self, statement: bytes, place: int, where: str) -> None:
        """Follow a key change that stands at a place."""
        note = read_note(statement, where)
        if len(note.signatures) != 1 or not times_signed(note, Key(self.party.name, 1, self.party.root), where):
            raise Refused(where, f"the root key of {self.party.name}, and nobody else, signs its key changes")
        try:
            self.follow(note.text.split("\n"), place)
        except ValueError as error:
            raise Refused(where, f"its key change does not count: {error}") from None

    def follow(self, lines: list[str], place: int) -> None:
        """The text of a key change whose signature holds. Raises ValueError."""
        if len(lines) < 6 or lines[:3] != ["steerclear key change", self.agreement_id, self.party.name]:
            raise ValueError("it is of another form, agreement or party")
        if not re.fullmatch("[1-9][0-9]{0,8}", lines[3]) or int(lines[3]) > MAX_CHANGE_NUMBER:
            raise ValueError("it has no number")
        if int(lines[3]) <= self.periods[-1].number or len(self.periods) > MAX_CHANGES:
            raise ValueError("it was said before, or there are too many")
        new, revoked = parsed_change(lines[4:-1])
        before = [self.party.root, *(key for period in self.periods for key in period.keys.values() if key)]
        if len({*before, *new.values()}) < len({*before}) + len(new):
            raise ValueError("it names a key that the party has had before, or one key twice")
        keys = self.periods[-1].keys | new
        for one in revoked:
            self.check_revoked(keys, *one, place)
        for role, hint, log, last in revoked:
            if log == (self.log if role == "signing" else self.mirrored):
                self.last_good[role, hint] = min(last, self.last_good.get((role, hint), last))
        self.periods.append(Period(place, int(lines[3]), keys))

    def check_revoked(
        self, keys: dict[str, bytes | None], role: str, hint: str, log: str, last: int, place: int
    ) -> None:
        """A revocation is of a former key of this party, in a log that it signs. Raises ValueError."""
        _, agreement_id, name = log.split("/")
        sender, between, receiver = name.partition("-to-")
        signs = sender if role == "signing" else receiver
        if agreement_id != self.agreement_id or not between or signs != self.party.name or sender == receiver:
            raise ValueError(f"a {role} key of {self.party.name} signs nothing in {log}")
        if len(log) > MAX_LOG_NAME or last >= 1 << 63 or (log == self.log and last >= place):
            raise ValueError("it revokes from after an entry that is not there yet")
        former = {key_hint(key) for period in self.periods if (key := period.keys[role])}
        if hint not in former or hint == key_hint(keys[role] or b""):
            raise ValueError(f"it revokes a {role} key that the party never had, or that goes on")

    def ends(self, period: Period) -> int | None:
        """Place of the key change that replaced the signing key of a period; None while it counts."""
        later = (one for one in self.periods if one.number > period.number and one.signing != period.signing)
        return next((one.first for one in later), None)

    def revoked_entries(self) -> list[dict[str, Any]]:
        """Entries that stand there under a key that was revoked, afterwards, as of an entry before them."""
        found = []
        for period in {one.signing: one for one in reversed(self.periods)}.values():
            last, end = self.last_good.get(("signing", key_hint(period.signing))), self.ends(period)
            first = max(period.first, (last or 0) + 1) if last is not None else 0
            if last is not None and end is not None and first < end:
                found.append({"key_id": key_hint(period.signing), "last": last, "first": first, "end": end})
        return found

    def witness_keys(self, period: Period) -> list[Key]:
        """Keys that cosign the other direction."""
        name = f"steerclear/{self.agreement_id}/{self.party.name}/witness"
        found = [(kind, period.keys[role]) for kind, role in ((4, "witness"), (6, "witness-ml-dsa"))]
        return [Key(name, kind, key) for kind, key in found if key]

    def cosigned(self, times_s: dict[Key, int], size: int, seen: int) -> tuple[bool, str, int] | None:
        """(whether they were replaced, why they were taken back, when they signed) of the best whole set of witness
        keys under a checkpoint of the other direction whose last entry had seen so much of this log.
        """
        sets = []
        for period, later in zip(self.periods, [*self.periods[1:], None], strict=True):
            keys = self.witness_keys(period)
            if any(key not in times_s for key in keys):
                continue
            why = ""
            for role, key in reversed([*zip(ROLES[1:], (key.public for key in keys), strict=False)]):
                last = self.last_good.get((role, key_hint(key)))
                if last is not None and size > last + 1:
                    why = f"the {role} key {key_hint(key)} was revoked as of entry {last} of {self.mirrored}"
            sets.append((later is not None and seen > later.first, why, max(times_s[key] for key in keys)))
        return min(sets, key=lambda one: (one[0], bool(one[1])), default=None)


# --- One direction of the line


def agreed_within(message: dict[str, Any], agreed: dict[tuple[str, str], dict[str, float]]) -> dict[str, float]:
    """Within what time each step of a message is agreed; where none is for its urgency, as for the next lower one."""
    kind = message["type"]
    if kind == "line_check":
        return agreed[kind, ""]
    if kind == "alert_notice":
        alert = message["alert"]
        asks = alert["change"] in ("raised", "escalated")
        return agreed.get((f"alert {alert['kind']}", SEVERITIES[alert["severity"]]), {}) if asks else {}
    tells = kind == "agreement_event" or (kind == "incident_report" and message["attachments"])
    if kind not in ASKED or (tells and not message["from_function"]):  # a machine that tells asks for nothing
        return {}
    levels = WORDS["urgency"][: WORDS["urgency"].index(message["urgency"]) + 1]
    found = next((agreed[kind, level] for level in reversed(levels) if (kind, level) in agreed), {})
    return {step: within_s for step, within_s in found.items() if step in STEPS[kind]}


def due_times(
    message: dict[str, Any], issued_s: float, agreed: dict[tuple[str, str], dict[str, float]]
) -> dict[str, float]:
    """When each step that is agreed for a message is due. A time in it counts where it is that, as far as two clocks
    agree: by one of its own choice a sender could make the other side look late.
    """
    due = {}
    for step, within_s in agreed_within(message, agreed).items():
        said = message["answer_by_s" if message["type"] == "line_check" else DUE[step]]
        near = said is not None and abs(said - (issued_s + within_s)) <= MAX_CLOCK_SKEW_S
        due[step] = said if near else issued_s + within_s
    return due


class Said(NamedTuple):
    """What a verdict needs of an entry; `message` is None where the content is withheld."""

    issued_s: float
    peer_size: int
    version: Version
    message: dict[str, Any] | None


KEPT = {"type", "escalates", "rung", "function", "raised_at_s", "last", "desk_id", "verdict", "unit", "cause"}
KEPT |= {"kind", *(field for field, _ in ANSWERS.values())}


class Log:
    """One direction of the line: read, every signature checked, roots still to be compared."""

    def __init__(self, agreement: Agreement, sender: Party, receiver: Party) -> None:
        self.name = f"{sender.name}-to-{receiver.name}"
        self.origin = f"steerclear/{agreement.id}/{self.name}"
        self.entries_file, self.contents_file, self.receipts_file = (
            f"logs/{self.name}/{kind}.jsonl" for kind in ("entries", "contents", "checkpoints")
        )
        self.head_file = f"logs/{self.name}/head.note"
        self.sender, self.receiver, self.versions = sender, receiver, agreement.versions
        self.ring = Ring(agreement.id, sender, receiver.name)
        self.covered, self.revoked_receipts = 0, list[str]()
        self.said: list[Said] = []
        self.leaves: list[bytes] = []
        self.seen: list[tuple[int, int, bytes]] = []  # (place, size, root) of the other log, where it is first seen
        self.withheld: list[int] = []
        self.attachments: set[str] = set()
        self.receipts: list[Checkpoint] = []
        self.roots: dict[int, bytes] = {}

    @property
    def received(self) -> int:
        """How many entries the receiver has proved to hold."""
        return self.receipts[-1].size if self.receipts else 0

    def message_id(self, place: int) -> str:
        """Name of the message at a place."""
        return f"{self.sender.name}:{self.receiver.name}:{place}"

    def place_of(self, message_id: str) -> int | None:
        """Place of a message by its name; None for none that is here."""
        number = message_id.rpartition(":")[2]
        place = int(number) if re.fullmatch("[0-9]{1,19}", number) else len(self.said)
        return place if self.message_id(place) == message_id and place < len(self.said) else None

    def where(self, place: int) -> str:
        """File, line and entry."""
        return f"{self.entries_file} line {place + 1} (entry {place})"

    def read_entries(self, bundle: Bundle, tick: Callable[[], None]) -> None:
        """Each entry: signed by the sender for this log, this place, after the entry before it; and its content."""
        previous, versions = sha256(self.origin.encode()).digest(), [version.sha256 for version in self.versions]
        contents, seen, version = bundle.texts(self.contents_file), (-1, ""), 0
        for place, line in enumerate(bundle.texts(self.entries_file)):
            told = next(contents, None)
            try:
                entry = self.read_signed(line, told, place)
                if entry["origin"] != self.origin:
                    raise ValueError(f"was signed for another log: {entry['origin']!r}")
                if place >= MAX_ENTRIES:
                    raise ValueError(f"a log of a bundle has at most {MAX_ENTRIES:,} entries")
                if entry["sequence"] != place:
                    raise ValueError(f"was signed as entry {entry['sequence']}: entries were removed, added or moved")
                if exact_base64(entry["previous"]) != previous:
                    raise ValueError("does not follow the entry before it: that one was changed")
                if entry["peer_size"] < seen[0]:
                    raise ValueError("has seen less of the other log than the entry before it")
                named = exact_base64(entry["agreement_sha256"]).hex()
                if named not in versions[version:]:
                    raise ValueError("names a version of the agreement that is not here, or an older one than before")
            except ValueError as error:
                raise Refused(self.where(place), str(error)) from None
            version, previous = versions.index(named), sha256(b"\x00" + line).digest()
            if (entry["peer_size"], entry["peer_root"]) != seen:
                seen = entry["peer_size"], entry["peer_root"]
                self.seen.append((place, seen[0], exact_base64(seen[1])))
            message = self.read_message(told, place, entry, self.versions[version])
            changed = (self.ring.periods[-1].first, self.ring.periods[-1].number > 0) == (place, True)
            if told and message and message["type"] == "key_change" and not changed:
                self.follow_keys(line, told, place)
            self.leaves.append(previous)
            self.said.append(Said(entry["issued_s"], entry["peer_size"], self.versions[version], message))
            tick()
        if next(contents, None) is not None:
            raise Refused(self.contents_file, "has more lines than there are entries")

    def read_signed(self, line: bytes, told: bytes | None, place: int) -> dict[str, Any]:
        """An entry under the key that counts there; a key change may bring in the very key that it is signed with."""
        try:
            return read_entry(line, self.ring.at(place).signing)
        except ValueError:
            statement = key_change(told)
            if statement is None:
                raise
        self.ring.change(statement, place, self.where(place))
        return read_entry(line, self.ring.at(place).signing)

    def follow_keys(self, line: bytes, told: bytes, place: int) -> None:
        """A key change that leaves the signing key as it is comes under that one."""
        self.ring.change(key_change(told) or b"", place, self.where(place))
        try:
            read_entry(line, self.ring.at(place).signing)
        except ValueError as error:
            raise Refused(self.where(place), str(error)) from None

    def read_message(
        self, line: bytes | None, place: int, entry: dict[str, Any], version: Version
    ) -> dict[str, Any] | None:
        """What a verdict needs of a message, once it is what the entry commits to, and when its steps are due."""
        where = f"{self.contents_file} line {place + 1} (entry {place})"
        if line is None:
            raise Refused(where, "is missing; a content that is not shown is said to be so")
        try:
            message = read_content(line, entry["commitment"])
        except ValueError as error:
            raise Refused(where, str(error)) from None
        if message is None:
            self.withheld.append(place)
            return None
        if message["message_id"] != self.message_id(place):
            raise Refused(where, "its message bears the name of another place")
        self.attachments |= {item["sha256"] for item in message.get("attachments", ())}
        due = due_times(message, entry["issued_s"], version.agreed)
        return {"due": due, **{field: value for field, value in message.items() if field in KEPT}}

    def read_receipts(self, bundle: Bundle, tick: Callable[[], None], other: Ring) -> None:
        """Each receipt: a checkpoint of this log, signed by its sender, cosigned by the receiver, growing."""
        for index, line in enumerate(bundle.texts(self.receipts_file)):
            where = f"{self.receipts_file} line {index + 1}"
            size, root, (replaced, revoked, time_s) = self.read_receipt(json_string(line, where), other, where)
            if replaced:
                raise Refused(where, "is signed by a key that did not count any more: it was replaced before")
            if index and size <= self.covered:
                raise Refused(where, "covers no more entries than the receipt before it")
            self.covered = size
            if revoked:
                self.revoked_receipts.append(f"line {index + 1}, of {size} entries: {revoked}")
            else:
                self.receipts.append(Checkpoint(size, root, time_s))
            tick()

    def read_receipt(self, data: bytes, other: Ring, where: str) -> tuple[int, bytes, tuple[bool, str, int]]:
        """Size and root of a receipt, and what its cosignatures are worth."""
        note = read_note(data, where)
        named = [Key(self.origin, 1, period.signing) for period in self.ring.periods]
        held = {signature[:2] for signature in note.signatures}
        at = max((at for at, key in enumerate(named) if (key.name, note_key_id(key)) in held), default=-1)
        witnesses = {key: None for period in other.periods for key in other.witness_keys(period)}
        size, root, times_s = read_cosigned(note, named[at], [*witnesses], where)
        worth = other.cosigned(times_s, size, self.said[size - 1].peer_size if 0 < size <= len(self.said) else 0)
        if worth is None:
            raise Refused(where, f"{self.receiver.name} has not cosigned it with all its keys: it is no receipt")
        end = self.ring.ends(self.ring.periods[at])
        return size, root, (worth[0] or (end is not None and size > end), *worth[1:])

    def check_root(self, checkpoint: Checkpoint, where: str) -> None:
        """A checkpoint is of the entries in this bundle."""
        held = len(self.leaves)
        if checkpoint.size > held:
            raise Refused(where, f"covers {checkpoint.size} entries and the bundle has {held}: some are missing")
        if self.roots[checkpoint.size] != checkpoint.root:
            raise Refused(where, f"was signed over other entries than the first {checkpoint.size} of the bundle")

    def received_s(self, place: int) -> int | None:
        """Time of the first receipt that covers an entry, by the receiver's clock."""
        first = bisect_right(self.receipts, place, key=lambda receipt: receipt.size)
        return self.receipts[first].cosigned_s if first < len(self.receipts) else None

    def set_stated(self) -> None:
        """Work out the latest time that the receiver had stated by each receipt."""
        self.latest_s = list(accumulate((receipt.cosigned_s or 0 for receipt in self.receipts), max))

    def stated_s(self, size: int) -> int:
        """Latest time that the receiver had stated when it held `size` entries."""
        given = bisect_right(self.receipts, size, key=lambda receipt: receipt.size)
        return self.latest_s[given - 1] if given else 0


def key_change(told: bytes | None) -> bytes | None:
    """The statement in a content that is a key change; None in any other, which is judged in its turn."""
    try:
        content = b64decode(told[1:-1], validate=True) if told else b""
        message = read_json(content[SALT_BYTES:], "said") if b'"key_change"' in content else {}
    except ValueError:
        return None
    return b64decode(message["statement"]) if message.get("type") == "key_change" else None


def json_string(line: bytes, where: str) -> bytes:
    """A note from its line."""
    try:
        note = json.loads(line.decode())
        return note.encode() if isinstance(note, str) else b""
    except (ValueError, RecursionError) as error:
        raise Refused(where, f"is no JSON string: {error}") from None


def check_roots(ours: Log, theirs: Log) -> None:
    """Receipts and references of both logs against the roots of the entries in the bundle."""
    for log, other in ((ours, theirs), (theirs, ours)):
        sizes = {receipt.size for receipt in log.receipts} | {size for _, size, _ in other.seen}
        log.roots = roots_at(log.leaves, {*sizes, len(log.leaves)})
        for index, receipt in enumerate(log.receipts):
            log.check_root(receipt, f"{log.receipts_file} line {index + 1}")
        log.set_stated()
    for log, other in ((ours, theirs), (theirs, ours)):
        for place, size, root in log.seen:
            if other.roots.get(size) != root:
                raise Refused(log.where(place), f"has seen another log {other.name} than the one in the bundle")
    if theirs.covered != len(theirs.said):
        what = f"{len(theirs.said)} entries, and receipts for {theirs.covered}: the exporter signs for all it holds"
        raise Refused(theirs.entries_file, what)


# --- What the record says


def why_void(log: Log, place: int, asked: Log) -> str | None:  # noqa: PLR0911 one line per reason
    """Why an answer or a raised rung has no effect although it was signed and sent; None when it has, or is neither.

    What answers a message that is not shown cannot be judged.
    """
    said, message = log.said[place], log.said[place].message
    if message is None:
        return None
    if message["type"] == "escalation":
        ours, theirs = log.place_of(message["escalates"]), asked.place_of(message["escalates"])
        known = (ours is not None and ours < place) or (theirs is not None and theirs < said.peer_size)
        return None if known else "it escalates a message that was never sent on this line"
    if message["type"] not in ANSWERS:
        return None
    field, step = ANSWERS[message["type"]]
    found = asked.place_of(message[field])
    if found is None:
        return "it answers a message that was never sent on this line"
    if found >= said.peer_size:
        return "it was given before its sender had seen the message"
    question = asked.said[found].message
    if question is None:
        return None
    checks = (question["type"] == "line_check") == (message["type"] == "line_check_answer")
    if step not in STEPS.get(question["type"], ()) or not checks:
        return f"a {message['type']} does not answer a {question['type']}"
    review = question["type"] == "review_item"
    verdicts = REVIEW_VERDICTS[question["kind"]] if review else VERDICTS.get(question["type"], [])
    if step == "response" and message["verdict"] not in verdicts:
        possible = ", ".join(verdicts)
        return f"{message['verdict']} is no response to a {question['type']}; possible are: {possible}"
    if message["function"] not in said.version.parties[log.sender.name].desks.get(message["desk_id"], []):
        desk, function = message["desk_id"], message["function"]
        return f"the agreement gives desk {desk!r} of {log.sender.name!r} no function {function!r}"
    return None


def steps_taken(log: Log, other: Log) -> dict[int, dict[str, int]]:
    """Per message of a log: the place in the other log of what takes each step; first ones, but the last response."""
    taken: dict[int, dict[str, int]] = {}
    for place, said in enumerate(other.said):
        if said.message is None or said.message["type"] not in ANSWERS or why_void(other, place, log) is not None:
            continue
        field, step = ANSWERS[said.message["type"]]
        asked = log.place_of(said.message[field])
        if asked is None or log.said[asked].message is None:
            continue
        steps = taken.setdefault(asked, {})
        if step == "response":
            steps["checking" if said.message["verdict"] == "checking" else step] = place
        else:
            steps.setdefault(step, place)
    return taken


def rungs_raised(log: Log, other: Log) -> dict[int, list[dict[str, Any]]]:
    """Per message of a log: the rungs that each party says it has raised."""
    raised: dict[int, list[dict[str, Any]]] = {}
    for by in (log, other):
        for message in (said.message for said in by.said if said.message and said.message["type"] == "escalation"):
            asked = log.place_of(message["escalates"])
            rungs = raised.setdefault(-1 if asked is None else asked, [])
            if all((rung["party"], rung["rung"]) != (by.sender.name, message["rung"]) for rung in rungs):
                said = {field: message[field] for field in ("rung", "function", "raised_at_s", "last")}
                rungs.append({"party": by.sender.name, **said})
    return raised


def why_late(log: Log, other: Log, place: int, due_s: float, exported_s: int) -> str | None:
    """Why an answer came late: by its own word, or as the receipts around it show."""
    said, received_s = other.said[place], other.received_s(place)
    if said.issued_s > due_s:
        return "issued after it was due"
    if log.stated_s(said.peer_size) > due_s:
        return "written after it was due, as a receipt that its sender had given before shows"
    if received_s is None:
        return "issued in time as its sender says, but not proved to have arrived" if exported_s > due_s else None
    if received_s > due_s:
        return "issued in time as its sender says, but first proved to have arrived after it was due"
    return None


def report_message(
    log: Log, other: Log, place: int, taken: dict[str, int], rungs: list[dict[str, Any]], exported_s: int
) -> dict[str, Any]:
    """One message: the five states, each on its own, what is owed, and what came late."""
    said, message = log.said[place], log.said[place].message
    owed: dict[str, list[str]] = {"overdue": [], "open": [], "not_shown": []}
    late: dict[str, str] = {}

    def hidden(before: int) -> bool:
        """Whether a withheld entry before a place of the other log had seen the message, so may answer it."""
        count = bisect_left(other.withheld, before)
        return count > 0 and other.said[other.withheld[count - 1]].peer_size > place

    due_s = {} if message is None else message["due"]
    for step, limit_s in due_s.items():
        if step not in taken:
            past = "overdue" if limit_s <= exported_s else "open"
            owed["not_shown" if hidden(len(other.said)) else past].append(step)
        elif why := why_late(log, other, taken[step], limit_s, exported_s):
            if hidden(taken[step]):
                owed["not_shown"].append(step)
            else:
                late[step] = why
    given: dict[str, dict[str, Any]] = {}
    for step, at in taken.items():
        answer = other.said[at].message or {}
        given[step] = {
            "by": f"{answer['function']} at {answer['desk_id']}",
            "message_id": other.message_id(at),
            "issued_s": other.said[at].issued_s,
            "received_s": other.received_s(at),
            "says": answer.get("unit") or answer.get("verdict") or answer.get("cause") or "",
        }
    response = given.get("response")
    verdict = response["says"] if response else "other_verdict"
    verdict = verdict if verdict in ("no_objection", "approved") else "other_verdict"
    return {
        "message_id": log.message_id(place),
        "kind": "not shown" if message is None else message["type"],
        "issued_s": said.issued_s,
        "received_s": log.received_s(place),
        "due_s": due_s,
        "acknowledged": given.get("acknowledgement"),
        "relayed": given.get("relay"),
        **dict.fromkeys(("no_objection", "approved", "other_verdict")),
        **({verdict: response} if response else {}),
        "checking": given.get("checking"),
        "rungs": rungs,
        **owed,
        "late": late,
        "without_effect": why_void(log, place, other),
        "misdated": said.issued_s + MAX_CLOCK_SKEW_S < other.stated_s(said.peer_size),
    }


def report_log(log: Log, other: Log, exported_s: int) -> dict[str, Any]:
    """What one direction says, and what the other direction answers."""
    taken, rungs = steps_taken(log, other), rungs_raised(log, other)
    messages = [
        report_message(log, other, place, taken.get(place, {}), rungs.get(place, []), exported_s)
        for place in range(len(log.said))
    ]
    given = ("acknowledged", "relayed", "no_objection", "approved", "other_verdict")
    return {
        "origin": log.origin,
        "entries": len(log.said),
        "root": log.roots[len(log.said)].hex(),
        "received": log.received,
        "withheld": list(map(log.message_id, log.withheld)),
        "kinds": dict(Counter(message["kind"] for message in messages)),
        "states": {state: sum(message[state] is not None for message in messages) for state in given},
        "messages": messages,
        "key_changes": [period.first for period in log.ring.periods[1:]],
        "revoked": log.ring.revoked_entries(),
        "revoked_receipts": log.revoked_receipts,
    }


# --- The whole


class Checked(NamedTuple):
    """A record that holds."""

    agreement: Agreement
    ours: Log
    theirs: Log
    exported_s: int
    attachments: dict[str, str]


def check(bundle: Bundle, tick: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Report of a bundle that holds. Raises Refused. `tick` is called after each signed line."""
    found = checked(bundle, tick)
    return whole_report(bundle, found.agreement, (found.ours, found.theirs), found.exported_s, found.attachments)


def checked(bundle: Bundle, tick: Callable[[], None] = lambda: None) -> Checked:
    """What a bundle that holds is made of. Raises Refused."""
    agreement = read_agreements(bundle)
    manifest = read_note(bundle.small(MANIFEST), MANIFEST)
    head = re.match(
        r"steerclear record 2\nagreement (\S+)\nexported by (\S+) with (\S+) at (0|[1-9][0-9]{0,11})\n", manifest.text
    )
    if head is None or head[1] != agreement.id or head[2] == head[3]:
        raise Refused(MANIFEST, "is not the manifest of a record (format 2) under this agreement")
    if not {head[2], head[3]} <= agreement.parties.keys():
        raise Refused(MANIFEST, "names a party that the agreement does not have")
    exporter, peer, exported_s = agreement.parties[head[2]], agreement.parties[head[3]], int(head[4])
    for party in (exporter, peer):
        if any(version.parties[party.name][1:5] != party[1:5] for version in agreement.versions):
            raise Refused(MANIFEST, f"a version of the agreement names other keys for {party.name} than another one")
    ours, theirs = Log(agreement, exporter, peer), Log(agreement, peer, exporter)
    for log in (ours, theirs):
        log.read_entries(bundle, tick)
    own_key = Key(ours.origin, 1, ours.ring.periods[-1].signing)
    if not times_signed(manifest, own_key, MANIFEST):
        raise Refused(MANIFEST, f"{exporter.name} has not signed it")
    for log, other in ((ours, theirs), (theirs, ours)):
        log.read_receipts(bundle, tick, other.ring)
    check_roots(ours, theirs)
    end = read_checkpoint(bundle.small(ours.head_file), own_key, [], ours.head_file)
    ours.check_root(end, ours.head_file)
    if end.size != len(ours.said):
        raise Refused(ours.head_file, f"was signed over {end.size} entries and the bundle has {len(ours.said)}")
    attachments = check_files(bundle, manifest.text[head.end() :], agreement, (ours, theirs))
    return Checked(agreement, ours, theirs, exported_s, attachments)


def agreement_files(agreement: Agreement) -> set[str]:
    """Names of the files of all versions."""
    places = range(1, len(agreement.versions) + 1)
    return {f"agreements/{place:04d}.{kind}" for place in places for kind in ("toml", "sig")}


def check_files(bundle: Bundle, listed: str, agreement: Agreement, logs: tuple[Log, Log]) -> dict[str, str]:
    """The files are those of the format; the exporter signed for all but contents and attachments, which are bound by
    entries. What became of each file that a shown report names.
    """
    signed = {VERIFIER, logs[0].head_file, *agreement_files(agreement)}
    signed |= {name for log in logs for name in (log.entries_file, log.receipts_file)}
    named = {f"attachments/{digest}" for log in logs for digest in log.attachments}
    allowed = signed | named | {MANIFEST, *(log.contents_file for log in logs)}
    for name in sorted(bundle.names - allowed) + sorted(allowed - named - bundle.names):
        raise Refused(ascii(name), "does not belong into a bundle, or is missing from it")
    for name in sorted(named & bundle.names):
        if f"attachments/{bundle.digest(name)}" != name:
            raise Refused(name, "does not have the SHA-256 that is its name")
    for name in sorted(signed):
        if f"{bundle.digest(name)} {name}\n" not in listed:
            raise Refused(name, "was changed after the export: it has another SHA-256")
    if listed != "".join(f"{bundle.digest(name)} {name}\n" for name in sorted(signed)):
        raise Refused(MANIFEST, "does not list exactly the files of this bundle")
    return {name[12:]: "shown" if name in bundle.names else "not in the bundle" for name in sorted(named)}


def whole_report(
    bundle: Bundle, agreement: Agreement, logs: tuple[Log, Log], exported_s: int, attachments: dict[str, str]
) -> dict[str, Any]:
    """Everything a reader of the record should know, with what is proven and what is not in words."""
    ours, theirs = logs
    reports = [report_log(ours, theirs, exported_s), report_log(theirs, ours, exported_s)]
    newest = agreement.versions[-1].number
    which = "version 1" if newest == 1 else f"versions 1 to {newest}"
    proven = [
        f"The root keys of all parties have signed agreement {agreement.id}, {which}.",
        f"{ours.sender.name} handed out this bundle; nothing in it was changed since, but contents may have been"
        " withheld.",
    ]
    not_proven = [
        "That the root keys in the agreement belong to the parties: compare their fingerprints with the parties.",
        "That any clock was right: times of issue are the sender's word, times of receipt the receiver's.",
        f"That the newest entries are here: {ours.sender.name} can leave out the end of both logs, and with it an"
        " answer that seems missing. The other party's record of the same time shows it.",
        "That a person read a message that no named function has acknowledged: a receipt is a machine's.",
        "That a verifier which came with the bundle is honest: use one from a source you trust.",
    ]
    for log, report in zip(logs, reports, strict=True):
        count, to = len(log.said), log.receiver.name
        proven.append(
            f"{log.name}: {count} entries, each signed by its sender, in one unbroken order; {to} has"
            f" cosigned the first {log.received}, so it held them and cannot deny them, nor the sender change them."
        )
        if log.received < count:
            not_proven.append(f"{log.name}: that the last {count - log.received} entries ever reached {to}.")
        proven += [
            f"{log.name}: the root key of {log.sender.name} has changed its keys at entry {place}, and signed how."
            for place in report["key_changes"]
        ]
        not_proven += [
            f"{log.name}: that {log.sender.name} wrote entries {one['first']} to {one['end'] - 1}: they are signed by"
            f" the key {one['key_id']}, which was revoked as of entry {one['last']}."
            for one in report["revoked"]
        ]
        not_proven += [f"{log.name}: what a receipt says that was taken back, {why}." for why in log.revoked_receipts]
        if log.withheld:
            not_proven.append(
                f"{log.name}: what {len(log.withheld)} of its entries say: their contents are withheld, by whom is not"
                " known. Where one of them may be an answer, none is counted as given or missing. One may revoke a key."
            )
        if misdated := sum(message["misdated"] for message in report["messages"]):
            not_proven.append(
                f"{log.name}: when {misdated} of its entries were written: they state times before receipts that their"
                " sender had given already."
            )
    if bundle.digest(VERIFIER) != sha256(Path(__file__).read_bytes()).hexdigest():
        not_proven.append("That verify.py in the bundle is honest: it is another file than this verifier ships or is.")
    return {
        "verified": True,
        "agreement_id": agreement.id,
        "agreements": [version.sha256 for version in agreement.versions],
        "exported_by": ours.sender.name,
        "exported_s": exported_s,
        "logs": reports,
        "attachments": attachments,
        "proven": proven,
        "not_proven": not_proven,
        "root_keys": root_keys(agreement),
    }


def root_keys(agreement: Agreement) -> dict[str, str]:
    """Fingerprints for comparing by voice."""
    parties = agreement.parties.values()
    return {party.name: " ".join(re.findall("....", sha256(party.root).hexdigest()[:32])) for party in parties}


# --- Evidence against a party: a contradiction in what it has signed, which no party makes that keeps one history

EVIDENCE_FORMATS = ("steerclear evidence 1", "steerclear evidence 2")  # the second one shows key changes


class Accused:
    """The keys of the accused over its log to the accuser, and what was signed by those of them that count.

    A key change stands there as in the log: its entry says its place. What a revoked key signed counts for nothing, of
    whatever place: who has stolen a key can sign any. But an entry that counts vouches for the one that it names as the
    one before. What is not shown does not count, so the words tell what is.
    """

    def __init__(self, log: Log) -> None:
        self.log, self.ring = log, log.ring
        self.used: set[tuple[str, str]] = set()  # role and key id

    def follow_shown(self, bundle: Bundle) -> None:
        """The key changes that the evidence shows, the oldest first."""
        entries, contents = (
            list(islice(bundle.texts(name), MAX_CHANGES + 1)) for name in (CHANGE_ENTRIES, CHANGE_CONTENTS)
        )
        if not 0 < len(entries) == len(contents) <= MAX_CHANGES:
            raise Refused(CHANGE_ENTRIES, "must hold an entry for each content, at least one and not too many")
        for index, (line, told) in enumerate(zip(entries, contents, strict=True)):
            where, envelope = f"{CHANGE_ENTRIES} line {index + 1}", ENVELOPE.fullmatch(line)
            try:
                if envelope is None or (statement := key_change(told)) is None:
                    raise ValueError("is no entry with a key change")
                place = read_json(exact_base64(envelope[1].decode()), "entry")["sequence"]
                if index and place <= self.ring.periods[-1].first:
                    raise ValueError("stands behind a later one")
                self.ring.change(statement, place, where)
                entry = read_entry(line, self.ring.periods[-1].signing)
                message = read_content(told, entry["commitment"])
                if entry["origin"] != self.log.origin or not message:
                    raise ValueError("stands in another log")
                if message["message_id"] != self.log.message_id(place):
                    raise ValueError("bears the name of another place")
            except ValueError as error:
                raise Refused(where, str(error)) from None

    def entries(self, lines: list[bytes]) -> list[dict[str, Any]]:
        """Entries, of which the last one and all that nothing follows must be under keys that count."""
        read = [self.entry(line) for line in lines]
        named = [exact_base64(entry["previous"]) for entry, _ in read[1:]]
        for (_, period), line, after in zip(read, lines, [*named, b""], strict=True) if lines else ():
            if after != sha256(b"\x00" + line).digest():
                self.rely(SIGNED_ENTRIES, "signing", period)
        return [entry for entry, _ in read]

    def entry(self, line: bytes) -> tuple[dict[str, Any], Period]:
        """An entry under the key of its place, and the keys of that time."""
        envelope = ENVELOPE.fullmatch(line)
        named = [one for one in self.ring.periods if envelope and key_hint(one.signing) == envelope[3].decode()]
        try:
            entry = read_entry(line, (named or self.ring.periods)[0].signing)
            period = self.ring.at(entry["sequence"])
            if not named or period.signing != named[0].signing:
                raise ValueError("is signed by a key that does not count at its place")
            if entry["origin"] != self.log.origin:
                raise ValueError("is an entry of another log")
        except ValueError as error:
            raise Refused(SIGNED_ENTRIES, str(error)) from None
        return entry, period

    def checkpoint(self, data: bytes) -> Checkpoint:
        """A checkpoint of its log, under a key that may sign so many entries."""
        note = read_note(data, SIGNED_NOTES)
        held = {signature[:2] for signature in note.signatures}
        named = [(one, Key(self.log.origin, 1, one.signing)) for one in reversed(self.ring.periods)]
        period, key = next((pair for pair in named if (pair[1].name, note_key_id(pair[1])) in held), named[0])
        size, root, _ = read_cosigned(note, key, [], SIGNED_NOTES)
        end = self.ring.ends(period)
        if end is not None and size > end:
            raise Refused(SIGNED_NOTES, f"is signed by a key that was replaced at entry {end}")
        self.rely(SIGNED_NOTES, "signing", period)
        return Checkpoint(size, root, None)

    def receipt(self, origin: str, data: bytes) -> Checkpoint:
        """What a whole set of its witness keys has signed of the other log, whose own signature is not asked for."""
        note = read_note(data, SIGNED_NOTES)
        keys = {key for period in self.ring.periods for key in self.ring.witness_keys(period)}
        times_s = {key: times[0] for key in keys if (times := times_signed(note, key, SIGNED_NOTES))}
        sets = [(one, self.ring.witness_keys(one)) for one in reversed(self.ring.periods)]
        whole = [(one, max(times_s[key] for key in keys)) for one, keys in sets if times_s.keys() >= {*keys}]
        if not whole:
            raise Refused(SIGNED_NOTES, f"{self.log.sender.name} has not cosigned it with all its witness keys")
        sound = [one for one in whole if not any(self.revoked(role, one[0]) for role in ROLES[1:])]
        period, time_s = (sound or whole)[0]
        for role in ROLES[1:]:
            self.rely(SIGNED_NOTES, role, period)
        try:
            named, size, root = checkpoint_lines(note.text)
        except ValueError:
            raise Refused(SIGNED_NOTES, "a checkpoint has three lines: log, size, root") from None
        if named != origin:
            raise Refused(SIGNED_NOTES, "is no checkpoint of this log")
        return Checkpoint(size, root, time_s)

    def revoked(self, role: str, period: Period) -> bool:
        """Whether a change that is shown revokes a key."""
        return (role, key_hint(period.keys[role] or b"")) in self.ring.last_good

    def rely(self, where: str, role: str, period: Period) -> None:
        """Count on a key, unless it was revoked."""
        if key := period.keys[role]:
            if self.revoked(role, period):
                raise Refused(where, f"the {role} key {key_hint(key)} was revoked: it accuses nobody")
            self.used.add((role, key_hint(key)))

    def basis(self) -> str:
        """Which keys it rests on, in words; nothing where all are the agreement's, for none that changed is shown."""
        periods, told = self.ring.periods, []
        for role in ROLES:
            first = {key_hint(key): one for one in reversed(periods) if (key := one.keys[role])}
            for hint, one in sorted(first.items(), key=lambda item: item[1].number):
                change = f"key change {one.number} at entry {one.first} of {self.log.name}"
                if (role, hint) in self.used:
                    told.append(f"{role} {hint} of {change if one.number else 'the agreement'}")
        return (
            ""
            if len(periods) == 1
            else (
                f" The keys it rests on: {', '.join(told)}. Not shown: that {self.log.sender.name} had not replaced or"
                " revoked one of them by another key change than those in the evidence."
            )
        )


def check_evidence(bundle: Bundle, tick: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """What evidence proves, and against whom. Raises Refused."""
    agreement = read_agreements(bundle)
    try:
        claim = json.loads(bundle.small(EVIDENCE).decode(), object_pairs_hook=strict_object)
        if claim.keys() != {"format", "proves", "against", "by", "root", "hashes"} or len(claim["hashes"]) > 64:
            raise ValueError("it has a field too many or too few, or too many hashes")
        hashes, root = [exact_base64(text) for text in claim["hashes"]], b64decode(claim["root"], validate=True)
        if claim["format"] not in EVIDENCE_FORMATS or any(len(each) != 32 for each in hashes):
            raise ValueError("it is of another format")
        accused, by = agreement.parties[claim["against"]], agreement.parties[claim["by"]]
        contradiction = CONTRADICTIONS[claim["proves"]]
        if accused is by:
            raise ValueError("nobody accuses himself")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(EVIDENCE, f"cannot be read: {error!r}") from None
    log, told = Log(agreement, accused, by), Log(agreement, by, accused)
    files, keys = {EVIDENCE, STATEMENT, SIGNED_ENTRIES, SIGNED_NOTES, VERIFIER}, Accused(log)
    if claim["format"] == EVIDENCE_FORMATS[1]:
        files |= {CHANGE_ENTRIES, CHANGE_CONTENTS}
        keys.follow_shown(bundle)
    lines = list(islice(bundle.texts(SIGNED_ENTRIES), MAX_SIGNED + 1))
    texts = list(islice(bundle.texts(SIGNED_NOTES), MAX_SIGNED + 1))
    if max(len(lines), len(texts)) > MAX_SIGNED:
        raise Refused(SIGNED_ENTRIES, "it, or the checkpoints, are too many lines")
    entries = keys.entries(lines)
    receipts = claim["proves"] in ("false_view", "held")
    read_signed = partial(keys.receipt, told.origin) if receipts else keys.checkpoint
    notes = [read_signed(json_string(text, SIGNED_NOTES)) for text in texts]
    leaves = [sha256(b"\x00" + line).digest() for line in lines]
    signed = Signed(log, told, entries, leaves, notes, root, hashes)
    shown = contradiction(signed)
    if shown is None:
        raise Refused(EVIDENCE, "there is no contradiction in it")
    tick()
    statement = f"{accused.name} has {shown}.{keys.basis()}"
    for name in sorted(bundle.names ^ files ^ agreement_files(agreement)):
        raise Refused(ascii(name), "does not belong into evidence, or is missing from it")
    if bundle.small(STATEMENT) != f"{statement}\n".encode():
        raise Refused(STATEMENT, f"says something else than what is proven: {statement}")
    named = {field: claim[field] for field in ("proves", "against", "by")}
    told_of = {"agreement_id": agreement.id, "statement": statement, "root_keys": root_keys(agreement)}
    return {"verified": True, **named, **told_of}


class Signed(NamedTuple):
    """What evidence rests on: signed by the accused in `log`, or cosigned by it in `told`, the other direction."""

    log: Log
    told: Log
    entries: list[dict[str, Any]]
    leaves: list[bytes]
    notes: list[Checkpoint]
    root: bytes
    hashes: list[bytes]

    @property
    def two(self) -> bool:
        """Whether it rests on two entries and nothing else."""
        return len(self.entries) == 2 and not (self.notes or self.root or self.hashes)

    @property
    def follows(self) -> bool:
        """Whether the second entry says that it follows the first."""
        return exact_base64(self.entries[1]["previous"]) == self.leaves[0]


def shows_fork(it: Signed) -> str | None:
    """Two checkpoints; hashes lead from another root at the smaller size to the larger one."""
    if len(it.notes) != 2 or it.entries or len(it.root) != 32:
        return None
    old, new = it.notes
    if it.root == old.root or not is_prefix(old.size, it.root, new.size, new.root, it.hashes):
        return None
    return (
        f"signed two histories of {it.log.name}: one of {old.size} entries, and one of {new.size} entries of which the"
        f" first {old.size} are others"
    )


def shows_wrong_root(it: Signed) -> str | None:
    """What was held, and the entries after it, make another root than the one signed."""
    held = it.entries[0]["sequence"] if it.entries else 0
    if not it.entries or len(it.notes) != 1 + (held > 0) or len(it.hashes) != held.bit_count() or it.root:
        return None
    if held and (it.notes[0].size, it.notes[0].root) != (held, folded(it.hashes)):
        return None
    size = held + len(it.entries)
    if [entry["sequence"] for entry in it.entries] != list(range(held, size)) or it.notes[-1].size != size:
        return None
    if roots_at(it.leaves, {size}, held, it.hashes)[size] == it.notes[-1].root:
        return None
    return f"signed a checkpoint of {size} entries of {it.log.name} that is not of the entries it signed"


def shows_two_entries(it: Signed) -> str | None:
    """Two entries for one place."""
    if not it.two or it.entries[0]["sequence"] != it.entries[1]["sequence"] or it.leaves[0] == it.leaves[1]:
        return None
    return f"signed two different entries {it.entries[0]['sequence']} of {it.log.name}"


def shows_broken_chain(it: Signed) -> str | None:
    """An entry that does not follow the one before it."""
    if len(it.entries) == 1 and not (it.notes or it.root or it.hashes):
        first = exact_base64(it.entries[0]["previous"]) == sha256(it.log.origin.encode()).digest()
        if it.entries[0]["sequence"] != 0 or first:
            return None
        return f"signed a first entry of {it.log.name} that follows something else than the name of the log"
    if not it.two or it.follows or it.entries[1]["sequence"] != it.entries[0]["sequence"] + 1:
        return None
    one, two = (entry["sequence"] for entry in it.entries)
    return f"signed entry {two} of {it.log.name} as following another entry {one} than the one it signed"


def shows_gap(it: Signed) -> str | None:
    """An entry that follows one from which it is not the next."""
    if not it.two or not it.follows or it.entries[1]["sequence"] == it.entries[0]["sequence"] + 1:
        return None
    one, two = (entry["sequence"] for entry in it.entries)
    return f"signed entry {two} of {it.log.name} as following entry {one}, which is not the one before it"


def shows_rollback(it: Signed) -> str | None:
    """A later entry that has seen less."""
    if not it.two:
        return None
    (one, more), (two, less) = ((entry["sequence"], entry["peer_size"]) for entry in it.entries)
    if one >= two or more <= less:
        return None
    return (
        f"signed in entry {one} of {it.log.name} that it had seen {more} entries of the other direction, and in the"
        f" later entry {two} only {less}"
    )


def shows_false_view(it: Signed) -> str | None:
    """An entry that has seen another state of the other log than its sender has cosigned."""
    if len(it.entries) != 1 or len(it.notes) != 1 or it.notes[0].cosigned_s is None or len(it.root) != 32:
        return None
    entry, held = it.entries[0], it.notes[0]
    if exact_base64(entry["peer_root"]) == it.root:
        return None
    if not is_prefix(entry["peer_size"], it.root, held.size, held.root, it.hashes):
        return None
    return (
        f"signed in entry {entry['sequence']} of {it.log.name} that it had seen another state of {it.told.name} than"
        " the one it has cosigned"
    )


def shows_held(it: Signed) -> str | None:
    """A receipt."""
    if len(it.notes) != 1 or it.notes[0].cosigned_s is None or it.entries or it.hashes or it.root:
        return None
    size, time_s = it.notes[0].size, it.notes[0].cosigned_s
    return (
        f"cosigned the first {size} entries of {it.told.name} at {time_s} (POSIX seconds, by its clock): it held them"
        " then, whatever it says now"
    )


CONTRADICTIONS: dict[str, Callable[[Signed], str | None]] = {
    "fork": shows_fork,
    "wrong_root": shows_wrong_root,
    "equivocation": shows_two_entries,
    "broken_chain": shows_broken_chain,
    "gap": shows_gap,
    "rollback": shows_rollback,
    "false_view": shows_false_view,
    "held": shows_held,
}


# --- The command


def progress() -> Callable[[], None]:
    """Counts signed lines; after two seconds tells on stderr, every two seconds, how far the check has come."""
    done, next_s = 0, time.monotonic() + 2.0

    def tick() -> None:
        nonlocal done, next_s
        done += 1
        if time.monotonic() >= next_s:
            sys.stderr.write(f"checked {done:,} signed lines\n")
            next_s += 2.0

    return tick


def show(report: dict[str, Any]) -> str:
    """The report for people."""
    exported = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(report["exported_s"]))
    lines = [f"The record holds. Exported by {report['exported_by']}, {exported}."]
    for log in report["logs"]:
        messages = log["messages"]
        overdue = sum(bool(message["overdue"]) for message in messages)
        late, void = (sum(bool(message[what]) for message in messages) for what in ("late", "without_effect"))
        states = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in log["states"].items())
        lines.append(
            f"{log['origin']}: {log['entries']} entries, {log['received']} received, {states}; {overdue} overdue, "
            f"{late} answered late, {void} without effect, {len(log['withheld'])} not shown; root {log['root']}"
        )
        lines += [f"  not shown: {message_id}" for message_id in log["withheld"]]
    lines += [f"attachment {digest}: {what}" for digest, what in report["attachments"].items()]
    lines += ["Proven:", *(f"  + {words}" for words in report["proven"])]
    lines += ["Not proven:", *(f"  - {words}" for words in report["not_proven"])]
    lines += ["Root keys, to be compared by voice:", *(f"  {who}: {key}" for who, key in report["root_keys"].items())]
    return "\n".join(lines)


def show_evidence(report: dict[str, Any]) -> str:
    """The report on evidence for people."""
    lines = [f"PROVEN against {report['against']}: {report['statement']}"]
    lines += [f"It follows from what {report['against']} has signed, and from nothing that {report['by']} says."]
    lines += [
        "Not proven: that the root keys belong to the parties; that no other key change than those in the evidence had"
        " taken back a key that it rests on; why it was done, by whose hand, and with what aim."
    ]
    lines += ["Root keys, to be compared by voice:", *(f"  {who}: {key}" for who, key in report["root_keys"].items())]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """The command. Exit code 0: holds, 1: does not, 2: usage."""
    paths = [word for word in arguments if not word.startswith("-")]
    options = [word for word in arguments if word.startswith("-")]
    if len(paths) != 1 or options not in ([], ["--json"]) or not Path(paths[0]).exists():
        sys.stderr.write("usage: python verify.py RECORD [--json]     RECORD: the ZIP file or folder of a bundle\n")
        return 2
    try:
        bundle = open_bundle(Path(paths[0]))
        evidence = EVIDENCE in bundle.names
        report = check_evidence(bundle, progress()) if evidence else check(bundle, progress())
    except (Refused, OSError) as refusal:
        where, what = (refusal.where, refusal.what) if isinstance(refusal, Refused) else (paths[0], str(refusal))
        if options:
            sys.stdout.write(json.dumps({"verified": False, "where": where, "what": what}, indent=2) + "\n")
        sys.stderr.write(f"The record does NOT hold: {where}: {what}\n")
        return 1
    told = json.dumps(report, indent=2) if options else show_evidence(report) if evidence else show(report)
    sys.stdout.write(told + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
