"""`steerclear agreement`: two parties write, sign and amend one file, and anyone can see whether it is in force."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from steerclear.interfaces.agreement_file import decode_agreement, encode_agreement, load_versions
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.model.agreement import PartyKeys
from steerclear.store.key_files import create_keys, read_public_keys
from tests.interfaces.agreement_file.test_agreement_file import FILE

EXAMPLE = Path(__file__).parents[3] / "docs" / "example-agreement.toml"


def steerclear(*arguments: str | Path, typed: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from steerclear.app.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def agreement(tmp_path: Path) -> Path:
    terms = decode_agreement(FILE.encode())
    parties = []
    for party in terms.parties:
        keys = create_keys(tmp_path / party.party_id, party.party_id, 1.8e9)
        public = PartyKeys(root=keys.root, signing=keys.signing, witness=keys.witness)
        parties.append(msgspec.structs.replace(party, keys=public))
    path = tmp_path / "agreement.toml"
    path.write_bytes(encode_agreement(msgspec.structs.replace(terms, parties=tuple(parties))))
    return path


def sign_by_both(file: Path, folder: Path) -> None:
    for party in ("north", "south"):
        signed = steerclear("agreement", "sign", file, "--party", party, "--root-key", folder / party / "root.key")
        assert signed.returncode == 0, signed.stderr


@pytest.mark.requirement("SC-AGR-04")
def test_signing_by_both_puts_the_agreement_in_force(agreement: Path) -> None:
    before = steerclear("agreement", "verify", agreement)
    assert (
        before.returncode,
        before.stdout.count("not signed by north, south; each signs with"),
    ) == (5, 1)
    for party, left in (("north", "south"), ("south", "nobody")):
        key = agreement.parent / party / "root.key"
        signed = steerclear("agreement", "sign", agreement, "--party", party, "--root-key", key)
        assert signed.returncode == 0, signed.stderr
        assert f"still missing: {left}" in signed.stdout
    after = steerclear("agreement", "verify", agreement, "--json")
    assert after.returncode == 0
    assert json.loads(after.stdout) == {"signed_by_all": True, "unsigned": []}
    agreement.write_bytes(agreement.read_bytes() + b"# one more line\n")
    changed = steerclear("agreement", "verify", agreement)
    assert changed.returncode == 5
    assert "another version of this file" in changed.stderr
    assert "take the file that was signed" in changed.stderr
    assert "\\n" not in changed.stderr


@pytest.mark.requirement("SC-AGR-04")
def test_parties_who_sign_at_the_same_time_collect_their_signatures(agreement: Path) -> None:
    folder, theirs = agreement.parent, agreement.parent / "from-south.sig"
    for party, target in (("north", agreement.with_name("agreement.toml.sig")), ("south", theirs)):
        key = folder / party / "root.key"
        signed = steerclear("agreement", "sign", agreement, "--party", party, "--root-key", key, "--signatures", target)
        assert signed.returncode == 0, signed.stderr
    forged = folder / "forged.sig"
    text, south = theirs.read_text().rsplit(" ", 1)
    forged.write_text(f"{text} {south[:20]}{'B' if south[20] == 'A' else 'A'}{south[21:]}")
    collected = steerclear("agreement", "collect", agreement, forged)
    assert collected.returncode == 0, collected.stderr
    assert "signed by north; still missing: south" in collected.stdout
    collected = steerclear("agreement", "collect", agreement, forged, theirs)
    assert "signed by north, south; still missing: nobody" in collected.stdout
    assert steerclear("agreement", "verify", agreement).returncode == 0
    kept = agreement.with_name("agreement.toml.sig").read_bytes()
    other = folder / "other.toml"
    other.write_bytes(agreement.read_bytes() + b"# another\n")
    steerclear("agreement", "sign", other, "--party", "south", "--root-key", folder / "south" / "root.key")
    refused = steerclear("agreement", "collect", agreement, folder / "other.toml.sig")
    assert (refused.returncode, refused.stdout) == (5, "")
    assert "another version of this file" in refused.stderr
    assert agreement.with_name("agreement.toml.sig").read_bytes() == kept
    alone = steerclear("agreement", "collect", other, forged, "--signatures", folder / "new.sig")
    assert alone.returncode == 5
    assert not (folder / "new.sig").exists()


@pytest.mark.requirement("SC-AGR-11")
def test_the_terms_are_shown_for_people_and_for_programs(agreement: Path) -> None:
    text = steerclear("agreement", "show", agreement).stdout
    assert "5 NM or 1,000 ft, predicted 2 min ahead" in text
    assert "desk north-desk of north: duty officer, deputy" in text
    assert "signed by: nobody; still missing: north, south" in text
    terms = json.loads(steerclear("agreement", "show", agreement, "--json").stdout)
    assert terms["minima"] == {"horizontal_m": 9260.0, "vertical_m": 304.8, "lookahead_s": 120.0}
    assert terms["unsigned"] == ["north", "south"]


@pytest.mark.requirement("SC-AGR-11")
def test_areas_that_several_parties_claim_are_all_shown(agreement: Path) -> None:
    lines = [line.strip() for line in steerclear("agreement", "show", EXAMPLE).stdout.splitlines()]
    assert "who controls the-pass: disputed: claimed by north and south" in lines
    assert "overlap: both claim: upper-valley (north) and the-pass (north, south)" in lines
    ladder = next(line for line in lines if line.startswith("ladder urgent: duty officer at once"))
    assert ladder.endswith("deputy after 2 min, commander after 5 min, and last minister after 15 min")
    document = json.loads(steerclear("agreement", "show", EXAMPLE, "--json").stdout)
    assert document["overlaps"] == [["upper-valley", "the-pass"], ["lower-valley", "the-pass"]]
    assert document["message_deadlines"][0]["acknowledge_s"] == 60.0


def test_what_cannot_be_signed_or_read_is_said_with_its_exit_code(agreement: Path) -> None:
    stranger = steerclear(
        "agreement", "sign", agreement, "--party", "north", "--root-key", agreement.parent / "south" / "root.key"
    )
    assert stranger.returncode == 5
    assert "not the root key" in stranger.stderr
    missing = steerclear("agreement", "show", agreement.parent / "nothing.toml")
    assert missing.returncode == 5
    assert "nothing.toml" in missing.stderr


@pytest.mark.requirement("SC-AGR-08")
def test_a_newcomer_writes_signs_and_amends_an_agreement(tmp_path: Path) -> None:
    for party in ("north", "south"):
        assert steerclear("keys", "new", party, tmp_path / party).returncode == 0
    # One party's keys come as a program prints them, the other's as a person reads them; on one machine, as a folder.
    (tmp_path / "north.json").write_text(steerclear("keys", "show", tmp_path / "north", "--json").stdout)
    (tmp_path / "south.txt").write_text(steerclear("keys", "show", tmp_path / "south").stdout)
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    new = (
        "agreement", "new", first, "--id", "valley", "--party", "north=Northern air service", "--party", "south=South",
        "--keys", f"north={tmp_path / 'north.json'}", "--keys", f"south={tmp_path / 'south.txt'}",
        "--language", "en", "--language", "fr", "--in-force-from", "2026-12-01T00:00:00Z",
    )  # fmt: skip
    made = steerclear(*new)
    assert made.returncode == 0, made.stderr
    terms = decode_agreement(first.read_bytes())
    assert terms.languages == ("en", "fr")
    for party in terms.parties:
        held = read_public_keys(tmp_path / party.party_id)
        expected = PartyKeys(
            root=held.root, signing=held.signing, witness=held.witness, witness_ml_dsa=held.witness_ml_dsa
        )
        assert party.keys == expected
    local = [f"{name}={tmp_path / name}" for name in ("north", "south")]
    folders = [*new[:2], tmp_path / "local.toml", *new[3:9], "--keys", local[0], "--keys", local[1], *new[13:]]
    assert steerclear(*folders).returncode == 0
    assert (tmp_path / "local.toml").read_bytes() == first.read_bytes()
    again = steerclear(*new)
    assert again.returncode == ExitCode.REFUSED
    assert "never overwritten" in again.stderr

    amend = ("agreement", "amend", first, second, "--in-force-from", "2027-01-01T00:00:00Z")
    early = steerclear(*amend)
    assert early.returncode == ExitCode.AGREEMENT_UNREADABLE
    assert "not signed by north, south" in early.stderr
    sign_by_both(first, tmp_path)
    assert steerclear(*amend).returncode == 0
    second.write_text(second.read_text().replace('answer_within = "5 min"', 'answer_within = "4 min"'))
    said = steerclear("agreement", "diff", first, second)
    assert said.returncode == 0
    assert "  line check answered within: 5 min -> 4 min" in said.stdout.splitlines()
    document = json.loads(steerclear("agreement", "diff", first, second, "--json").stdout)
    assert document["amends_old"] is True
    assert {change["topic"] for change in document["changes"]} >= {"version", "line check answered within"}
    sign_by_both(second, tmp_path)
    files = [(file.read_bytes(), file.with_name(file.name + ".sig").read_bytes()) for file in (first, second)]
    assert [version.agreement.version for version in load_versions(files)] == [1, 2]
    assert steerclear(*amend).returncode == ExitCode.REFUSED

    first.write_bytes(first.read_bytes() + b"\n")
    assert "does not name the bytes of the old one" in steerclear("agreement", "diff", first, second).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--party", "north", "--party", "south=S"], ExitCode.USAGE, "write it as --party north="),
        (["--party", "north=N", "--party", "south=S", "--keys", "east=x"], ExitCode.USAGE, "there is no --party east"),
        (["--party", "north=N", "--party", "south=S", "--keys", "south=x"], ExitCode.AGREEMENT_UNREADABLE, "No such"),
        (["--party", "north=N", "--party", "South=S"], ExitCode.AGREEMENT_UNREADABLE, "id of a party: 'South' must be"),
        (["--party", "north=N"], ExitCode.AGREEMENT_UNREADABLE, "needs 2 to 16"),
        (["--party", "north=N", "--party", "south=S", "--in-force-from", "soon"], ExitCode.USAGE, "write a time as in"),
    ],
)  # fmt: skip
def test_a_first_agreement_that_cannot_be_made_leaves_no_file(
    tmp_path: Path, arguments: list[str], code: ExitCode, told: str
) -> None:
    file = tmp_path / "agreement.toml"
    ran = steerclear("agreement", "new", file, "--id", "valley", *arguments)
    assert ran.returncode == code
    assert told in ran.stderr
    assert not file.exists()
