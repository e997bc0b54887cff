"""`steerclear agreement`: two parties sign one file, and anyone can see whether it is in force."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from steerclear.interfaces.agreement_file import decode_agreement, encode_agreement
from steerclear.model.agreement import PartyKeys
from steerclear.store.key_files import create_keys
from tests.interfaces.agreement_file.test_agreement_file import FILE


def steerclear(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from steerclear.app.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


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


@pytest.mark.requirement("SC-AGR-04")
def test_signing_by_both_puts_the_agreement_in_force(agreement: Path) -> None:
    before = steerclear("agreement", "verify", agreement)
    assert (before.returncode, before.stdout.count("north, south has not signed")) == (5, 1)
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


def test_the_terms_are_shown_for_people_and_for_programs(agreement: Path) -> None:
    text = steerclear("agreement", "show", agreement).stdout
    assert "5 NM or 1,000 ft, predicted 2 min ahead" in text
    assert "desk north-desk of north: duty officer, deputy" in text
    terms = json.loads(steerclear("agreement", "show", agreement, "--json").stdout)
    assert terms["minima"] == {"horizontal_m": 9260.0, "vertical_m": 304.8, "lookahead_s": 120.0}
    assert terms["unsigned"] == ["north", "south"]


def test_what_cannot_be_signed_or_read_is_said_with_its_exit_code(agreement: Path) -> None:
    stranger = steerclear(
        "agreement", "sign", agreement, "--party", "north", "--root-key", agreement.parent / "south" / "root.key"
    )
    assert stranger.returncode == 5
    assert "not the root key" in stranger.stderr
    missing = steerclear("agreement", "show", agreement.parent / "nothing.toml")
    assert missing.returncode == 5
    assert "nothing.toml" in missing.stderr
