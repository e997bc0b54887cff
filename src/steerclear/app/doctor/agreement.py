"""The agreement: signed by all and in force; and whether every function of a ladder can be reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from steerclear.app.doctor.findings import broken, soon, well
from steerclear.app.node import check_peers, read_versions
from steerclear.dialogue.terms import Versions
from steerclear.interfaces.agreement_file import AgreementError
from steerclear.interfaces.cli.doctor import Finding
from steerclear.interfaces.cli.node_file import NodeConfig, NodeFileError
from steerclear.interfaces.outlets import OutletsError, is_spoken, open_outlets, shipped_languages


def examine_agreement(config: NodeConfig, now_s: float) -> tuple[Versions | None, list[Finding]]:
    """The signed versions, None when they cannot be used."""
    try:
        versions, _ = read_versions(config)
        check_peers(config, versions.newest.agreement)
    except NodeFileError as error:
        return None, [broken("agreement.signed", str(error), "correct the paths and the parties in the node's file")]
    except AgreementError as error:
        remedy = "`steerclear agreement verify` tells who must sign; a changed file needs all signatures anew"
        return None, [broken("agreement.signed", str(error), remedy)]
    found = [well("agreement.signed", f"{len(versions.known)} version(s), each signed by all parties")]
    now = versions.in_force(now_s)
    if now is None:
        first = versions.known[0].agreement
        found.append(
            broken(
                "agreement.in_force",
                f"no version is in force yet; version {first.version} begins {_utc(first.in_force_from_s)}",
                "nothing can be said before; check this machine's clock if the parties think otherwise",
            )
        )
    else:
        found.append(well("agreement.in_force", f"{now.agreement.agreement_id} version {now.agreement.version}"))
        for later in versions.known:
            if later.agreement.in_force_from_s > now_s:
                begins = _utc(later.agreement.in_force_from_s)
                found.append(well("agreement.next", f"version {later.agreement.version} takes over {begins}"))
    return versions, found


def examine_outlets(config: NodeConfig, versions: Versions | None) -> Iterator[Finding]:
    """Every outlet that the agreement names for us is configured, and every function of a ladder has one."""
    if versions is None:
        return
    agreement = versions.newest.agreement
    us = agreement.party(config.file.node.party)
    configured = config.file.outlets
    try:
        open_outlets(configured, config.folder, config.file.node.language)
    except OutletsError as error:
        yield broken("outlets.usable", str(error), "correct [outlets] in the node's file")
    for code in sorted({outlet.language or config.file.node.language for outlet in configured.values()}):
        if not is_spoken(code):
            yield soon(
                "outlets.language",
                f"summons have no words in {code!r}: they go out in English",
                f"choose one of: {', '.join(shipped_languages())}; or add a file for it, see docs/node.md",
            )
    named = {outlet for desk in us.desks for reach in desk.outlets for outlet in reach.outlets}
    for outlet in sorted(named - set(configured)):
        yield broken(
            "outlets.configured",
            f"the agreement reaches functions of ours by {outlet!r}, which this node does not have",
            f"add [outlets.{outlet}] to the node's file, or amend the agreement",
        )
    if named and named <= set(configured):
        yield well("outlets.configured", f"all {len(named)} outlets that the agreement names are configured")
    # That every party has the functions of every ladder is checked when the agreement is read.
    for function in sorted({rung.function for ladder in agreement.ladders for rung in ladder.rungs}):
        if not any(desk.outlets_of(function) for desk in us.desks_with(function)):
            yield soon(
                "outlets.ladder",
                f"a ladder reaches {function!r}, which has no outlet: the rung shows on the desk's screens only",
                "agree on an outlet for it, and configure that here",
            )


def _utc(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
