"""Bytes from a peer: one meaning or none. Nothing but the named fault ever comes out."""

from __future__ import annotations

import contextlib
import json
from hashlib import sha256

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from steerclear.dialogue.batch import decode_batch, decode_refusal
from steerclear.dialogue.entry import decode_content, decode_entry
from steerclear.dialogue.envelope import PAYLOAD_TYPE, pre_authentication, unseal
from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.dialogue.limits import MAX_CONTENT_BYTES, MAX_ENTRY_BYTES, SALT_BYTES
from tests.dialogue.two_ends import End


def payload_of(end: End, data: bytes) -> bytes:
    return unseal(data, end.terms.outgoing.sender_keys)


NORTH = End("north", "south")
NOTICE = NORTH.say(End.notice).decoded
SALT, SAID = NOTICE.content[:SALT_BYTES], NOTICE.content[SALT_BYTES:]
PAYLOAD = payload_of(NORTH, NOTICE.data)


def test_an_entry_reads_back_as_it_was_written():
    assert decode_entry(PAYLOAD) == NOTICE.entry
    # Spaces and the order of names carry no meaning inside a payload: what is signed is the bytes.
    loose = json.dumps(json.loads(PAYLOAD), indent=1, sort_keys=True).encode()
    assert decode_entry(loose) == NOTICE.entry
    loose = SALT + json.dumps(json.loads(SAID), indent=1, sort_keys=True).encode()
    assert decode_content(loose, sha256(loose).digest()) == NOTICE.message


@pytest.mark.requirement("SC-LINE-06")
def test_only_what_the_entry_commits_to_is_its_content():
    for other in (NOTICE.content[:-1], bytes(SALT_BYTES) + SAID, b"", SAID):
        with pytest.raises(LineFaultError) as caught:
            decode_content(other, NOTICE.entry.commitment)
        assert caught.value.code is FaultCode.WRONG_CONTENT


TOO_MANY = b",".join(b'"%d":"x"' % n for n in range(17))
HOSTILE_ENTRY = {
    "a key twice": (b'"sequence":0', b'"sequence":0,"sequence":0'),
    "huge integer": (b'"sequence":0', b'"sequence":' + b"9" * 5_000),
    "text for a number": (b'"sequence":0', b'"sequence":"0"'),
    "fraction for a count": (b'"sequence":0', b'"sequence":0.5'),
    "negative": (b'"sequence":0', b'"sequence":-1'),
    "unknown field": (b'"sequence":0', b'"sequence":0,"weapon":1'),
    "other base64": (b'="', b'"'),
    "deep": (b'"sequence":0', b'"sequence":' + b"[" * 20_000 + b"]" * 20_000),
    "short hash": (b'"commitment":"', b'"commitment":"AAAA'),
    "cut off": (PAYLOAD[-10:], b""),
}

HOSTILE_MESSAGE = {
    "a key twice, deep": (b'"callsign":"N1"', b'"callsign":"N1","callsign":"N2"'),
    "not a number": (b'"latitude_deg":46.5', b'"latitude_deg":NaN'),
    "infinite": (b'"latitude_deg":46.5', b'"latitude_deg":1e999'),
    "infinite by name": (b'"latitude_deg":46.5', b'"latitude_deg":Infinity'),
    "not on the Earth": (b'"latitude_deg":46.5', b'"latitude_deg":90.1'),
    "huge": (b'"east_mps":100.0', b'"east_mps":1e16'),
    "unknown field, deep": (b'"callsign":"N1"', b'"callsign":"N1","weapon":1'),
    "missing field, deep": (b'"callsign":"N1",', b""),
    "unknown kind": (b'"type":"alert_notice"', b'"type":"fire"'),
    "unknown severity": (b'"severity":3', b'"severity":9'),
    "control character": (b"closest in", b"closest\\u001b[2J"),
    "newline": (b"closest in", b"closest\\n"),
    "right to left": (b"closest in", b"closest \\u202e"),
    "half a character": (b"closest in", b"closest \\ud800"),
    "too long a text": (b"closest in", b"c" * 5_000),
    "too long a name": (b'"to_function":"duty officer"', b'"to_function":"' + b"d" * 65 + b'"'),
    "due in no calendar": (b'"acknowledge_by_s":1800000060.0', b'"acknowledge_by_s":253402300800.0'),
    "due before all time": (b'"acknowledge_by_s":1800000060.0', b'"acknowledge_by_s":-1.0'),
    "seen in no calendar": (b'"report_time_s":1800000000.0', b'"report_time_s":900000000000000.0'),
    "alert before all time": (b'"time_s":1800000001.0', b'"time_s":-900000000000000.0'),
    "no name": (b'"to_function":"duty officer"', b'"to_function":""'),
    "deep before the kind": (b'"type":"alert_notice"', b'"x":' + b"[" * 20_000 + b"]" * 20_000),
    "not UTF-8": (b"closest in", b"closest \xff"),
    "key twice, at the top": (b'"to_function"', b'"to_function":"x","to_function"'),
    "unknown field, at the top": (b'"to_function"', b'"weapon":1,"to_function"'),
    "cut off": (SAID[-10:], b""),
    "too long": (b'"text":""', b'"text":"' + b"x" * MAX_CONTENT_BYTES + b'"'),
    "too long a free text": (b'"text":""', b'"text":"' + b"x" * 4_001 + b'"'),
    "unknown urgency": (b'"urgency":"routine"', b'"urgency":"now"'),
    "phrase without code": (b'"phrase":null', b'"phrase":{"code":"","parameters":{}}'),
    "too many parameters": (b'"phrase":null', b'"phrase":{"code":"a","parameters":{' + TOO_MANY + b"}}"),
}


