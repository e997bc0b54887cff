#!/usr/bin/env python3
"""Check a bundle of the joint record with nothing but Python 3.11 or later: no other package, no network.

    python verify.py record.zip [--json]         (or the folder with the bundle's files)

Exit code 0: the record holds; 1: it does not, and where; 2: wrong usage. This file takes no code from steerclear and
was written from the format (docs/record-format.md), so that two implementations must agree. It checks in this order:
the agreement is signed by the root key of every party; the manifest by the party that exported the bundle; each entry
of both logs by its sender, in place, chained to the one before; each receipt by sender and receiver, over the root of
the entries in the bundle; what each entry says it has seen of the other log; at last the SHA-256 of every file.

Sources: RFC 8032 (Ed25519), FIPS 204 (ML-DSA-44), RFC 6962 (Merkle tree), C2SP signed-note, tlog-checkpoint and
tlog-cosignature, DSSE v1.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
import unicodedata
import zipfile
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import sha256, sha512, shake_128, shake_256
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, NamedTuple

try:
    import tomllib
except ModuleNotFoundError:
    sys.exit("verify.py needs Python 3.11 or later")

MANIFEST, AGREEMENT, SIGNATURES, VERIFIER = "manifest.note", "agreement.toml", "agreement.sig", "verify.py"
MAX_FILES, MAX_BUNDLE_BYTES, MAX_AGREEMENT_BYTES, MAX_PARTIES = 16, 1 << 30, 4_000_000, 16
MAX_SIGNATURES_BYTES, MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES, MAX_SIGNATURE_BYTES = 64_000, 65_536, 64, 5_120
MAX_ENTRY_BYTES, MAX_LINE_BYTES = 65_535, 512 * 1024
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


def roots_at(leaves: list[bytes], sizes: set[int]) -> dict[int, bytes]:
    """Root of the tree over the first n leaf hashes, for every n in `sizes` that the leaves reach."""
    roots = {0: sha256(b"").digest()}
    perfect: list[tuple[int, bytes]] = []  # (height, hash) of the perfect subtrees, from the left
    for size, leaf in enumerate(leaves, 1):
        height, node = 0, leaf
        while perfect and perfect[-1][0] == height:
            height, node = height + 1, sha256(b"\x01" + perfect.pop()[1] + node).digest()
        perfect.append((height, node))
        if size in sizes:
            root = node
            for _, left in reversed(perfect[:-1]):
                root = sha256(b"\x01" + left + root).digest()
            roots[size] = root
    return roots


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


def times_signed(note: Note, key: Key, where: str) -> list[int]:
    """One time per signature of a key on a note (0 for type 1). A signature that fails refuses the note."""
    key_id = sha256(key.name.encode() + b"\n" + bytes([key.type]) + key.public).digest()[:4]
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
    note = read_note(data, where)
    signed, cosigned = times_signed(note, log_key, where), [times_signed(note, key, where) for key in witnesses]
    if not signed:
        raise Refused(where, f"is not signed by the key of log {log_key.name}")
    try:
        origin, size, root = checkpoint_lines(note.text)
    except ValueError:
        raise Refused(where, "a checkpoint has three lines: log, size, root") from None
    if origin != log_key.name:
        raise Refused(where, "is no checkpoint of this log")
    return Checkpoint(size, root, max(times[0] for times in cosigned) if all(cosigned) else None)


# --- What an entry may hold: strict JSON, and every field of every kind of message

FIELDS = {
    kind: dict(field.split(":") for field in fields.split())
    for kind, fields in {
        "entry": "origin:text sequence:count previous:hash issued_s:moment agreement_version:whole peer_size:count "
        "peer_root:hash message:message",
        "alert_notice": "type:text message_id:id to_function:name alert:alert acknowledge_by_s:time?",
        "acknowledgement": "type:text message_id:id acknowledges:id desk_id:name function:name read_at_s:time "
        "remark:text",
        "line_check": "type:text message_id:id answer_by_s:time",
        "line_check_answer": "type:text message_id:id answers:id desk_id:name function:name",
        "alert": "alert_id:id kind:kind change:change severity:severity time_s:time subjects:subject*2 parties:text*64 "
        "zone_id:text? source:text? numbers:numbers reason:text",
        "subject": "track_id:text identity:identity party:text? latitude_deg:latitude longitude_deg:longitude "
        "altitude_m:number? east_mps:number north_mps:number up_mps:number report_time_s:time",
        "identity": "icao_address:whole? callsign:text? remote_id:text?",
        "numbers": "horizontal_now_m:number? vertical_now_m:number? time_to_loss_s:number? time_to_end_s:number? "
        "time_to_closest_s:number? horizontal_closest_m:number? vertical_closest_m:number? in_breach_s:number? "
        "inside_s:number? silent_s:number? minimum_horizontal_m:number? minimum_vertical_m:number?",
    }.items()
}
WORDS = {
    "message": ("alert_notice", "acknowledgement", "line_check", "line_check_answer"),
    "kind": ("separation", "time_in_breach", "zone", "stale_track", "feed_silent", "overload"),
    "change": ("raised", "escalated", "eased", "cleared", "lapsed"),
}
CHARS = {"text": (0, MAX_TEXT_CHARS), "name": (1, 64), "id": (1, 160)}
WHOLE = {"whole": (-MAX_NUMBER, MAX_NUMBER), "count": (0, MAX_NUMBER), "severity": (0, 4)}
RANGES = WHOLE | {"number": (-MAX_NUMBER, MAX_NUMBER), "moment": (0, MAX_NUMBER), "time": (0, MAX_TIME_S)}
RANGES |= {"latitude": (-90, 90), "longitude": (-180, 180)}
DUE = {"alert_notice": "acknowledge_by_s", "line_check": "answer_by_s"}
ANSWERS = {"acknowledgement": ("acknowledges", "alert_notice"), "line_check_answer": ("answers", "line_check")}
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")  # Unicode categories that do not show as what they are
ENVELOPE = re.compile(
    rb'\{"payload":"([A-Za-z0-9+/=]+)","payloadType":"(application/vnd\.steerclear\.entry\.v1\+json)",'
    rb'"signatures":\[\{"keyid":"([0-9a-f]{16})","sig":"([A-Za-z0-9+/=]+)"\}\]\}'
)


def fits(value: Any, kind: str) -> bool:  # noqa: PLR0911 one line per sort of kind
    """Whether a value is of a kind named in the tables above; "?" allows null, "*n" is a list of at most n."""
    if kind.endswith("?"):
        return value is None or fits(value, kind[:-1])
    if "*" in kind:
        kind, most = kind.split("*")
        return isinstance(value, list) and len(value) <= int(most) and all(fits(item, kind) for item in value)
    if kind == "message" and isinstance(value, dict) and value.get("type") in WORDS["message"]:
        kind = value["type"]
    if kind in FIELDS:
        if not isinstance(value, dict) or value.keys() != FIELDS[kind].keys():
            raise ValueError(f"its {kind} has a field too many or too few")
        for field, field_kind in FIELDS[kind].items():
            if not fits(value[field], field_kind):
                raise ValueError(f"{field} of its {kind} holds what it must not")
        return True
    if kind in CHARS:
        return isinstance(value, str) and CHARS[kind][0] <= len(value) <= CHARS[kind][1]
    if kind in WORDS:
        return value in WORDS[kind]
    if kind == "hash":
        return isinstance(value, str) and len(exact_base64(value)) == 32
    low, high = RANGES[kind]
    return (type(value) is int or (type(value) is float and kind not in WHOLE)) and low <= value <= high


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


def read_entry(line: bytes, sender_key: bytes) -> dict[str, Any]:
    """Content of one signed entry (DSSE envelope in its one spelling). Raises ValueError."""
    envelope = ENVELOPE.fullmatch(line)
    if envelope is None or len(line) > MAX_ENTRY_BYTES:
        raise ValueError("is not an entry: a DSSE envelope in its one canonical spelling")
    payload, kind, signature = exact_base64(envelope[1].decode()), envelope[2], exact_base64(envelope[4].decode())
    if envelope[3].decode() != sha256(sender_key).hexdigest()[:16]:
        raise ValueError("is signed by a key that the agreement does not name for the sender")
    if not ed25519_holds(sender_key, signature, b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)):
        raise ValueError("the sender's signature does not fit it: what was said, or the signature, was changed")
    try:
        # NaN, Infinity and 1e999 come out as floats that are within no range.
        entry: dict[str, Any] = json.loads(payload.decode(), object_pairs_hook=strict_object)
        fits(entry, "entry")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"what its sender signed is not in the format: {error}") from None
    return entry


# --- The parts of a bundle


class Party(NamedTuple):
    """A party as the agreement names it: its keys, and the functions of its desks."""

    name: str
    root: bytes
    signing: bytes
    witness: bytes
    desks: dict[str, list[str]]
    witness_ml_dsa: bytes | None  # a second key of the witness, of type 6


class Agreement(NamedTuple):
    """What a verifier needs of the agreement; the rest of it binds the parties, not the record."""

    id: str
    version: int
    sha256: str
    parties: dict[str, Party]


def an_id(value: Any) -> str:
    """An identifier that can stand in the name of a log. Raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch("(?!.*-to-)[a-z0-9][a-z0-9._-]{0,63}", value):
        raise ValueError(f"{value!r} is no identifier")
    return value


