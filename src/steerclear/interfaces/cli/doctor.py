"""`steerclear doctor`: what is wrong with a node, and what to do about it; whether the node runs or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line


class Level(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARN = "warn"
    """It works, but not for long, or not as safely as agreed."""
    FAIL = "fail"
    """It does not work like this."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    check: str
    """Stable name for programs, as in "certificate.own"."""
    level: Level
    says: str
    remedy: str = ""
    """What to do; empty when all is well."""


Examine = Callable[[Path], Iterator[Finding]]


def doctor_command(*, examine: Examine) -> Callable[..., int]:
    """The `doctor` command; how a node is examined is given by the composition root."""

    def doctor(*, config: Path = NODE_FILE, json: Json = False) -> int:
        """Look at a node's file, agreement, keys, certificates, disk, ports, peers, clock and outlets.

        One line per check: OK, WARN (it works, but not for long or not as safely as agreed) or FAIL, with a remedy.
        Nothing is changed, and no message is sent. The node may run or not.

        Exit codes: 0 all is well, 10 there is at least one WARN or FAIL.

        Parameters
        ----------
        config
            The node's file.
        json
            One JSON document instead of lines.
        """

        def work() -> ExitCode:
            found = []
            for finding in examine(config):
                found.append(finding)
                if not json:
                    _print(finding)
            if json:
                print_json({"findings": found})
            well = all(finding.level is Level.OK for finding in found)
            if not json:
                print_line(_summary(found))
            return ExitCode.OK if well else ExitCode.DOCTOR_FOUND

        return ending(work)

    return doctor


def _print(finding: Finding) -> None:
    print_line(f"{finding.level.upper():<4}  {finding.check:<22}  {finding.says}")
    if finding.remedy:
        print_line(f"      {'':<22}  -> {finding.remedy}")


def _summary(found: list[Finding]) -> str:
    failed = sum(finding.level is Level.FAIL for finding in found)
    warned = sum(finding.level is Level.WARN for finding in found)
    if not failed and not warned:
        return f"all {len(found)} checks are well"
    return f"{failed} failed, {warned} to see to soon, of {len(found)} checks"
