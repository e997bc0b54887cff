"""The `steerclear` command: every subcommand is loaded only when it is used, so that help comes at once."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import App

COMMANDS = (
    ("watch", "steerclear.app.commands.watch:watch", "Run the picture on recordings or live feeds and print alerts."),
    ("serve", "steerclear.app.commands.serve:serve", "Run a node: the line to the peers, the local API, the feeds."),
    ("line", "steerclear.app.commands.line:line", "Status of the line; acknowledge, check, follow."),
    ("track", "steerclear.app.commands.track:track", "Tracks of the picture: whose they are, what they head for."),
    ("identify", "steerclear.app.commands.identify:identify", "Is this yours? Cases, questions, answers, units told."),
    ("stop", "steerclear.app.commands.stop:stop", "A safety stop around a track, a zone or a site, in one action."),
    ("advise", "steerclear.app.commands.advise:advise", "What keeps an aircraft of ours clear; smallest manoeuvres."),
    ("plan", "steerclear.app.commands.plan:plan", "Check a plan before it is flown; declare, amend, end, open it."),
    ("zone", "steerclear.app.commands.plan:zone", "Check and declare a zone; amend, close it; list zones."),
    ("site", "steerclear.app.commands.plan:site", "Protected sites on the ground: declare, list."),
    ("movement", "steerclear.app.commands.plan:movement", "Movements on the ground: declare, list."),
    ("record", "steerclear.app.commands.record:record", "Export, show and verify the joint record."),
    ("report", "steerclear.app.commands.report:report", "Is the mechanism functioning? Measures over a period."),
    ("incident", "steerclear.app.commands.incident:incident", "Open, freeze, verify, replay and review incidents."),
    ("agreement", "steerclear.app.commands.agreement:agreement", "Write, show, compare, sign, amend an agreement."),
    ("node", "steerclear.app.commands.node:node", "Write a node's file, back a node up, build a lost node again."),
    ("pair", "steerclear.app.commands.pair:pair", "Compare keys and agreement with the other party by telephone."),
    ("doctor", "steerclear.app.commands.doctor:doctor", "Say what is wrong with a node, and what to do about it."),
    ("keys", "steerclear.app.commands.keys:keys", "Create, show, replace and revoke a party's keys."),
    ("drill", "steerclear.app.commands.drill:drill", "Play a past failure, or your own, on the shipped code."),
    ("f3548", "steerclear.app.commands.f3548:f3548", "Keys, tokens and a token issuer for tests of F3548-21 hosts."),
)

_NEGATIVE = re.compile(r"-\d[\d.]*[^\d.]")
"""How a negative value begins that is more than a number; plain numbers are understood as they are."""


def application() -> App:
    """The whole command line; nothing of a subcommand is loaded yet."""
    from cyclopts import App  # noqa: PLC0415 the extra may be missing

    from steerclear import __version__  # noqa: PLC0415

    app = App(
        name="steerclear",
        version=__version__,
        help="Airspace de-confliction between parties that share a sky but no command.",
    )
    for name, target, text in COMMANDS:
        app.command(target, name=name, help=text)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exits with the code documented in docs/cli.md."""
    try:
        app = application()
    except ModuleNotFoundError as missing:
        if missing.name != "cyclopts":
            raise
        sys.exit("steerclear: the command line is an extra; install it with: pip install 'steerclear[all]'")
    said = sys.argv[1:] if arguments is None else arguments
    try:
        app(_with_negatives(said))
    except KeyboardInterrupt:  # before the command itself had begun
        sys.exit(130)
    except UnicodeEncodeError:
        # Names of files may be any bytes; what is told, asked for or printed as JSON has to be text.
        strange = [argument for argument in said if not _is_text(argument)]
        if not strange:
            raise
        sys.stderr.write(f"steerclear: {strange[0]!a} is not UTF-8 text; type it in a terminal set to UTF-8\n")
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output has gone (as in `| head`): nobody is left to tell anything.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _is_text(argument: str) -> bool:
    """Whether what the shell gave is text: bytes that are no UTF-8 come as lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in argument)


def _with_negatives(arguments: Sequence[str]) -> list[str]:
    """The arguments; a value as "-10 min" or "-33.9,18.4" is tied to the option before it, else it passes for one."""
    told: list[str] = []
    for number, argument in enumerate(arguments):
        before = told[-1] if told else ""
        if before == "--":
            return [*told, *arguments[number:]]
        if _NEGATIVE.match(argument) and before.startswith("--") and "=" not in before:
            told[-1] = f"{before}={argument}"
        else:
            told.append(argument)
    return told