def a_key(value: Any) -> bytes:
    """A public key of the agreement. Raises ValueError."""
    key = b64decode(value, validate=True) if isinstance(value, str) else b""
    if len(key) != 32 or is_weak_key(key):
        raise ValueError(f"{value!r} is no sound Ed25519 public key")
    return key


def an_ml_dsa_key(value: Any) -> bytes:
    """An ML-DSA-44 public key of the agreement. Raises ValueError."""
    key = b64decode(value, validate=True) if isinstance(value, str) else b""
    if len(key) != ML_DSA_KEY_BYTES:
        raise ValueError(f"{value!r:.100} is no ML-DSA-44 public key")
    return key


def read_agreement(data: bytes, signatures: bytes) -> Agreement:
    """The agreement, once the root key of every party has signed these bytes."""
    try:
        if len(data) > MAX_AGREEMENT_BYTES or len(signatures) > MAX_SIGNATURES_BYTES:
            raise ValueError(f"it, or {SIGNATURES}, is too large")
        document = tomllib.loads(data.decode())
        agreement_id, version = an_id(document["agreement"]["id"]), document["agreement"]["version"]
        parties: dict[str, Party] = {}
        if len(document["parties"]) > MAX_PARTIES:
            raise ValueError(f"it has more than {MAX_PARTIES} parties")
        for item in document["parties"]:
            root, signing, witness = (a_key(item["keys"][role]) for role in ("root", "signing", "witness"))
            desks = {an_id(desk["id"]): list(desk["functions"]) for desk in item["desks"]}
            second = item["keys"].get("witness_ml_dsa")
            ml_dsa = None if second is None else an_ml_dsa_key(second)
            party = Party(an_id(item["id"]), root, signing, witness, desks, ml_dsa)
            named = [key for other in parties.values() for key in (other.root, other.signing, other.witness)]
            if party.name in parties or len({root, signing, witness, *named}) < 3 + len(named):
                raise ValueError(f"party {party.name!r} stands there twice, or a key of it does")
            if ml_dsa is not None and ml_dsa in [other.witness_ml_dsa for other in parties.values()]:
                raise ValueError(f"another party has the ML-DSA-44 key of {party.name!r}")
            parties[party.name] = party
        if type(version) is not int or len(parties) < 2:
            raise ValueError("it needs a version and two parties")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(AGREEMENT, f"cannot be read as an agreement: {error!r}") from None
    digest, note = sha256(data).hexdigest(), read_note(signatures, SIGNATURES)
    if note.text != f"steerclear agreement\n{agreement_id} {version}\nsha256 {digest}\n":
        raise Refused(AGREEMENT, f"its bytes are not those that were signed in {SIGNATURES}")
    for party in parties.values():
        if not times_signed(note, Key(party.name, 1, party.root), SIGNATURES):
            raise Refused(SIGNATURES, f"the root key of {party.name} has not signed the agreement")
    return Agreement(agreement_id, version, digest, parties)


