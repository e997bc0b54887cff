"""`steerclear keys`: what it prints goes into the agreement as it is, and every key can be told by its fingerprint."""

import json
import tomllib
from base64 import b64decode
from pathlib import Path

import pytest

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.keys import new, show
from steerclear.model.keys import fingerprint
from steerclear.store.key_files import read_public_keys

ROLES = ("root", "signing", "witness", "witness_ml_dsa")


@pytest.mark.requirement("SC-REC-11")
def test_the_lines_for_the_agreement_are_toml_and_hold_the_post_quantum_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new("north", tmp_path / "keys") == ExitCode.OK
    printed = capsys.readouterr().out
    public = read_public_keys(tmp_path / "keys")
    lines = printed.partition("[parties.keys]\n")[2].partition("\n\n")[0]
    keys = {name: b64decode(value) for name, value in tomllib.loads(lines).items()}
    assert keys == {role: getattr(public, role) for role in ROLES}
    assert len(keys["witness_ml_dsa"]) == 1312
    assert all(fingerprint(key) in printed for key in keys.values())
    assert show(tmp_path / "keys") == ExitCode.OK
    assert capsys.readouterr().out == printed


@pytest.mark.requirement("SC-REC-11")
def test_the_document_holds_keys_and_fingerprints_of_the_same_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new("north", tmp_path, json=True) == ExitCode.OK
    made = json.loads(capsys.readouterr().out)
    assert tuple(made["fingerprints"]) == ROLES
    assert all(fingerprint(b64decode(made[role])) == made["fingerprints"][role] for role in ROLES)
    assert made["root_fingerprint"] == made["fingerprints"]["root"]


@pytest.mark.requirement("SC-REC-11")
def test_an_id_that_no_agreement_takes_gets_no_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new("north-to-south", tmp_path / "keys") == ExitCode.CONFIGURATION
    assert "'-to-' joins two parties" in capsys.readouterr().err
    assert not (tmp_path / "keys").exists()
