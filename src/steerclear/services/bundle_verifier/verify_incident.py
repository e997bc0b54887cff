#!/usr/bin/env python3
"""Check an incident bundle with nothing but Python 3.11 or later and the file verify.py beside this one.

    python verify_incident.py incident.zip [--json]         (or the folder with the bundle's files)

Exit code 0: the bundle holds; 1: it does not, and what was changed; 2: wrong usage. This file takes no code from
steerclear and was written from the format (docs/incident-format.md), so that two implementations must agree. What it
checks, in this order: the manifest's form; each embedded record by verify.py, and under the key that the record ends
with the signature of the manifest; `files.txt` against the manifest; every file against `files.txt`; each journal row
against its hash; raw reports against the journal row that states their SHA-256. What it does not check: whether
the party's software decided right; `steerclear incident replay` does that.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

MANIFEST, FILES, HEAD, JOURNAL, HASHES = (
    "manifest.note",
    "files.txt",
    "incident.json",
    "journal.jsonl",
    "journal.sha256",
)
OPTIONAL = {"items.json", "software.json", "configuration.json"}
OWN = {HEAD, HASHES, "verify.py", "verify_incident.py"}
MAX_FILES, MAX_ROWS, MAX_SEGMENTS, MAX_SEGMENT_BYTES = 5_000, 1_000_000, 4_000, 268_435_456
MAX_ROW_BYTES, MAX_JSON_BYTES, MAX_RECORD_BYTES, CHUNK_BYTES = 8 << 20, 64 << 20, 2 << 30, 1 << 20
TEXT = re.compile(
    r"steerclear incident 1\nagreement (\S+)\nincident (\S+) frozen by (\S+) at (0|[1-9][0-9]{0,11})"
    r"\nmarking ([^\n]{1,200})\nfiles ([0-9a-f]{64})\n"
)
LISTED = re.compile(r"([0-9a-f]{64}) (\S{1,200})")
SEGMENT = re.compile(r"segments/[0-9]{8,19}\.segment")


def beside() -> ModuleType:
    """The record's verifier: the file verify.py in the folder of this one."""
    path = Path(__file__).with_name("verify.py")
    spec = importlib.util.spec_from_file_location("verify", path)
    if not path.is_file() or spec is None or spec.loader is None:
        sys.exit(f"verify_incident.py needs verify.py beside it, in {path.parent}")
    sys.dont_write_bytecode = True  # a file of Python's own beside the bundle's would look like one nobody has signed
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("verify", module)
    spec.loader.exec_module(module)
    return module


V = beside()


def refuse(where: str, what: str) -> Any:
    """Raise the verdict."""
    raise V.Refused(where, what)


def small(bundle: Any, name: str, most: int = MAX_JSON_BYTES) -> bytes:
    """A whole file within a limit."""
    parts, size = [], 0
    for part in bundle.lines(name, CHUNK_BYTES):
        size += len(part)
        if size > most:
            refuse(name, f"has more than {most:,} bytes")
        parts.append(part)
    return b"".join(parts)


