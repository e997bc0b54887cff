"""`steerclear plan check`: everything that is known against a plan, by a running node or from files alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError, LocalClient
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line
from steerclear.interfaces.cli.plan_tools import (
    NO_WORDS,
    NOT_DRAWN,
    Drawn,
    FileWords,
    Many,
    PlanTools,
    Purpose,
    draft_of,
    new_name,
    write_out,
)
from steerclear.interfaces.cli.plan_view import print_check, print_resolutions
from steerclear.interfaces.cli.stated_places import UNSTATED, Stated
from steerclear.model.declared import StatedPlace
from steerclear.model.intent import Constraint, ConstraintBasis, ConstraintState, IntentState, OperationalIntent
from steerclear.model.plan_check import Finding
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.plans import DeclaredItem, ItemStanding, declared
from steerclear.model.resolution import Resolutions
from steerclear.model.volumes import Position

KIND_FOR_CHECK = {"plan": "plans", "zone": "zones"}


def check_command(tools: PlanTools, noun: str) -> Any:
    """`plan check`, `zone check`."""

    def check(
        file: Path,
        *,
        words: FileWords = NO_WORDS,
        drawn: Drawn = NOT_DRAWN,
        purpose: Purpose = "ordinary",
        stated: Stated = UNSTATED,
        resolve: Annotated[bool, Parameter(negative=())] = False,
        agreement: Path | None = None,
        party: str | None = None,
        against: Many | None = None,
        config: Path = NODE_FILE,
        json: Json = False,
    ) -> int:
        """Say what is known against a plan. Nothing is declared, reserved or permitted by it.

        A running node compares it with all that is known. With --agreement no node is needed: it is compared with the
        agreement and the files given.

        Exit codes: 0 no conflict known, 2 usage, 5 the agreement cannot be used, 6 the node does not run, 7 refused,
        9 its file cannot be used, 11 something stands against it, 12 a file is no plan.

        Parameters
        ----------
        file
            A route, orbit, waypoints, GeoJSON, KML, F3548-21 JSON or ICAO flight plan.
        purpose
            Of a flight: ordinary, medical or emergency.
        resolve
            Also look for the smallest changes that would clear it.
        agreement
            Check without a node, under this agreement.
        party
            Without a node: whose plan it is; the first party of the agreement where not given.
        against
            Without a node: plans to compare with, FILE or PARTY=FILE.
        config
            The node's file.
        json
            One JSON document.
        """

        def work() -> ExitCode:
            now_s = time.time()
            draft = words.draft(tools, file, now_s)
            if not json:
                print_draft(draft)
            if agreement is None:
                if against or party:
                    raise CommandError(
                        ExitCode.USAGE, "--against and --party go with --agreement, for a check without a node"
                    )
                body = body_of(noun, draft, purpose) | stated_of(tools, draft, stated)
                found = _by_node(tools, noun, draft, purpose, body | {"resolve": resolve}, drawn, config)
            else:
                item, words_of_place = _item(noun, draft, purpose, ""), stated.places(tools, middle(tools, draft))
                found = _offline(tools, item, words_of_place, agreement, party, against or [], resolve, drawn, now_s)
            if json:
                print_json(found | {"assumptions": draft.assumptions})
            else:
                print_check(found["check"])
                if found["resolutions"] is not None and not found["check"]["clear"]:
                    print_resolutions(found["resolutions"])
            return ExitCode.OK if found["check"]["clear"] else ExitCode.FINDINGS

        return ending(work)

    return check


def print_draft(draft: PlanDraft) -> None:
    """Print what was read, and every assumption."""
    print_line(f"read {draft.source}: {draft.title!r}, {len(draft.volumes)} volume(s)")
    for assumption in draft.assumptions:
        print_line(f"assumed: {assumption}")


def middle(tools: PlanTools, draft: PlanDraft) -> Position:
    """The middle of where a plan begins, which is what words of its place are about."""
    return tools.middle_of(draft.volumes[0].area)


def stated_of(tools: PlanTools, draft: PlanDraft, stated: Stated) -> dict[str, Any]:
    """What was told of a draft's place in words, as it is in a request. Raises CommandError."""
    return stated.body(tools, middle(tools, draft)) if stated.stated else {}


