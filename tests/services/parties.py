"""Two parties with fixed keys, an agreement between them, and nodes without a network."""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from steerclear.dialogue.batch import decode_refusal, encode_batch, encode_refusal
from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.terms import AgreementVersion, Versions
from steerclear.interfaces.agreement_file import encode_agreement, sign_agreement
from steerclear.model.agreement import (
    AcknowledgementDeadline,
    Agreement,
    Desk,
    FleetRule,
    LineCheckSchedule,
    Party,
    PartyKeys,
    SeparationMinima,
)
from steerclear.model.alert import AlertChange, AlertEvent, AlertKind, AlertSubject, Severity
from steerclear.model.track import Identity
from steerclear.services.announce_alerts import AlertAnnouncer
from steerclear.services.exchange import Exchange
from steerclear.services.export_record import AgreementFiles
from steerclear.services.keep_time import Timekeeper
from steerclear.services.line_end import LineKeys
from steerclear.services.line_views import line_views
from steerclear.store import SqliteStore
from steerclear.tlog import Ed25519Signer

START_S = 1_800_000_000.0
PARTIES = ("north", "south", "east")
ACKNOWLEDGE_WITHIN_S = 60.0


def private_key(*names: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256("/".join(names).encode()).digest())


def line_keys(party: str) -> LineKeys:
    return LineKeys(private_key(party, "signing"), private_key(party, "witness"))


def make_party(party: str) -> Party:
    root, signing, witness = (
        private_key(party, role).public_key().public_bytes_raw() for role in ("root", "signing", "witness")
    )
    return Party(
        party_id=party,
        name=party.title(),
        agencies=(f"{party} air service",),
        desks=(Desk(desk_id=f"{party}-desk", functions=("duty officer", "commander")),),
        fleet=FleetRule(callsign_prefixes=(party[:1].upper(),)),
        keys=PartyKeys(root=root, signing=signing, witness=witness),
    )


def make_agreement(parties=("north", "south"), version=1, agreement_id="two-skies", every_s=3_600.0) -> Agreement:
    return Agreement(
        agreement_id=agreement_id,
        version=version,
        title="A test between two parties",
        in_force_from_s=START_S - 86_400.0,
        parties=tuple(make_party(party) for party in parties),
        minima=SeparationMinima(horizontal_m=9_260.0, vertical_m=300.0, lookahead_s=300.0),
        time_in_breach=None,
        zones=(),
        deadlines=tuple(
            AcknowledgementDeadline(alert_kind=kind, severity=severity, within_s=ACKNOWLEDGE_WITHIN_S)
            for kind in (AlertKind.SEPARATION, AlertKind.ZONE)
            for severity in (Severity.CAUTION, Severity.WARNING, Severity.BREACH)
        ),
        line_checks=LineCheckSchedule(every_s=every_s, answer_within_s=30.0),
    )


def versions_of(*agreements: Agreement) -> Versions:
    """The versions that a node knows, oldest first."""
    known = [AgreementVersion(agreement, sha256(encode_agreement(agreement)).digest()) for agreement in agreements]
    return Versions(tuple(known))


def signed_files(agreement: Agreement) -> AgreementFiles:
    """The agreement as a file that the root keys of all its parties have signed."""
    data, signatures = encode_agreement(agreement), None
    for party in agreement.parties:
        signer = Ed25519Signer(party.party_id, private_key(party.party_id, "root"))
        signatures = sign_agreement(data, signatures, signer)
    assert signatures is not None
    return AgreementFiles(data, signatures)


def make_alert(
    number=1, change=AlertChange.RAISED, severity=Severity.WARNING, parties=("north", "south")
) -> AlertEvent:
    return AlertEvent(
        alert_id=f"separation/N{number}/S{number}",
        kind=AlertKind.SEPARATION,
        change=change,
        severity=severity,
        time_s=START_S + number,
        subjects=tuple(
            AlertSubject(
                track_id=f"{party}-{number}",
                identity=Identity(callsign=f"{party[:1].upper()}{number}"),
                party=party,
                latitude_deg=46.5,
                longitude_deg=7.5,
                altitude_m=3_000.0,
                east_mps=100.0,
                north_mps=-20.5,
                up_mps=0.0,
                report_time_s=START_S,
            )
            for party in parties[:2]
        ),
        parties=tuple(sorted(parties)),
        reason="closest in 84 s at 1.2 NM, 300 ft",
    )


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, time_s: float = START_S) -> None:
        self.time_s = time_s

    def now_s(self) -> float:
        return self.time_s

    def steady_s(self) -> float:
        return self.time_s


class Node:
    """One party's exchange over a store in memory."""

    def __init__(self, party, agreement=None, clock=None, store=None, keys=None, statements=()) -> None:
        self.party = party
        self.keys = line_keys(party) if keys is None else keys
        self.statements = statements
        self.clock = HandClock() if clock is None else clock
        self.store = SqliteStore.in_memory(line_views()) if store is None else store
        versions = versions_of(agreement or make_agreement())
        self.exchange = Exchange(self.store, versions, party, self.keys, self.clock, statements=statements)
        self.timekeeper = Timekeeper(self.exchange)
        self.announcer = AlertAnnouncer(self.exchange)

    def announce(self, *alerts) -> None:
        self.announcer.record(alerts, (), self.clock.now_s())

    def post_to(self, other: Node) -> bool:
        """One post, and its answer; False when nothing had to be said."""
        post = self.exchange.next_post(other.party)
        if post is None:
            return False
        deliver(self, other, encode_batch(post.batch))
        return True

    def restarted(self, agreement=None, keys=None, statements=None) -> Node:
        """The same store under a new process, with other keys where they are given."""
        keys, statements = keys or self.keys, self.statements if statements is None else statements
        return Node(self.party, agreement, self.clock, self.store, keys, statements)

    def close(self) -> None:
        self.store.close()


def deliver(sender: Node, receiver: Node, body: bytes) -> None:
    """Carry a post over and its answer back, as the line's port does."""
    try:
        note = receiver.exchange.receive(sender.party, body)
    except LineFaultError as fault:
        incoming = receiver.exchange.line(sender.party).incoming
        refusal = decode_refusal(encode_refusal(fault, incoming.frontier.size, incoming.note))
        sender.exchange.take_refusal(receiver.party, refusal)
        raise
    sender.exchange.take_receipt(receiver.party, note)


def settle(*nodes: Node) -> None:
    """Post until nobody has anything left to say."""
    while any(one.post_to(other) for one in nodes for other in nodes if one is not other):
        pass