@pytest.mark.requirement("SC-LINE-06")
@pytest.mark.parametrize("name", HOSTILE_ENTRY)
def test_hostile_payloads_are_refused_by_name(name):
    found, replacement = HOSTILE_ENTRY[name]
    assert found in PAYLOAD
    with pytest.raises(LineFaultError) as caught:
        decode_entry(PAYLOAD.replace(found, replacement, 1))
    assert caught.value.code is FaultCode.MALFORMED


@pytest.mark.requirement("SC-LINE-06")
@pytest.mark.parametrize("name", HOSTILE_MESSAGE)
def test_hostile_messages_are_refused_by_name_though_their_entry_commits_to_them(name):
    found, replacement = HOSTILE_MESSAGE[name]
    assert found in SAID
    content = SALT + SAID.replace(found, replacement, 1)
    with pytest.raises(LineFaultError) as caught:
        decode_content(content, sha256(content).digest())
    assert caught.value.code is FaultCode.MALFORMED


ENVELOPES = {
    "spaces": lambda data: data.replace(b",", b", "),
    "key twice": lambda data: data[:-1] + b',"payloadType":"' + PAYLOAD_TYPE.encode() + b'"}',
    "unknown field": lambda data: data[:-1] + b',"x":1}',
    "other type": lambda data: data.replace(b".v1+json", b".v2+json"),
    "second signature": lambda data: data.replace(b"}]}", b'},{"keyid":"","sig":""}]}'),
    "no signature": lambda data: data[: data.index(b"[")] + b"[]}",
    "escaped": lambda data: data.replace(b"payloadType", b"payload\\u0054ype"),
    "cut off": lambda data: data[:-1],
    "too long": lambda data: data + b" " * MAX_ENTRY_BYTES,
    "empty": lambda _: b"",
    "deep": lambda _: b"[" * 60_000,
}


@pytest.mark.requirement("SC-LINE-06")
@pytest.mark.parametrize("name", ENVELOPES)
def test_hostile_envelopes_are_refused_by_name(name):
    with pytest.raises(LineFaultError) as caught:
        payload_of(NORTH, ENVELOPES[name](NOTICE.data))
    assert caught.value.code is FaultCode.MALFORMED


@pytest.mark.requirement("SC-LINE-06")
@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(NOTICE.data) - 1), st.integers(0, 255))
def test_any_changed_byte_of_an_envelope_is_refused(place, value):
    changed = bytearray(NOTICE.data)
    if changed[place] == value:
        return
    changed[place] = value
    with pytest.raises(LineFaultError):
        payload_of(NORTH, bytes(changed))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_the_named_fault_only(data):
    for decode in (lambda: payload_of(NORTH, data), lambda: decode_entry(data), lambda: decode_refusal(data)):
        with pytest.raises(LineFaultError):
            decode()
    with contextlib.suppress(LineFaultError):
        decode_batch(data)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(PAYLOAD) - 1), st.binary(max_size=3))
@example(PAYLOAD.index(b"steerclear"), b"\x7f")
def test_a_damaged_payload_never_reads_as_something_else_by_accident(place, patch):
    damaged = PAYLOAD[:place] + patch + PAYLOAD[place + len(patch) :]
    try:
        entry = decode_entry(damaged)
    except LineFaultError:
        return
    assert json.loads(damaged) == json.loads(json.dumps(json.loads(damaged)))
    assert entry.origin.isprintable()


def test_what_is_signed_is_dsse():
    # The example of the DSSE v1 protocol document.
    assert pre_authentication("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