def body_of(noun: str, draft: PlanDraft, purpose: str) -> dict[str, Any]:
    """What a draft is in a request."""
    body: dict[str, Any] = {"title": draft.title, "volumes": msgspec.to_builtins(draft.volumes)}
    if noun == "plan":
        body |= {
            "priority": draft.priority,
            "purpose": purpose,
            "kind": draft.kind,
            "identities": msgspec.to_builtins(draft.identities),
        }
    return body


def _by_node(
    tools: PlanTools, noun: str, draft: PlanDraft, purpose: str, body: dict[str, Any], drawn: Drawn, config: Path
) -> dict[str, Any]:
    client = LocalClient(config)
    found: dict[str, Any] = client.post_json(f"/{KIND_FOR_CHECK[noun]}/check", body)
    if drawn.plot is not None or drawn.geojson is not None:
        known = [one for path in ("plans", "zones", "sites", "movements") for one in client.get_json(f"/{path}")]
        others = [tools.standing_as_declared(msgspec.convert(one, ItemStanding)) for one in known]
        draw(tools, _item(noun, draft, purpose, ""), others, found, drawn)
    return found


def _offline(
    tools: PlanTools,
    item: DeclaredItem,
    stated: Sequence[StatedPlace],
    agreement: Path,
    party: str | None,
    against: list[str],
    resolve: bool,
    drawn: Drawn,
    now_s: float,
) -> dict[str, Any]:
    terms = tools.read_agreement(agreement)
    parties = [one.party_id for one in terms.parties]
    ours = party or parties[0]
    if ours not in parties:
        raise CommandError(
            ExitCode.USAGE, f"--party: agreement {terms.agreement_id} has no party {ours!r}: {', '.join(parties)}"
        )
    theirs = next((one for one in parties if one != ours), ours)
    others = [named_item(tools, words, theirs) for words in against]
    mine = declared(msgspec.structs.replace(item.it, party=ours))
    checked = tools.check_offline(terms, mine, others, now_s, stated)
    resolutions = tools.resolve_offline(terms, mine, others, now_s, stated) if resolve else None
    found = {"check": msgspec.to_builtins(checked), "resolutions": msgspec.to_builtins(resolutions)}
    draw(tools, mine, [tools.as_declared(one) for one in others], found, drawn)
    return found


def named_item(tools: PlanTools, words: str, theirs: str) -> DeclaredItem:
    """The flight of FILE or PARTY=FILE; `theirs` where no party is named. Raises CommandError."""
    party, named, file = words.rpartition("=")
    return _item("plan", draft_of(tools, Path(file), None, {}, None), "ordinary", party if named else theirs)


def draw(tools: PlanTools, item: DeclaredItem, others: list[Any], found: dict[str, Any], drawn: Drawn) -> None:
    """Write the picture and the GeoJSON that were asked for."""
    findings = tuple(msgspec.convert(one["finding"], Finding) for one in found["check"]["findings"])
    plan = tools.as_declared(item)
    if drawn.plot is not None:
        resolutions = None if found["resolutions"] is None else msgspec.convert(found["resolutions"], Resolutions)
        write_out(drawn.plot, tools.draw(plan, others, findings, resolutions).encode())
    if drawn.geojson is not None:
        write_out(drawn.geojson, tools.geojson([plan, *others], findings))


def _item(noun: str, draft: PlanDraft, purpose: str, party: str) -> DeclaredItem:
    if noun == "zone":
        zone = Constraint(
            constraint_id=new_name(),
            revision=1,
            party=party,
            state=ConstraintState.REQUESTED,
            basis=ConstraintBasis.UNILATERAL,
            title=draft.title,
            volumes=draft.volumes,
        )
        return declared(zone)
    flight = OperationalIntent(
        intent_id=new_name(),
        revision=1,
        party=party,
        state=IntentState.ACCEPTED,
        title=draft.title,
        volumes=draft.volumes,
        off_nominal_volumes=draft.off_nominal_volumes,
        priority=draft.priority,
        kind=draft.kind,
        identities=draft.identities,
    )
    return declared(msgspec.convert(msgspec.to_builtins(flight) | {"purpose": purpose}, OperationalIntent))