class Log:
    """One direction of the line: read, every signature checked, roots still to be compared."""

    def __init__(self, agreement: Agreement, sender: Party, receiver: Party) -> None:
        self.name = f"{sender.name}-to-{receiver.name}"
        self.origin = f"steerclear/{agreement.id}/{self.name}"
        self.entries_file, self.receipts_file = (
            f"logs/{self.name}/{kind}.jsonl" for kind in ("entries", "checkpoints")
        )
        self.head_file = f"logs/{self.name}/head.note"
        self.sender, self.receiver = sender, receiver
        self.log_key = Key(self.origin, 1, sender.signing)
        self.witness_key = Key(f"steerclear/{agreement.id}/{receiver.name}/witness", 4, receiver.witness)
        self.entries: list[dict[str, Any]] = []
        self.leaves: list[bytes] = []
        self.places: dict[str, int] = {}  # of each message, by its name
        self.receipts: list[Checkpoint] = []
        self.roots: dict[int, bytes] = {}

    @property
    def received(self) -> int:
        """How many entries the receiver has proved to hold."""
        return self.receipts[-1].size if self.receipts else 0

    def read_entries(self, lines: Iterable[bytes], tick: Callable[[], None]) -> None:
        """Each entry: signed by the sender for this log, this place, after the entry before it."""
        previous = sha256(self.origin.encode()).digest()
        for place, line in enumerate(lines):
            try:
                entry = read_entry(line, self.sender.signing)
                if entry["origin"] != self.origin:
                    raise ValueError(f"was signed for another log: {entry['origin']!r}")
                if entry["sequence"] != place:
                    raise ValueError(f"was signed as entry {entry['sequence']}: entries were removed, added or moved")
                if exact_base64(entry["previous"]) != previous:
                    raise ValueError("does not follow the entry before it: that one was changed")
                if entry["message"]["message_id"] != f"{self.sender.name}:{self.receiver.name}:{place}":
                    raise ValueError("its message bears the name of another place")
                if self.entries and entry["peer_size"] < self.entries[-1]["peer_size"]:
                    raise ValueError("has seen less of the other log than the entry before it")
            except ValueError as error:
                raise Refused(f"{self.entries_file} line {place + 1} (entry {place})", str(error)) from None
            previous = sha256(b"\x00" + line).digest()
            entry["message"].pop("alert", None)  # it was checked; a verdict needs no more of it, and logs are long
            self.leaves.append(previous)
            self.entries.append(entry)
            self.places[entry["message"]["message_id"]] = place
            tick()

    def read_receipts(self, lines: Iterable[bytes], tick: Callable[[], None]) -> None:
        """Each receipt: a checkpoint of this log, signed by its sender, cosigned by the receiver, growing."""
        for index, line in enumerate(lines):
            where = f"{self.receipts_file} line {index + 1}"
            try:
                note = json.loads(line.decode())
                data = note.encode() if isinstance(note, str) else b""
            except (ValueError, RecursionError) as error:
                raise Refused(where, f"is no JSON string: {error}") from None
            receipt = read_checkpoint(data, self.log_key, [self.witness_key], where)
            if receipt.cosigned_s is None:
                raise Refused(where, f"{self.receiver.name} has not cosigned it: it is no receipt")
            if index and receipt.size <= self.received:
                raise Refused(where, "covers no more entries than the receipt before it")
            self.receipts.append(receipt)
            tick()

    def check_root(self, checkpoint: Checkpoint, where: str) -> None:
        """A checkpoint is of the entries in this bundle."""
        if checkpoint.size > len(self.entries):
            raise Refused(
                where, f"covers {checkpoint.size} entries and the bundle has {len(self.entries)}: some are missing"
            )
        if self.roots[checkpoint.size] != checkpoint.root:
            raise Refused(where, f"was signed over other entries than the first {checkpoint.size} of the bundle")


