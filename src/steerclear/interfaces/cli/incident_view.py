"""Incidents as a person reads them: no answer is called no answer, and each step has a word of its own."""

from __future__ import annotations

from typing import Any, Final

from steerclear.interfaces.cli.output import print_json, print_line, print_table, utc

NO_ANSWER: Final = "NO ANSWER"


def print_incidents(found: list[dict[str, Any]]) -> None:
    """A table of incidents."""
    if not found:
        print_line("no incident is known here")
        return
    rows = []
    for standing in found:
        incident = standing["incident"]
        into = standing.get("joined_into")
        state = f"goes by {into}" if into else standing["state"].replace("_", " ").upper()
        rows.append(
            (
                incident["incident_id"],
                state,
                incident["cause"].replace("_", " "),
                utc(incident["at_s"]),
                incident["title"],
                len(standing["bundles"]),
                len(standing["peer_bundles"]),
            )
        )
    columns = ("incident", "state", "cause", "happened", "what", "our bundles", "theirs")
    print_table(columns, rows)


def print_detail(found: dict[str, Any]) -> None:
    """One incident in full."""
    standing = found["standing"]
    incident = standing["incident"]
    print_line(f"{incident['incident_id']}: {incident['title']}")
    opened = "by itself" if standing["automatic"] else "by hand"
    print_line(
        f"{standing['state'].replace('_', ' ').upper()}; {incident['cause'].replace('_', ' ')}; opened {opened} by"
        f" {incident['opened_by']}, {utc(incident['opened_s'])}"
    )
    print_line(f"happened {utc(incident['at_s'])}; evidence {utc(incident['from_s'])} to {utc(incident['until_s'])}")
    if standing["subjects"]:
        print_line(f"about: {', '.join(standing['subjects'])}")
    if found["trouble"]:
        print_line(f"NOT FROZEN: {found['trouble']}")
    for proof in found["proofs"]:
        bundle = proof["bundle"]
        end = "" if bundle["whole"] else " (window still open)"
        print_line(f"our bundle {bundle['number']}: SHA-256 {bundle['sha256']}, {utc(bundle['frozen_s'])}{end}")
        for peer in standing["peers"]:
            received = proof["received_s"].get(peer)
            print_line(f"  {peer}: {'its hash is not proved received' if received is None else _cosigned(received)}")
    for bundle in standing["peer_bundles"]:
        print_line(f"bundle of {bundle['party']}: SHA-256 {bundle['sha256']}, told {utc(bundle['told_s'])}")
    print_items(found["items"])
    if standing["closed_s"] is not None:
        print_line(f"closed on this side by {standing['closed_by']}, {utc(standing['closed_s'])}")
    for closing in standing["peer_closings"]:
        who = f"{closing['function']} of {closing['party']}"
        print_line(
            f"closed on the side of {closing['party']} by {who}, {utc(closing['closed_s'])}: {closing['remark']}"
        )
    for why in found["against_closing"] if standing["closed_s"] is None else ():
        print_line(f"against closing: {why}")


def print_items(items: list[dict[str, Any]]) -> None:
    """Review items with every answer to their newest revision."""
    for item in items:
        head = f"{item['kind'].replace('_', ' ').upper()} {item['item_id']} of {item['party']}, revision"
        if item["kind"] == "closing":
            continue  # told in a line of its own, and nobody is asked to answer it
        state = "its own word" if item["kind"] == "statement" else "agreed" if item["agreed"] else "not agreed"
        print_line(f"{head} {item['revision']}: {state}")
        for paragraph in item["words"]:
            print_line(f"  {paragraph}")
        if item["state"] is not None:
            due = "" if item["due_s"] is None else f", due {utc(item['due_s'])}"
            late = " OVERDUE" if item["overdue"] else ""
            print_line(f"  {item['owner_function']} of {item['owner_party']}: {item['state']}{due}{late}")
        for answer in item["answers"]:
            print_line(f"  {answer['party']}: {answer_words(answer)}")


def answer_words(answer: dict[str, Any]) -> str:
    """What a party has said to an item; received is not read, and no answer is no answer."""
    if answer["verdict"] is None:
        received = "not proved received" if answer["received_s"] is None else f"received {utc(answer['received_s'])}"
        return f"{NO_ANSWER}{' (OVERDUE)' if answer['overdue'] else ''}; {received}"
    said = answer["verdict"].replace("_", " ")
    by = f"{said} by {answer['by_function']}, {utc(answer['answered_s'])} ({answer['answer_id']})"
    return f"{by}: {answer['remark']}" if answer["remark"] else by


def print_read_outs(found: list[dict[str, Any]]) -> None:
    """The words, and who stands by them."""
    if not found:
        print_line("nobody has proposed a read-out")
    for out in found:
        item = out["item"]
        state = "SIGNED BY BOTH SIDES" if out["signed"] else "NOT SIGNED"
        proof = "; receipts cover both entries" if out["proven"] else ""
        print_line(f"{state}{proof}: read-out {item['item_id']} of {item['party']}, revision {item['revision']}")
        for paragraph in item["words"]:
            print_line(f"  {paragraph}")
        for answer in item["answers"]:
            print_line(f"  said in {answer['message_id']}; {answer['party']}: {answer_words(answer)}")


def print_evidence(evidence: Any, *, json: bool) -> None:
    """What a checked bundle is, and what it proves."""
    incident = evidence.incident
    if json:
        print_json(
            {
                "verified": True,
                "party": evidence.party,
                "incident": incident,
                "frozen_s": evidence.exported_s,
                "marking": evidence.marking,
                "rows": evidence.head.rows,
                "segments": evidence.head.segments,
                "records": sorted(evidence.records),
                "withheld": evidence.withheld,
                "proven": evidence.proven,
                "not_proven": evidence.not_proven,
            }
        )
        return
    if evidence.marking:
        print_line(f"MARKING: {evidence.marking}")
    print_line(f"The bundle holds. {incident.incident_id}: {incident.title}")
    print_line(f"Frozen by {evidence.party}, {utc(evidence.exported_s)}")
    for head, lines in (("Proven:", evidence.proven), ("Not proven:", evidence.not_proven)):
        print_line(head)
        for words in lines:
            print_line(f"  {'+' if head == 'Proven:' else '-'} {words}")


def _cosigned(received_s: float) -> str:
    return f"its hash is cosigned, {utc(received_s)}"
