"""Who takes part in simulated runs: up to four parties with fixed keys, and one agreement with short times.

The keys are made from names, so that every run has the same ones: signatures are real, secrecy is not the point.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from steerclear.dialogue.terms import AgreementVersion, Versions
from steerclear.model.agreement import (
    AcknowledgementDeadline,
    Agreement,
    Desk,
    FleetRule,
    FunctionOutlets,
    Ladder,
    LadderSide,
    LineCheckSchedule,
    MessageDeadline,
    Party,
    PartyKeys,
    Rung,
    SeparationMinima,
)
from steerclear.model.alert import AlertKind, Severity
from steerclear.model.vocabulary import MessageKind, Urgency
from steerclear.services.line_end import LineKeys
from steerclear.simulation.clock import START_S

NAMES: Final = ("north", "south", "east", "west")
DUTY: Final = "duty officer"
COMMANDER: Final = "commander"
PAGER: Final = "pager"
"""The one outlet of every party's commander."""
ANSWER_CHECK_WITHIN_S: Final = 3.0

LADDER: Final = Ladder(
    ladder_id="climb",
    rungs=(
        Rung(function=DUTY, after_s=0.0),
        Rung(function=COMMANDER, after_s=2.0),
        Rung(function=DUTY, after_s=3.5, side=LadderSide.SENDER),
        Rung(function=COMMANDER, after_s=5.0, last=True),
    ),
)
DEADLINES: Final = (
    MessageDeadline(
        message=MessageKind.SAFETY_STOP,
        urgency=Urgency.IMMEDIATE,
        acknowledge_s=2.5,
        relay_s=4.5,
        ladder_id=LADDER.ladder_id,
    ),
    MessageDeadline(message=MessageKind.REQUEST, urgency=Urgency.ROUTINE, acknowledge_s=3.0, respond_s=5.0),
)


def private_key(*names: str) -> Ed25519PrivateKey:
    """A key that follows from names."""
    return Ed25519PrivateKey.from_private_bytes(sha256("/".join(("simulation", *names)).encode()).digest())


@cache
def line_keys(party: str) -> LineKeys:
    """The private keys of a party's node."""
    return LineKeys(private_key(party, "signing"), private_key(party, "witness"))


@cache
def versions_for(count: int) -> Versions:
    """The agreement between the first `count` parties."""
    agreement = Agreement(
        agreement_id="simulated-sky",
        version=1,
        title="An agreement for simulated runs",
        in_force_from_s=START_S - 86_400.0,
        parties=tuple(_party(name) for name in NAMES[:count]),
        minima=SeparationMinima(horizontal_m=9_260.0, vertical_m=300.0, lookahead_s=300.0),
        time_in_breach=None,
        zones=(),
        deadlines=(
            AcknowledgementDeadline(
                alert_kind=AlertKind.SEPARATION, severity=Severity.WARNING, within_s=2.5, ladder_id=LADDER.ladder_id
            ),
        ),
        line_checks=LineCheckSchedule(every_s=86_400.0, answer_within_s=ANSWER_CHECK_WITHIN_S),
        message_deadlines=DEADLINES,
        ladders=(LADDER,),
    )
    return Versions((AgreementVersion(agreement, sha256(b"simulated agreement of %d parties" % count).digest()),))


def _party(name: str) -> Party:
    root, signing, witness = (
        private_key(name, role).public_key().public_bytes_raw() for role in ("root", "signing", "witness")
    )
    return Party(
        party_id=name,
        name=name.title(),
        agencies=(f"{name} air service",),
        desks=(
            Desk(
                desk_id=desk_of(name),
                functions=(DUTY, COMMANDER),
                outlets=(FunctionOutlets(function=COMMANDER, outlets=(PAGER,)),),
            ),
        ),
        fleet=FleetRule(callsign_prefixes=(name[:1].upper(),)),
        keys=PartyKeys(root=root, signing=signing, witness=witness),
    )


def desk_of(party: str) -> str:
    """Id of a party's one desk."""
    return f"{party}-desk"