def check_roots(ours: Log, theirs: Log) -> None:
    """Receipts and references of both logs against the roots of the entries in the bundle."""
    for log, other in ((ours, theirs), (theirs, ours)):
        sizes = {receipt.size for receipt in log.receipts} | {entry["peer_size"] for entry in other.entries}
        log.roots = roots_at(log.leaves, {*sizes, len(log.leaves)})
        for index, receipt in enumerate(log.receipts):
            log.check_root(receipt, f"{log.receipts_file} line {index + 1}")
    for log, other in ((ours, theirs), (theirs, ours)):
        for place, entry in enumerate(log.entries):
            if other.roots.get(entry["peer_size"]) != exact_base64(entry["peer_root"]):
                raise Refused(
                    f"{log.entries_file} line {place + 1} (entry {place})",
                    f"has seen another log {other.name} than the one in the bundle",
                )
    if theirs.received != len(theirs.entries):
        what = f"{len(theirs.entries)} entries, and receipts for {theirs.received}: the exporter signs for all it holds"
        raise Refused(theirs.entries_file, what)


def why_void(answer: dict[str, Any], asked: Log, by: Party) -> str | None:
    """Why an answer has no effect although it was signed and sent; None when it counts, or is no answer."""
    message = answer["message"]
    if message["type"] not in ANSWERS:
        return None
    field, kind = ANSWERS[message["type"]]
    place = asked.places.get(message[field])
    if place is None:
        return "it answers a message that was never sent on this line"
    if place >= answer["peer_size"]:
        return "it was given before its sender had seen the message"
    if asked.entries[place]["message"]["type"] != kind:
        return f"a {message['type']} does not answer a {asked.entries[place]['message']['type']}"
    if message["function"] not in by.desks.get(message["desk_id"], []):
        return f"the agreement gives desk {message['desk_id']!r} of {by.name!r} no function {message['function']!r}"
    return None