def decoded(name: str, data: bytes) -> Any:
    """JSON without doubled keys."""
    try:
        return json.loads(data.decode(), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        return refuse(name, f"cannot be read: {error}")


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand there once. Raises ValueError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def read_manifest(bundle: Any) -> tuple[Any, re.Match[str]]:
    """The signed note, and what it says."""
    for name in (MANIFEST, FILES, HEAD, JOURNAL, HASHES):
        if name not in bundle.names:
            refuse(name, "is missing from the bundle")
    if len(bundle.names) > MAX_FILES:
        refuse(sorted(bundle.names)[-1], f"a bundle has at most {MAX_FILES:,} files")
    note = V.read_note(small(bundle, MANIFEST), MANIFEST)
    return note, TEXT.fullmatch(note.text) or refuse(MANIFEST, "is not the manifest of an incident bundle (format 1)")


def read_head(bundle: Any, said: re.Match[str]) -> tuple[dict[str, str], dict[str, Any]]:
    """(SHA-256 of every file by name, incident.json)."""
    text = small(bundle, FILES, V.MAX_SMALL_BYTES)
    if bundle.digest(FILES) != said[6]:
        refuse(FILES, "its SHA-256 is not the one that manifest.note states")
    listed: dict[str, str] = {}
    for number, line in enumerate(text.decode("ascii", "replace").splitlines(), 1):
        found = LISTED.fullmatch(line)
        if found is None or found[2] in listed or len(listed) > MAX_FILES:
            raise V.Refused(f"{FILES} line {number}", "is not a SHA-256 and a name that is there once")
        listed[found[2]] = found[1]
    head = decoded(HEAD, small(bundle, HEAD))
    check_digest(bundle, HEAD, listed)
    try:
        told = head["agreement_id"], head["incident"]["incident_id"], head["party"], str(int(head["exported_s"]))
        shaped = head["format"] == "steerclear incident 1" and len(head["segments"]) <= MAX_SEGMENTS
        shaped = shaped and 0 <= head["rows"] <= MAX_ROWS and len({*head["peers"]}) == len(head["peers"])
        shaped = shaped and all(isinstance(text, str) for text in (*head["peers"], *head.get("notes", ())))
        shaped = shaped and isinstance(head["last_sequence"], int) and isinstance(head.get("notes", []), list)
        shaped = shaped and isinstance(head["incident"].get("title", ""), str)
        names = {part["name"]: int(part["sequence"]) for part in head["segments"] if SEGMENT.fullmatch(part["name"])}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        refuse(HEAD, f"cannot be read: {error!r}")
    if told != said.groups()[:4] or not shaped or len(names) != len(head["segments"]):
        refuse(HEAD, "is of another incident, party or time than manifest.note")
    return listed, head


def check_digest(bundle: Any, name: str, listed: dict[str, str]) -> None:
    """A file is the one that was listed."""
    if bundle.digest(name) != listed.get(name):
        refuse(name, "its SHA-256 is not the one that files.txt states: it was changed")


def check_names(bundle: Any, listed: dict[str, str], head: dict[str, Any]) -> None:
    """Every file is listed, every listed one is there or may be withheld, and small ones are as they were."""
    segments = {part["name"] for part in head["segments"]}
    records = {f"records/{peer}.zip" for peer in head["peers"]}
    lines = OWN | OPTIONAL | segments | {f"{name}#manifest.note" for name in records}
    for name in sorted(lines - listed.keys()):
        refuse(FILES, f"does not list {name}")
    for name in sorted(listed.keys() - lines):
        refuse(FILES, f"lists {name}, which is no part of such a bundle")
    for name in sorted(bundle.names - OWN - OPTIONAL - segments - records - {MANIFEST, FILES, JOURNAL}):
        refuse(ascii(name).strip("'"), "does not belong into the bundle: nobody has signed it")
    for name in sorted(OWN - bundle.names):
        refuse(name, "is missing from the bundle")
    for name in sorted((OWN | OPTIONAL) & bundle.names):
        check_digest(bundle, name, listed)
    for name in sorted(OPTIONAL & bundle.names):
        decoded(name, small(bundle, name))


def read_records(bundle: Any, note: Any, said: re.Match[str]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Each embedded record by itself, and under its key the manifest: (SHA-256 of its manifest, report) by peer."""
    reports: dict[str, tuple[str, dict[str, Any]]] = {}
    for name in sorted(name for name in bundle.names if name.startswith("records/") and name.endswith(".zip")):
        with tempfile.NamedTemporaryFile(suffix=".zip") as file:
            size = 0
            for part in bundle.lines(name, CHUNK_BYTES):
                size += len(part)
                if size > MAX_RECORD_BYTES:
                    refuse(name, f"has more than {MAX_RECORD_BYTES:,} bytes")
                file.write(part)
            file.flush()
            try:
                record = V.open_bundle(Path(file.name))
                digest = sha256(record.small(MANIFEST)).hexdigest()
                found = V.checked(record)
                report = V.whole_report(record, found.agreement, (found.ours, found.theirs), *found[3:])
            except V.Refused as error:
                refuse(f"{name}: {error.where.replace(file.name, 'the file')}", error.what)
        if found.ours.sender.name != said[3] or name != f"records/{found.theirs.sender.name}.zip":
            refuse(name, f"is the record of another line than the one of {said[3]} it names")
        if found.agreement.id != said[1]:
            refuse(name, "is a record under another agreement")
        if any(report["agreements"] != other["agreements"] for _, other in reports.values()):
            refuse(name, "holds other versions of the agreement than the record before it")
        if not V.times_signed(note, V.Key(found.ours.origin, 1, found.ours.ring.periods[-1].signing), MANIFEST):
            refuse(MANIFEST, f"{said[3]} has not signed it")
        reports[found.theirs.sender.name] = digest, report
    if not reports:
        refuse("records/", "no record is left in the bundle, so nobody can check by whose key it was signed")
    return reports


def rows(bundle: Any) -> Iterator[bytes]:
    """Lines of the journal, without their ends."""
    for number, line in enumerate(bundle.lines(JOURNAL, MAX_ROW_BYTES), 1):
        if not line.endswith(b"\n"):
            refuse(f"{JOURNAL} line {number}", "is too long" if len(line) > MAX_ROW_BYTES else "is cut off")
        yield line[:-1]


def row_hashes(bundle: Any, count: int) -> list[str]:
    """The SHA-256 of every row."""
    hashes: list[str] = []
    for line in bundle.lines(HASHES, 64):
        hashes.append(line.rstrip(b"\n").decode("ascii", "replace"))
        if len(hashes) > count:
            break  # more than were signed, however many more there are
    if len(hashes) != count or not all(re.fullmatch("[0-9a-f]{64}", line) for line in hashes):
        refuse(HASHES, f"is not {count} lines of one SHA-256 each")
    return hashes


def check_rows(bundle: Any, head: dict[str, Any]) -> tuple[dict[int, tuple[str, int]], int]:
    """Each row by its hash: what rows state of segments, and how many rows are withheld."""
    wanted = {part["sequence"] for part in head["segments"]}
    hashes = row_hashes(bundle, head["rows"])
    stated: dict[int, tuple[str, int]] = {}
    number = before = hidden = 0
    for number, line in enumerate(rows(bundle), 1):
        where = f"{JOURNAL} line {number}"
        if number > len(hashes):
            refuse(where, "is a row that nobody has signed")
        if line == b"null":
            hidden += 1
            continue
        if sha256(line).hexdigest() != hashes[number - 1]:
            refuse(where, f"its SHA-256 is not the one that {HASHES} line {number} states: the row was changed")
        row = decoded(where, line)
        try:
            if not before < row["sequence"] <= head["last_sequence"]:
                refuse(where, "its place in the journal is out of order")
            before = row["sequence"]
            if before in wanted and row["kind"] == "segment.sealed":
                sealed = decoded(where, row["payload"].encode())
                stated[before] = sealed["sha256"], sealed["size_bytes"]
        except (KeyError, TypeError, AttributeError) as error:
            refuse(where, f"cannot be read: {error!r}")
    if number != len(hashes):
        what = f"has {number} lines and {len(hashes)} were signed: a row that is not shown is said to be so"
        refuse(JOURNAL, what)
    if not hidden and wanted - stated.keys():
        refuse(JOURNAL, f"row {min(wanted - stated.keys())}, which seals a segment, is missing")
    return stated, hidden


def check_segments(
    bundle: Any, listed: dict[str, str], head: dict[str, Any], stated: dict[int, tuple[str, int]]
) -> None:
    """Raw reports are those that journal rows speak of."""
    for part in head["segments"]:
        name, sequence = part["name"], part["sequence"]
        if name not in bundle.names:
            continue
        size = 0
        for piece in bundle.lines(name, CHUNK_BYTES):
            size += len(piece)
            if size > MAX_SEGMENT_BYTES:
                refuse(name, f"has more than {MAX_SEGMENT_BYTES:,} bytes")
        if sequence in stated and (bundle.digest(name), size) != stated[sequence]:
            refuse(name, f"its SHA-256 is not the one that journal row {sequence} states")
        check_digest(bundle, name, listed)


def check(bundle: Any) -> dict[str, Any]:
    """Report of an incident bundle that holds. Raises verify.Refused."""
    note, said = read_manifest(bundle)
    found = read_records(bundle, note, said)
    listed, head = read_head(bundle, said)
    check_names(bundle, listed, head)
    for peer, (digest, _) in found.items():
        if digest != listed.get(f"records/{peer}.zip#manifest.note"):
            refuse(f"records/{peer}.zip: {MANIFEST}", "its SHA-256 is not the one that files.txt states")
    records = {peer: report for peer, (_, report) in found.items()}
    stated, hidden = check_rows(bundle, head)
    check_segments(bundle, listed, head, stated)
    files = sorted(name for name in listed if "#" not in name and name not in bundle.names)
    files += [f"records/{peer}.zip" for peer in head["peers"] if peer not in records]
    withheld = [f"{name}: the whole file" for name in files]
    withheld += [f"{JOURNAL}: {hidden} of {head['rows']} rows"] if hidden else []
    for peer, report in records.items():
        if count := sum(len(log["withheld"]) for log in report["logs"]):
            withheld.append(f"records/{peer}.zip: the contents of {count} messages")
    return {
        "verified": True,
        "incident_id": said[2],
        "title": head["incident"].get("title", ""),
        "party": said[3],
        "agreement_id": said[1],
        "frozen_s": int(said[4]),
        "marking": "" if said[5] == "-" else said[5],
        "rows": head["rows"],
        "segments": len(head["segments"]),
        "records": {peer: [log["origin"] for log in report["logs"]] for peer, report in records.items()},
        "withheld": withheld,
        "notes": head.get("notes", []),
        "root_keys": next(iter(records.values()))["root_keys"],
    }


def show(report: dict[str, Any]) -> str:
    """The report for people."""
    frozen = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(report["frozen_s"]))
    lines = [f"The bundle holds. Incident {report['incident_id']}, frozen by {report['party']}, {frozen}."]
    lines += [f"MARKING: {report['marking']}"] if report["marking"] else []
    lines += [f"{report['title']}", f"{report['rows']} journal rows, {report['segments']} files of raw reports"]
    lines += [f"record with {peer}: {', '.join(logs)}" for peer, logs in report["records"].items()]
    lines += [f"withheld: {what}" for what in report["withheld"]] + list(report["notes"])
    lines += ["Not proven: that the journal and the raw reports are what happened; they are that party's word."]
    lines += ["Root keys, to be compared by voice:", *(f"  {who}: {key}" for who, key in report["root_keys"].items())]
    return "\n".join("".join(char if char.isprintable() else "?" for char in line) for line in lines)


def main(arguments: list[str]) -> int:
    """The command. Exit code 0: holds, 1: does not, 2: usage."""
    paths = [word for word in arguments if not word.startswith("-")]
    options = [word for word in arguments if word.startswith("-")]
    if len(paths) != 1 or options not in ([], ["--json"]) or not Path(paths[0]).exists():
        sys.stderr.write("usage: python verify_incident.py BUNDLE [--json]     BUNDLE: the ZIP file or its folder\n")
        return 2
    try:
        report = check(V.open_bundle(Path(paths[0])))
    except (V.Refused, OSError) as refusal:
        where, what = (refusal.where, refusal.what) if isinstance(refusal, V.Refused) else (paths[0], str(refusal))
        if options:
            sys.stdout.write(json.dumps({"verified": False, "where": where, "what": what}, indent=2) + "\n")
        sys.stderr.write(f"The bundle does NOT hold: {where}: {what}\n")
        return 1
    sys.stdout.write((json.dumps(report, indent=2) if options else show(report)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
