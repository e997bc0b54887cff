"""`steerclear line ack | relay | answer | check`: what a desk says to what it was told."""

from __future__ import annotations

import time
from typing import Any

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.line_terms import LineTools, Speaker, moment_s, one_of, told
from steerclear.interfaces.cli.local_client import CommandError, quoted
from steerclear.interfaces.cli.output import ending
from steerclear.model.messages import Cause, Verdict


def ack(message_id: str, *, speaker: Speaker, remark: str = "") -> int:
    """Acknowledge a message: say, as a named function, that it has been read. It is not consent.

    Exit codes: 0 the acknowledgement is stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its
    file cannot be used.

    Parameters
    ----------
    message_id
        Id of the message, as `line status` shows it.
    remark
        One line of free text.
    """
    return _say_to(message_id, speaker, "acknowledgement", {"remark": remark}, f"acknowledged {message_id}")


def answer(message_id: str, verdict: str, *, speaker: Speaker, reference: str = "", remark: str = "") -> int:
    """Say what your side makes of a message. Each kind has its own answers.

    notice: no_objection, approved, objection, checking. identification_request: ours, not_ours, checking.
    safety_stop: keeping_clear, cannot_comply, checking. request: accepted, declined, checking. consultation and
    agreement_event: no_objection, approved, objection. incident_report: confirmed, disputed, checking. late_entry:
    confirmed, disputed. "checking" settles nothing: the answer stays owed.

    Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    message_id
        Id of the message, as `line status` shows it.
    verdict
        What you say to it.
    reference
        Where the aircraft or item is known on your side; may be left out.
    remark
        One line of free text.
    """

    def body() -> dict[str, Any]:
        return {"verdict": one_of("VERDICT", verdict, Verdict), "reference": reference, "remark": remark}

    return _say_to(message_id, speaker, "response", body, f"answered {message_id}: {verdict}")


def relay_command(tools: LineTools) -> Any:
    """`line relay`."""

    def relay(message_id: str, *, unit: str, speaker: Speaker, confirmed_at: str = "now", remark: str = "") -> int:
        """Say that the unit that must act has confirmed a message. It is not a decision of that unit.

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        message_id
            Id of the message, as `line status` shows it.
        unit
            The unit that has confirmed.
        confirmed_at
            When: "now", "-5 min", or like 2026-01-31T06:00:00Z.
        remark
            One line of free text.
        """

        def body() -> dict[str, Any]:
            at_s = moment_s(tools, "--confirmed-at", confirmed_at, time.time())
            return {"unit": unit, "confirmed_at_s": at_s, "remark": remark}

        return _say_to(message_id, speaker, "relay", body, f"relayed {message_id} to {unit}")

    return relay


def check(
    peer: str | None = None, *, answer: str | None = None, speaker: Speaker, cause: str | None = None, remark: str = ""
) -> int:
    """Ask a peer's desk "do you hear me?", or answer such a question with --answer MESSAGE_ID.

    Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    peer
        The party to ask.
    answer
        Id of the line check to answer.
    cause
        Why the answer comes late: weather, power, network, equipment, maintenance, desk_unmanned, ordered, other.
    remark
        One line of free text beside the answer.
    """
    if bool(peer) == bool(answer):

        def neither() -> None:
            raise CommandError(
                ExitCode.USAGE, "name either a PEER to ask, or the line check to answer with --answer MESSAGE_ID"
            )

        return ending(neither)
    if answer:

        def body() -> dict[str, Any]:
            return {"cause": None if cause is None else one_of("--cause", cause, Cause), "remark": remark}

        return _say_to(answer, speaker, "line-check-answer", body, f"answered {answer}")

    def ask() -> None:
        told(speaker.client().post_json(f"/peers/{quoted(str(peer))}/line-check"), f"asked {peer}", speaker.json)

    return ending(ask)


def _say_to(message_id: str, speaker: Speaker, route: str, body: Any, what: str) -> int:
    def work() -> None:
        if not message_id:
            raise CommandError(ExitCode.USAGE, "name the message, as `steerclear line status` shows it")
        said = body() if callable(body) else body
        sent = speaker.client().post_json(f"/messages/{quoted(message_id)}/{route}", said)
        told(sent, f"{what} as {speaker.as_}", speaker.json)

    return ending(work)