def report_log(log: Log, other: Log, exported_s: int) -> dict[str, Any]:
    """What one direction says, which of its messages the other direction answers, and which it does not."""
    answered_s: dict[str, float] = {}
    for entry in other.entries:
        message = entry["message"]
        if message["type"] in ANSWERS and why_void(entry, log, other.sender) is None:
            answered_s.setdefault(message[ANSWERS[message["type"]][0]], entry["issued_s"])
    messages = [entry["message"] for entry in log.entries]
    due_s = {message["message_id"]: message.get(DUE.get(message["type"], "")) for message in messages}
    due_s = {name: due for name, due in due_s.items() if due is not None}
    void = {entry["message"]["message_id"]: why_void(entry, other, log.sender) for entry in log.entries}
    return {
        "origin": log.origin,
        "entries": len(log.entries),
        "root": log.roots[len(log.entries)].hex(),
        "received": log.received,
        "kinds": dict(Counter(message["type"] for message in messages)),
        "unanswered": [name for name, due in due_s.items() if name not in answered_s and due <= exported_s],
        "still_open": [name for name, due in due_s.items() if name not in answered_s and due > exported_s],
        "answered_late": [name for name, due in due_s.items() if answered_s.get(name, due) > due],
        "without_effect": {name: reason for name, reason in void.items() if reason is not None},
    }


# --- The whole


