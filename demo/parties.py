"""The two parties of the demonstration: fresh keys, an agreement that both sign, and a node file each."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from demo.recordings import AMERICAN_ADDRESSES, FRENCH_ADDRESSES, STRETCHES, Stretch, recording_path, wildfire_addresses
from steerclear.interfaces.agreement_file import encode_agreement, sign_agreement
from steerclear.model.agreement import (
    AcknowledgementDeadline,
    Agreement,
    Desk,
    FleetRule,
    FunctionOutlets,
    Ladder,
    LineCheckSchedule,
    MessageDeadline,
    Party,
    PartyKeys,
    Rung,
    SeparationMinima,
    TimeInBreachRule,
)
from steerclear.model.alert import AlertKind, Severity
from steerclear.model.keys import KeyRole
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import MessageKind, Urgency
from steerclear.model.zone import Circle, Zone
from steerclear.store.key_files import PublicKeys, create_keys, key_path, load_private_key
from steerclear.tlog import Ed25519Signer

PARTIES = ("north", "south")
DUTY, DEPUTY, COMMANDER = "duty officer", "deputy", "commander"
STOP_RUNGS = {DUTY: 0.0, DEPUTY: 3.0, COMMANDER: 6.0}
"""The ladder of a safety stop: who is reached for, and after how many seconds without an acknowledgement."""
PAGER, PAGER_FILE = "pager", "pager.jsonl"
"""The outlet of every function: a file that stands for a pager."""
ACKNOWLEDGE_WITHIN_S = 8.0
"""Short, because the recordings run a hundred times faster than the desks' clocks."""
_NM_M, _FOOT_M = 1852.0, 0.3048


class Place(msgspec.Struct, frozen=True):
    """Where one party of the demonstration keeps its things, and where its node listens."""

    party: str
    folder: Path
    line_port: int
    local_port: int

    @property
    def config(self) -> Path:
        """The node file."""
        return self.folder / "node.toml"


def prepare(folder: Path) -> tuple[dict[str, Place], dict[str, PublicKeys]]:
    """Make keys, agreement, signatures and node files for both parties under a folder."""
    ports = _free_ports(4)
    places = {party: Place(party, folder / party, *ports[2 * k : 2 * k + 2]) for k, party in enumerate(PARTIES)}
    public = {party: create_keys(place.folder / "keys", party, time.time()) for party, place in places.items()}
    agreement = encode_agreement(_agreement(public))
    signatures: bytes | None = None
    for party, place in places.items():
        root = load_private_key(key_path(place.folder / "keys", KeyRole.ROOT))
        signatures = sign_agreement(agreement, signatures, Ed25519Signer(party, root))
    assert signatures is not None
    for party, place in places.items():
        (place.folder / "agreement.toml").write_bytes(agreement)
        (place.folder / "agreement.toml.sig").write_bytes(signatures)
        other = next(place for name, place in places.items() if name != party)
        (place.folder / "peer.crt").write_bytes((other.folder / "keys" / "tls.crt").read_bytes())
        # The root key stays out of reach of the node, as it would in life.
        key_path(place.folder / "keys", KeyRole.ROOT).rename(place.folder / "root.key.offline")
    return places, public


def write_node_file(place: Place, peer: Place, peer_keys: PublicKeys, stretch: Stretch) -> None:
    """The configuration of one node, with one stretch of a recording as its feed."""
    place.config.write_text(
        f'''\
[node]
party = "{place.party}"
agreement = "agreement.toml"
signatures = "agreement.toml.sig"
data = "data"

[keys]
signing = "keys/signing.key"
witness = "keys/witness.key"
witness_ml_dsa = "keys/witness-ml-dsa.key"
tls_key = "keys/tls.key"
tls_certificate = "keys/tls.crt"

[line]
listen = "127.0.0.1:{place.line_port}"

[local]
listen = "127.0.0.1:{place.local_port}"

[[peers]]
party = "{peer.party}"
url = "https://127.0.0.1:{peer.line_port}"
certificate = "peer.crt"
certificate_sha256 = "{peer_keys.certificate_sha256.hex()}"

[outlets.{PAGER}]
file = "{PAGER_FILE}"

[picture]
sources = ["{recording_path(stretch)}"]
speed = {stretch.speed}
from = {_time(stretch.from_s)}
until = {_time(stretch.until_s)}
'''
    )


