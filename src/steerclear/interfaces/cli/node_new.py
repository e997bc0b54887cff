"""The text of a new node file: complete, with a comment where a person has a choice, and an outlet for every rung."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from steerclear.model.agreement import Party


class NewPeer(msgspec.Struct, frozen=True):
    """Where another party is reached, and the certificate that it must show."""

    party: str
    url: str
    certificate: Path
    certificate_sha256: bytes


class NewNode(msgspec.Struct, frozen=True):
    """What a node file is written from."""

    party: Party
    agreement: Path
    signatures: Path
    keys: Path
    listen: str
    local: str
    peers: Sequence[NewPeer]
    ml_dsa: bool
    """Whether the keys have an ML-DSA-44 witness key."""


def outlet_names(party: Party) -> list[str]:
    """Every outlet that the party's desks name, once, in the order of the agreement."""
    named = (outlet for desk in party.desks for reach in desk.outlets for outlet in reach.outlets)
    return list(dict.fromkeys(named))


def node_text(new: NewNode, folder: Path) -> str:
    """The file, for the folder it will stand in: every path in it is relative to that."""
    return "\n".join(_lines(new, folder)) + "\n"


def _lines(new: NewNode, folder: Path) -> Iterator[str]:
    def path(target: Path) -> str:
        return _text(os.path.relpath(target.resolve(), folder.resolve()))

    yield f"# The node of {new.party.name}. Paths are relative to this file. Check it with: steerclear doctor"
    yield ""
    yield "[node]"
    yield f"party = {_text(new.party.party_id)}"
    yield f"agreement = {path(new.agreement)}"
    yield f"signatures = {path(new.signatures)}"
    yield 'data = "data"                  # the store, tokens, reports; must not be lost: steerclear node backup'
    yield "# Later versions of the agreement, oldest first, one such section each:"
    yield "# [[node.amendments]]"
    yield '# agreement = "amendment.toml"'
    yield '# signatures = "amendment.toml.sig"'
    yield ""
    yield "[keys]                         # the root key has no place here: keep it offline"
    yield f"signing = {path(new.keys / 'signing.key')}"
    yield f"witness = {path(new.keys / 'witness.key')}"
    if new.ml_dsa:
        yield f"witness_ml_dsa = {path(new.keys / 'witness-ml-dsa.key')}"
    yield f"tls_key = {path(new.keys / 'tls.key')}"
    yield f"tls_certificate = {path(new.keys / 'tls.crt')}"
    yield "# After `steerclear keys rotate`: every statement, the oldest first."
    yield '# statements = ["keys/1.note"]'
    yield ""
    yield "[line]"
    yield f"listen = {_text(new.listen)}   # the peers come in here, with mutual TLS"
    yield ""
    yield "[local]"
    yield f"listen = {_text(new.local)}   # this machine's own desks; nobody else"
    for peer in new.peers:
        yield ""
        yield "[[peers]]"
        yield f"party = {_text(peer.party)}"
        yield f"url = {_text(peer.url)}"
        yield f"certificate = {path(peer.certificate)}"
        yield "# Compare with what they read out: steerclear pair"
        yield f"certificate_sha256 = {_text(peer.certificate_sha256.hex())}"
    yield ""
    yield "# What this side watches; sources as `steerclear watch` takes them."
    yield "# [picture]"
    yield '# sources = ["http://receiver.example/data/aircraft.json"]'
    yield "# keep_days = 90  # raw reports; without it for good: some GB a day where many aircraft fly"
    yield from _outlets(outlet_names(new.party))


def _outlets(names: Sequence[str]) -> Iterator[str]:
    if not names:
        yield ""
        yield "# The agreement names no outlets for our desks: a raised rung shows on their screens only."
        return
    yield ""
    yield "# How our people are reached: each outlet writes to a file until you name what rings, mails or pages."
    yield "# Give exactly one of file, command and apprise."
    yield '# language = "fr" in a section summons in French; without it, the language of [node], and that is English.'
    for name in names:
        yield ""
        yield f"[outlets.{_text(name)}]"
        yield f"file = {_text(f'{name}.jsonl')}"
        yield '# command = ["/usr/local/bin/page", "--number", "+41000000000"]   # the summons comes as JSON on stdin'
        yield '# apprise = ["mailto://user:password@mail.example"]'


def _text(value: str) -> str:
    """A TOML string; what JSON escapes, TOML reads."""
    return json.dumps(value, ensure_ascii=False)


def split_pairs(pairs: Sequence[str], option: str) -> Mapping[str, str]:
    """PARTY=VALUE options by party. Raises ValueError."""
    found: dict[str, str] = {}
    for pair in pairs:
        party, equals, value = pair.partition("=")
        if not (party and equals and value):
            raise ValueError(f"{option} {pair!r}: write PARTY=VALUE")
        if party in found:
            raise ValueError(f"{option} names {party!r} twice")
        found[party] = value
    return found