def check(files: dict[str, bytes], tick: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Report of a bundle that holds. Raises Refused. `tick` is called after each signed line."""

    def file(name: str) -> bytes:
        if name not in files:
            raise Refused(name, "is missing from the bundle")
        return files[name]

    def lines(name: str) -> Iterator[bytes]:
        data = file(name)
        if data and not data.endswith(b"\n"):
            raise Refused(name, "its last line is cut off")
        for index, line in enumerate(io.BytesIO(data)):
            if len(line) > MAX_LINE_BYTES:
                raise Refused(f"{name} line {index + 1}", f"has more than {MAX_LINE_BYTES:,} bytes")
            yield line[:-1]

    agreement = read_agreement(file(AGREEMENT), file(SIGNATURES))
    manifest = read_note(file(MANIFEST), MANIFEST)
    head = re.match(
        r"steerclear record 1\nagreement (\S+ [0-9]+)\nexported by (\S+) with (\S+) at (0|[1-9][0-9]{0,11})\n",
        manifest.text,
    )
    if head is None or head[1] != f"{agreement.id} {agreement.version}" or head[2] == head[3]:
        raise Refused(MANIFEST, "is not the manifest of a record (format 1) under this agreement")
    if not {head[2], head[3]} <= agreement.parties.keys():
        raise Refused(MANIFEST, "names a party that the agreement does not have")
    exporter, peer, exported_s = agreement.parties[head[2]], agreement.parties[head[3]], int(head[4])
    ours, theirs = Log(agreement, exporter, peer), Log(agreement, peer, exporter)
    if not times_signed(manifest, ours.log_key, MANIFEST):
        raise Refused(MANIFEST, f"{exporter.name} has not signed it")
    for log in (ours, theirs):
        log.read_entries(lines(log.entries_file), tick)
        log.read_receipts(lines(log.receipts_file), tick)
    check_roots(ours, theirs)
    end = read_checkpoint(file(ours.head_file), ours.log_key, [ours.witness_key], ours.head_file)
    if end.size != len(ours.entries):
        raise Refused(ours.head_file, f"was signed over {end.size} entries and the bundle has {len(ours.entries)}")
    ours.check_root(end, ours.head_file)
    check_files(files, manifest.text[head.end() :], (ours, theirs))
    return whole_report(files, agreement, (ours, theirs), exported_s)


def check_files(files: dict[str, bytes], listed_text: str, logs: tuple[Log, Log]) -> None:
    """The files are exactly those of the format, and those that the exporter signed for."""
    allowed = {MANIFEST, AGREEMENT, SIGNATURES, VERIFIER, logs[0].head_file}
    allowed |= {name for log in logs for name in (log.entries_file, log.receipts_file)}
    for name in sorted(files.keys() - allowed):
        raise Refused(ascii(name), "does not belong into a bundle")
    digests = {name: sha256(data).hexdigest() for name, data in files.items() if name != MANIFEST}
    for name in sorted(allowed - {MANIFEST}):
        if name not in digests:
            raise Refused(name, "is missing from the bundle")
        if f"{digests[name]} {name}\n" not in listed_text:
            raise Refused(name, f"was changed after the export: its {len(files[name]):,} bytes have another SHA-256")
    if listed_text != "".join(f"{digests[name]} {name}\n" for name in sorted(digests)):
        raise Refused(MANIFEST, "does not list exactly the files of this bundle")


def whole_report(
    files: dict[str, bytes], agreement: Agreement, logs: tuple[Log, Log], exported_s: int
) -> dict[str, Any]:
    """Everything a reader of the record should know, with what is proven and what is not in words."""
    ours, theirs = logs
    reports = [report_log(ours, theirs, exported_s), report_log(theirs, ours, exported_s)]
    proven = [
        f"The root keys of all parties have signed agreement {agreement.id}, version {agreement.version}.",
        f"{ours.sender.name} handed out this bundle; nothing in it was changed since.",
    ]
    not_proven = [
        "That the root keys in the agreement belong to the parties: compare their fingerprints with the parties.",
        "That any clock was right: times of issue are the sender's word, times of receipt the receiver's.",
        f"That the newest entries are here: {ours.sender.name} can leave out the end of both logs, and with it an"
        " answer that seems missing. The other party's record of the same time shows it.",
        "That a person read a message that no named function has acknowledged: a receipt is a machine's.",
        "That a verifier which came with the bundle is honest: use one from a source you trust.",
    ]
    if files[VERIFIER] != Path(__file__).read_bytes():
        not_proven.append("That verify.py in the bundle is honest: it is another file than this verifier ships or is.")
    for log in logs:
        count, to = len(log.entries), log.receiver.name
        proven.append(
            f"{log.name}: {count} entries, each signed by its sender, in one unbroken order; {to} has"
            f" cosigned the first {log.received}, so it held them and cannot deny them, nor the sender change them."
        )
        if log.received < count:
            not_proven.append(f"{log.name}: that the last {count - log.received} entries ever reached {to}.")
        others = sum(entry["agreement_version"] != agreement.version for entry in log.entries)
        if others:
            not_proven.append(
                f"{log.name}: what was agreed when {others} of its entries were sent; they name another version"
                " of the agreement than the one here, by whose keys and desks they were judged."
            )
    return {
        "verified": True,
        "agreement_id": agreement.id,
        "agreement_version": agreement.version,
        "agreement_sha256": agreement.sha256,
        "exported_by": ours.sender.name,
        "exported_s": exported_s,
        "logs": reports,
        "proven": proven,
        "not_proven": not_proven,
        "root_keys": {
            party.name: " ".join(re.findall("....", sha256(party.root).hexdigest()[:32]))
            for party in agreement.parties.values()
        },
    }


def read_files(path: Path) -> dict[str, bytes]:
    """Files of a bundle from a ZIP file or a folder, within the limits; nothing is unpacked to disk."""
    files: dict[str, bytes] = {}
    left = MAX_BUNDLE_BYTES

    def take(name: str, opened: IO[bytes]) -> None:
        nonlocal left
        if name in files or len(files) >= MAX_FILES:
            raise Refused(ascii(name), f"stands in the bundle twice, or the bundle has more than {MAX_FILES} files")
        with opened:
            files[name] = opened.read(left + 1)
        left -= len(files[name])
        if left < 0:
            raise Refused(ascii(name), f"with it the bundle has more than {MAX_BUNDLE_BYTES:,} bytes")

    if path.is_dir():
        for found in sorted(found for found in path.rglob("*") if found.is_file()):
            take(found.relative_to(path).as_posix(), found.open("rb"))
        return files
    try:
        with zipfile.ZipFile(path) as packed:
            for info in packed.infolist():
                take(info.filename, packed.open(info))
    except Refused:
        raise
    except Exception as error:  # zipfile raises many kinds for a damaged file: none of them is ours
        raise Refused(str(path), f"is not a whole ZIP file: {error}") from None
    return files


def progress(total: int) -> Callable[[], None]:
    """Counts signed lines; after two seconds tells on stderr, every two seconds, how far the check has come."""
    done, next_s = 0, time.monotonic() + 2.0

    def tick() -> None:
        nonlocal done, next_s
        done += 1
        if time.monotonic() >= next_s:
            sys.stderr.write(f"checked {done:,} of {total:,} signed lines\n")
            next_s += 2.0

    return tick


def show(report: dict[str, Any]) -> str:
    """The report for people."""
    exported = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(report["exported_s"]))
    lines = [f"The record holds. Exported by {report['exported_by']}, {exported}."]
    lines += [
        f"{log['origin']}: {log['entries']} entries, {log['received']} received, {len(log['unanswered'])} unanswered, "
        f"{len(log['answered_late'])} answered late, {len(log['without_effect'])} without effect; root {log['root']}"
        for log in report["logs"]
    ]
    lines += ["Proven:", *(f"  + {words}" for words in report["proven"])]
    lines += ["Not proven:", *(f"  - {words}" for words in report["not_proven"])]
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
        files = read_files(Path(paths[0]))
        report = check(
            files, progress(sum(data.count(b"\n") for name, data in files.items() if name.endswith(".jsonl")))
        )
    except (Refused, OSError) as refusal:
        where, what = (refusal.where, refusal.what) if isinstance(refusal, Refused) else (paths[0], str(refusal))
        if options:
            sys.stdout.write(json.dumps({"verified": False, "where": where, "what": what}, indent=2) + "\n")
        sys.stderr.write(f"The record does NOT hold: {where}: {what}\n")
        return 1
    sys.stdout.write((json.dumps(report, indent=2) if options else show(report)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
