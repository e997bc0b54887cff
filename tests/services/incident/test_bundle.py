"""Incident bundles: what a party froze can be read again, and whatever is changed is named."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from steerclear.app.commands.record import read_versions
from steerclear.services.bundle_verifier import verify_incident
from steerclear.services.incident import check_bundle
from steerclear.services.incident.bundle_files import IncidentRefusedError
from steerclear.services.incident.evidence import open_evidence
from steerclear.services.incident.redact_incident import redact_incident
from steerclear.services.redact_record import WithholdError
from steerclear.tlog import Ed25519Signer, encode_note, sign_note
from tests.services.bundles import packed_to
from tests.services.incident.scenes import Files, an_incident, identifying, unpacked, watched_bundle
from tests.services.parties import START_S, private_key


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return watched_bundle(tmp_path_factory.mktemp("nodes"), marking="EXERCISE ONLY")


@pytest.mark.requirement("SC-INC-11")
def test_what_was_frozen_is_read_again(packed: bytes, tmp_path: Path) -> None:
    path = packed_to(tmp_path / "incident.zip", unpacked(packed))
    evidence = open_evidence(path, read_versions)
    assert evidence.party == "north"
    assert evidence.incident == an_incident(until_s=START_S + 120.0)
    assert evidence.marking == "EXERCISE ONLY"
    assert set(evidence.records) == {"south"}
    kinds = {row.kind for row in evidence.rows()}
    assert {"alert", "picture.run", "segment.sealed", "line.sent", "line.receipt"} <= kinds
    assert [step.now_s for step in evidence.steps()] == [START_S + second for second in range(1, 121)]
    [run] = evidence.picture_runs()
    assert run.part.from_its_start
    assert list(evidence.steps(run)) == list(evidence.steps())
    assert evidence.withheld == ()
    assert evidence.software is not None
    assert "services/incident/evidence.py" in evidence.software.sources


def verdicts(path: Path) -> tuple[str | None, str | None]:
    """What each of the two verifiers says is wrong; None where it accepts the bundle."""
    first = second = None
    try:
        open_evidence(path, read_versions)
    except IncidentRefusedError as error:
        first = str(error)
    try:
        verify_incident.check(verify_incident.V.open_bundle(path))
    except verify_incident.V.Refused as error:
        second = str(error)
    return first, second


def both_refuse(tmp_path: Path, files: Files, named: str) -> tuple[str, str]:
    first, second = verdicts(packed_to(tmp_path / "changed.zip", files))
    assert first is not None, named
    assert second is not None, named
    assert first.startswith(named), first
    assert second.startswith(named), second
    return first, second


@pytest.mark.requirement("SC-INC-12")
def test_both_verifiers_accept_what_was_frozen(packed: bytes, tmp_path: Path) -> None:
    assert verdicts(packed_to(tmp_path / "whole.zip", unpacked(packed))) == (None, None)


@pytest.mark.requirement("SC-INC-13")
def test_whatever_file_is_changed_both_verifiers_name_it(packed: bytes, tmp_path: Path) -> None:
    files = unpacked(packed)
    assert {"items.json", "software.json", "configuration.json", "verify.py", "verify_incident.py"} <= files.keys()
    for name, data in files.items():
        middle = len(data) // 2
        flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        both_refuse(tmp_path, files | {name: flipped}, name)


@pytest.mark.requirement("SC-INC-13")
def test_a_changed_segment_is_named_with_the_journal_row_that_states_its_hash(packed: bytes, tmp_path: Path) -> None:
    files = unpacked(packed)
    [name] = [name for name in files if name.startswith("segments/")]
    sequence = next(
        json.loads(line)["sequence"]
        for line in files["journal.jsonl"].splitlines()
        if json.loads(line)["kind"] == "segment.sealed"
    )
    for said in both_refuse(tmp_path, files | {name: files[name] + b"more"}, name):
        assert f"its SHA-256 is not the one that journal row {sequence} states" in said


@pytest.mark.requirement("SC-INC-13")
def test_a_forged_row_is_refused_even_when_its_hash_was_forged_with_it(packed: bytes, tmp_path: Path) -> None:
    files = unpacked(packed)
    rows = files["journal.jsonl"].split(b"\n")
    rows[1] = rows[1].replace(b"north", b"south", 1)
    hashes = files["journal.sha256"].split(b"\n")
    hashes[1] = sha256(rows[1]).hexdigest().encode()
    forged = {"journal.jsonl": b"\n".join(rows), "journal.sha256": b"\n".join(hashes)}
    both_refuse(tmp_path, files | {"journal.jsonl": b"\n".join(rows)}, "journal.jsonl line 2")
    both_refuse(tmp_path, files | forged, "journal.sha256")
    listed = files["files.txt"].replace(
        sha256(files["journal.sha256"]).hexdigest().encode(), sha256(forged["journal.sha256"]).hexdigest().encode()
    )
    both_refuse(tmp_path, files | forged | {"files.txt": listed}, "files.txt")
    note = files["manifest.note"].replace(
        sha256(files["files.txt"]).hexdigest().encode(), sha256(listed).hexdigest().encode()
    )
    both_refuse(tmp_path, files | forged | {"files.txt": listed, "manifest.note": note}, "manifest.note")


@pytest.mark.requirement("SC-INC-13")
def test_missing_extra_and_doubled_files_are_refused_by_name(packed: bytes, tmp_path: Path) -> None:
    files = unpacked(packed)
    for name in ("incident.json", "journal.jsonl", "journal.sha256", "files.txt", "manifest.note", "verify.py"):
        both_refuse(tmp_path, {other: data for other, data in files.items() if other != name}, name)
    both_refuse(tmp_path, files | {"segments/../evil.sh": b"x"}, "segments/../evil.sh")
    both_refuse(tmp_path, files | {"notes.txt": b"x"}, "notes.txt")
    rows = files["journal.jsonl"].split(b"\n")
    both_refuse(tmp_path, files | {"journal.jsonl": b"\n".join(rows[:-2]) + b"\n"}, "journal.jsonl")
    both_refuse(tmp_path, files | {"journal.jsonl": b"\n".join([*rows[:-1], rows[0], b""])}, "journal.jsonl line")


@pytest.mark.requirement("SC-INC-13")
def test_a_record_of_another_day_or_another_key_is_refused(packed: bytes, tmp_path: Path) -> None:
    files = unpacked(packed)
    later = unpacked(watched_bundle(tmp_path / "again"))
    both_refuse(tmp_path, files | {"records/south.zip": later["records/south.zip"]}, "records/south.zip")
    manifest = files["manifest.note"].decode()
    text, _, _ = manifest.rpartition("\n\n")
    signer = Ed25519Signer("steerclear/two-skies/north-to-south", private_key("mallory", "signing"))
    forged = encode_note(sign_note(text + "\n", [signer], 0))
    both_refuse(tmp_path, files | {"manifest.note": forged}, "manifest.note")


@pytest.mark.requirement("SC-INC-14")
def test_a_truncated_file_and_a_bomb_are_refused(packed: bytes, tmp_path: Path, monkeypatch) -> None:
    for size in (0, 10, len(packed) // 3, len(packed) - 30):
        path = tmp_path / f"cut-{size}.zip"
        path.write_bytes(packed[:size])
        first, second = verdicts(path)
        assert first is not None
        assert second is not None
        assert "not a whole ZIP file" in first
    files = unpacked(packed)
    monkeypatch.setattr(check_bundle, "MAX_ROW_BYTES", 10_000)
    monkeypatch.setattr(verify_incident, "MAX_ROW_BYTES", 10_000)
    both_refuse(tmp_path, files | {"journal.jsonl": b"x" * 50_000_000 + b"\n"}, "journal.jsonl")
    monkeypatch.setattr(check_bundle, "MAX_RECORD_BYTES", 10_000)
    monkeypatch.setattr(verify_incident, "MAX_RECORD_BYTES", 10_000)
    both_refuse(tmp_path, files, "records/south.zip")


@pytest.mark.requirement("SC-INC-12")
def test_the_second_verifier_runs_alone_from_the_bundle_itself(packed: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "opened"
    for name, data in unpacked(packed).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    alone = [sys.executable, "-I", "-S", str(folder / "verify_incident.py")]
    bundle = packed_to(tmp_path / "whole.zip", unpacked(packed))
    told = subprocess.run([*alone, str(bundle), "--json"], capture_output=True, check=True, timeout=60)
    report = json.loads(told.stdout)
    assert (report["verified"], report["party"], report["marking"]) == (True, "north", "EXERCISE ONLY")
    (folder / "items.json").write_bytes(b"[]")
    told = subprocess.run([*alone, str(folder)], capture_output=True, check=False, timeout=60)
    assert told.returncode == 1
    assert b"items.json: its SHA-256 is not the one that files.txt states" in told.stderr


def redacted(packed: bytes, tmp_path: Path, *withhold: str) -> Path:
    whole = packed_to(tmp_path / "whole.zip", unpacked(packed))
    path = tmp_path / "redacted.zip"
    with path.open("wb") as file:
        redact_incident(whole, withhold, file, read_versions)
    return path


@pytest.mark.requirement("SC-INC-15")
def test_what_is_withheld_is_said_to_be_and_the_rest_still_verifies(packed: bytes, tmp_path: Path) -> None:
    path = redacted(packed, tmp_path, "segments", "items.json", "configuration.json", "rows:alert", "north:south:0")
    assert verdicts(path) == (None, None)
    evidence = open_evidence(path, read_versions)
    assert evidence.items is None
    assert evidence.configuration is None
    assert not [row for row in evidence.rows() if row.kind == "alert"]
    told = " ".join(evidence.withheld)
    for part in ("segments/00000001.segment", "items.json", "journal.jsonl: ", "contents of 1 messages"):
        assert part in told
    second = verify_incident.check(verify_incident.V.open_bundle(path))
    assert tuple(second["withheld"]) == evidence.withheld
    with pytest.raises(IncidentRefusedError, match="withheld"):
        list(evidence.steps())
    files = unpacked(path.read_bytes())
    assert b'"north:south:0"' not in b"".join(
        line for line in files["journal.jsonl"].splitlines() if b'"line.sent"' in line
    )
    # A row that is not shown cannot be replaced by one of somebody's own making.
    both_refuse(tmp_path, files | {"journal.jsonl": files["journal.jsonl"].replace(b"null", b"{}", 1)}, "journal.jsonl")


@pytest.mark.requirement("SC-INC-15")
def test_what_cannot_be_withheld_is_refused(packed: bytes, tmp_path: Path) -> None:
    for word, why in (
        ("records/south.zip", "one record must stay"),
        ("incident.json", "cannot be withheld"),
        ("north:south:999", "no message"),
    ):
        with pytest.raises(WithholdError, match=why):
            redacted(packed, tmp_path, word)


@pytest.mark.requirement("SC-INC-13")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 10_000), where=st.integers(0, 1_000_000_000), patch=st.binary(max_size=2))
def test_any_change_of_any_byte_is_refused_by_both_under_the_same_name(
    packed: bytes, tmp_path: Path, which: int, where: int, patch: bytes
) -> None:
    files = unpacked(packed)
    name = sorted(files)[which % len(files)]
    place = where % len(files[name])
    changed = files[name][:place] + patch + files[name][place + max(1, len(patch)) :]
    assume(changed != files[name])
    if name.endswith(".zip"):  # an embedded record counts by what is in it, not by the times and attributes of its ZIP
        assume(inside(changed) != inside(files[name]))
    both_refuse(tmp_path, files | {name: changed}, name)


def inside(data: bytes) -> Files | None:
    """The files of a ZIP file; None where they cannot be read."""
    try:
        return unpacked(data)
    except Exception:
        return None


@pytest.mark.requirement("SC-INC-15")
def test_what_a_withheld_notice_tells_of_is_nowhere_else_in_the_bundle_either(tmp_path: Path) -> None:
    """A flight that south was told of stands in the notice, in our own row of it, in items.json, and in what
    identification was given.
    """
    whole = identifying(tmp_path)
    files = unpacked(whole.read_bytes())
    [item] = json.loads(files["items.json"])
    name, sequence = item["item_id"], item["told"]["south"]["sequence"]
    assert files["journal.jsonl"].count(name.encode()) > 5
    less = tmp_path / "less.zip"
    with less.open("wb") as file:
        redact_incident(whole, [f"north:south:{sequence}"], file, read_versions)
    assert verdicts(less) == (None, None)
    told = unpacked(less.read_bytes())
    assert "items.json" not in told
    assert name.encode() not in told["journal.jsonl"]
    with zipfile.ZipFile(io.BytesIO(told["records/south.zip"])) as record:
        contents = [record.read(one) for one in record.namelist() if one.endswith("contents.jsonl")]
    assert len(contents) == 2
    assert not any(name.encode() in base64_text(data) for data in contents)
    assert len(told["journal.jsonl"].splitlines()) == len(files["journal.jsonl"].splitlines())


def base64_text(data: bytes) -> bytes:
    """Contents of a record as they were before base64."""
    return b"".join(b64decode(line[1:-1]) for line in data.splitlines() if line != b"null")


def resigned(files: Files, **head) -> Files:
    """The bundle with another incident.json, as the party that froze it could have signed it."""
    changed = json.dumps(json.loads(files["incident.json"]) | head).encode()
    listed = files["files.txt"].replace(
        sha256(files["incident.json"]).hexdigest().encode(), sha256(changed).hexdigest().encode()
    )
    for part in head.get("segments", ()):
        if isinstance(part, dict) and isinstance(part["name"], str) and part["name"] in files:
            line = f"{sha256(files[part['name']]).hexdigest()} {part['name']}\n".encode()
            listed = b"".join(sorted({*listed.splitlines(keepends=True), line}, key=lambda one: one[65:]))
    text = files["manifest.note"].decode().rpartition("\n\n")[0] + "\n"
    text = text.replace(sha256(files["files.txt"]).hexdigest(), sha256(listed).hexdigest())
    signer = Ed25519Signer("steerclear/two-skies/north-to-south", private_key("north", "signing"))
    note = encode_note(sign_note(text, [signer], 0))
    return files | {"incident.json": changed, "files.txt": listed, "manifest.note": note}


@pytest.mark.requirement("SC-INC-13")
def test_no_file_is_a_segment_by_its_partys_word_alone(packed: bytes, tmp_path: Path) -> None:
    """A party could name any file as one of raw reports, and nobody would check it against its hash."""
    files = unpacked(packed)
    assert verdicts(packed_to(tmp_path / "signed.zip", resigned(files))) == (None, None)
    parts = json.loads(files["incident.json"])["segments"]
    for name in ("orders.txt", "segments/../../x.segment", "segments/1.segment"):
        odd = files | {name: b"anything"}
        both_refuse(tmp_path, resigned(odd, segments=[*parts, {"name": name, "sequence": 1}]), "incident.json")
    both_refuse(tmp_path, resigned(files, segments=[*parts, *parts]), "incident.json")


@pytest.mark.requirement("SC-INC-13")
@pytest.mark.parametrize(
    "head",
    [
        {"peers": [7]},
        {"peers": [["south"]]},
        {"segments": [{"name": ["x"], "sequence": 1}]},
        {"segments": [{"name": "segments/00000001.segment", "sequence": [1]}]},
        {"rows": "many"},
        {"last_sequence": "last"},
        {"incident": ["inc-1"]},
        {"exported_s": 1e300},
    ],
)
def test_a_head_of_other_shape_is_refused_and_ends_no_verifier(packed: bytes, tmp_path: Path, head) -> None:
    both_refuse(tmp_path, resigned(unpacked(packed), **head), "incident.json")


@pytest.mark.requirement("SC-INC-14")
def test_more_hashes_of_rows_than_were_signed_are_not_all_read(packed: bytes, tmp_path: Path, monkeypatch) -> None:
    files = unpacked(packed)
    many = files["journal.sha256"] + b"0" * 64 + b"\n"
    monkeypatch.setattr(verify_incident, "check_digest", lambda *_: None)
    bundle = verify_incident.V.open_bundle(packed_to(tmp_path / "many.zip", files | {"journal.sha256": many * 50}))
    with pytest.raises(verify_incident.V.Refused, match="lines of one SHA-256 each"):
        verify_incident.check_rows(bundle, json.loads(files["incident.json"]))
