"""`steerclear plan authority`: which declared plans an amended agreement brings under another party's control."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError, LocalClient
from steerclear.interfaces.cli.node_file import NodeFileError, read_node_config
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, utc
from steerclear.interfaces.cli.plan_check import named_item
from steerclear.interfaces.cli.plan_tools import Many, PlanTools
from steerclear.interfaces.cli.plan_view import place_of, whom_to_call
from steerclear.model.plans import ItemStanding

if TYPE_CHECKING:
    from steerclear.model.agreement import Agreement
    from steerclear.model.declared import Declared

KINDS = ("plans", "zones", "sites", "movements")


def authority_command(tools: PlanTools) -> Any:
    """`plan authority`."""

    def authority(
        *,
        amended: Path,
        agreement: Path | None = None,
        plans: Many | None = None,
        config: Path = NODE_FILE,
        json: Json = False,
    ) -> int:
        """Say for which declared plans, zones, sites and movements an amended agreement changes who controls there.

        A running node is asked what is declared. With --plans no node is needed.

        Exit codes: 0 for none, 2 usage, 5 an agreement cannot be used, 6 the node does not run, 9 its file cannot be
        used, 11 for some, 12 a file is no plan.

        Parameters
        ----------
        amended
            The agreement as it is to be; nobody needs to have signed it.
        agreement
            The agreement before; where not given, the version before it in the node's file.
        plans
            Instead of what is declared: plans, FILE or PARTY=FILE; the first party where none is named.
        config
            The node's file.
        json
            One JSON document.
        """

        def work() -> ExitCode:
            new = tools.read_agreement(amended)
            old = _before(tools, new, config) if agreement is None else tools.read_agreement(agreement)
            if old.agreement_id != new.agreement_id:
                raise CommandError(ExitCode.USAGE, f"{amended} is agreement {new.agreement_id}, not {old.agreement_id}")
            items = _declared(tools, config) if plans is None else _from_files(tools, new, plans)
            found = [msgspec.to_builtins(one) for one in tools.authority_affected(old, new, items)]
            if json:
                print_json({"compared": len(items), "affected": found})
            else:
                _print(found, len(items), new)
            return ExitCode.FINDINGS if found else ExitCode.OK

        return ending(work)

    return authority


def _before(tools: PlanTools, new: Agreement, config: Path) -> Agreement:
    """The last version before it in a node's file. Raises CommandError."""
    try:
        node = read_node_config(config)
    except NodeFileError as fault:
        raise CommandError(ExitCode.CONFIGURATION, str(fault)) from None
    named = [node.file.node.agreement, *(one.agreement for one in node.file.node.amendments)]
    held = [tools.read_agreement(node.path(one)) for one in named]
    before = [one for one in held if one.version < new.version]
    if not before:
        raise CommandError(
            ExitCode.USAGE, f"{config} names no version before {new.version}; name the one that it amends: --agreement"
        )
    return max(before, key=lambda one: one.version)


def _declared(tools: PlanTools, config: Path) -> list[Declared]:
    client = LocalClient(config)
    known = [one for path in KINDS for one in client.get_json(f"/{path}")]
    return [tools.standing_as_declared(msgspec.convert(one, ItemStanding)) for one in known]


def _from_files(tools: PlanTools, new: Agreement, files: list[str]) -> list[Declared]:
    return [tools.as_declared(named_item(tools, words, new.parties[0].party_id)) for words in files]


def _print(found: list[Any], compared: int, new: Agreement) -> None:
    print_line(
        f"{len(found)} of {compared} declared item(s) affected by {new.agreement_id} version {new.version},"
        f" from {utc(new.in_force_from_s)}"
    )
    if found:
        print_table(
            ("item", "of", "title", "area", "change", "where", "call"),
            (
                (one["item_id"], one["party"], one["title"], finding["other_title"] or finding["other_id"],
                 finding["said"], place_of(finding), whom_to_call(finding))
                for one in found
                for finding in one["findings"]
            ),
        )  # fmt: skip