def _time(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _agreement(public: dict[str, PublicKeys]) -> Agreement:
    north_wildfire, south_wildfire = wildfire_addresses()
    fleets = {
        "north": FleetRule(icao_addresses=north_wildfire, icao_address_ranges=(FRENCH_ADDRESSES,)),
        "south": FleetRule(
            icao_addresses=south_wildfire,
            icao_address_ranges=(
                (0, FRENCH_ADDRESSES[0] - 1),
                (FRENCH_ADDRESSES[1] + 1, AMERICAN_ADDRESSES[0] - 1),
                (AMERICAN_ADDRESSES[1] + 1, 0xFFFFFF),
            ),
        ),
    }
    names = {
        "north": ("North", ("Northern air service",)),
        "south": ("South", ("Southern fire service", "Southern airlines")),
    }
    parties = tuple(
        Party(
            party_id=party,
            name=names[party][0],
            agencies=names[party][1],
            desks=(
                Desk(
                    desk_id=f"{party}-desk",
                    functions=tuple(STOP_RUNGS),
                    outlets=tuple(FunctionOutlets(function=name, outlets=(PAGER,)) for name in STOP_RUNGS),
                ),
            ),
            fleet=fleets[party],
            keys=PartyKeys(
                root=keys.root,
                signing=keys.signing,
                witness=keys.witness,
                witness_ml_dsa=keys.witness_ml_dsa,
            ),
        )
        for party, keys in public.items()
    )
    wildfire = STRETCHES[0]
    zone = Zone(
        zone_id="drop-area",
        name="Water drop area",
        party="south",
        footprint=Circle(latitude_deg=37.05, longitude_deg=-119.41, radius_m=3 * _NM_M),
        lower_m=0.0,
        upper_m=9_000 * _FOOT_M,
        altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
        from_s=wildfire.from_s,
        until_s=wildfire.until_s,
        dwell_s=60.0,
    )
    deadlines = tuple(
        AcknowledgementDeadline(alert_kind=kind, severity=severity, within_s=ACKNOWLEDGE_WITHIN_S)
        for kind in (AlertKind.SEPARATION, AlertKind.TIME_IN_BREACH, AlertKind.ZONE)
        for severity in (Severity.CAUTION, Severity.WARNING, Severity.BREACH)
    )
    return Agreement(
        agreement_id="two-parties-one-sky",
        version=1,
        title="Two parties, one sky",
        in_force_from_s=0.0,
        parties=parties,
        minima=SeparationMinima(horizontal_m=3 * _NM_M, vertical_m=1_000 * _FOOT_M, lookahead_s=120.0),
        time_in_breach=TimeInBreachRule(horizontal_m=3 * _NM_M, vertical_m=3_000 * _FOOT_M, longest_s=180.0),
        zones=(zone,),
        deadlines=deadlines,
        line_checks=LineCheckSchedule(every_s=3_600.0, answer_within_s=60.0),
        ladders=(_ladder(),),
        message_deadlines=(
            MessageDeadline(
                message=MessageKind.SAFETY_STOP,
                urgency=Urgency.IMMEDIATE,
                acknowledge_s=2.0,
                relay_s=20.0,
                respond_s=20.0,
                ladder_id="stop",
            ),
        ),
    )


def _ladder() -> Ladder:
    rungs = tuple(
        Rung(function=function, after_s=after_s, last=function == COMMANDER) for function, after_s in STOP_RUNGS.items()
    )
    return Ladder(ladder_id="stop", rungs=rungs)


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in held]
    for server in held:
        server.close()
    return ports
