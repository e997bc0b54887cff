"""`steerclear pair`: what is read out over the telephone is compared with what the agreement names."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from steerclear.interfaces.agreement_file import starting_file
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.model.agreement import PartyKeys
from steerclear.model.keys import fingerprint
from steerclear.store.key_files import certificate_sha256, create_keys
from tests.interfaces.cli.test_agreement_command import steerclear


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agreement of two parties, and the keys of both."""
    root = tmp_path_factory.mktemp("pair")
    keys = {}
    for party in ("north", "south"):
        made = create_keys(root / party, party, 1.8e9)
        keys[party] = PartyKeys(root=made.root, signing=made.signing, witness=made.witness)
    parties = (("north", "Northern air service"), ("south", "Southern relief flights"))
    (root / "agreement.toml").write_bytes(starting_file("valley", "Valley", parties, keys, ["en"], 1.8e9))
    (root / "without.toml").write_bytes(starting_file("valley", "Valley", parties, {}, ["en"], 1.8e9))
    for party, of in keys.items():
        (root / f"{party}.root").write_text(fingerprint(of.root))
    return root


def groups_in(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.requirement("SC-AGR-10")
def test_all_fingerprints_are_shown_in_groups_with_what_to_do(folder: Path) -> None:
    shown = steerclear("pair", folder / "agreement.toml")
    assert shown.returncode == 0
    lines = [groups_in(line) for line in shown.stdout.splitlines()]
    assert f"root key of north {(folder / 'north.root').read_text()}" in lines
    assert f"root key of south {(folder / 'south.root').read_text()}" in lines
    assert f"agreement file {fingerprint((folder / 'agreement.toml').read_bytes())}" in lines
    assert "a number that you knew before" in shown.stdout
    document = json.loads(steerclear("pair", folder / "agreement.toml", "--json").stdout)
    assert document["root_fingerprints"]["south"] == (folder / "south.root").read_text()
    assert document["agreement_sha256"] == sha256((folder / "agreement.toml").read_bytes()).hexdigest()


@pytest.mark.requirement("SC-AGR-10")
def test_what_was_heard_is_confirmed_or_refused(folder: Path) -> None:
    right = (folder / "south.root").read_text()

    def heard(text: str) -> tuple[int, str, str]:
        ran = steerclear("pair", folder / "agreement.toml", "--confirm", "south", "--heard", text)
        return ran.returncode, ran.stdout, ran.stderr

    assert heard(right)[:2] == (0, "OK: south read out the root key that this agreement names for it\n")
    assert heard(right.upper().replace(" ", " - "))[0] == 0
    last = "0" if right[-1] != "0" else "1"
    code, out, told = heard(right[:-1] + last)
    assert (code, out) == (ExitCode.REFUSED, "")
    assert "it differs in group 8" in told
    assert "sign nothing" in told
    assert right not in told
    assert heard((folder / "north.root").read_text())[0] == ExitCode.REFUSED
    code, _, told = heard(right[:-5])
    assert code == ExitCode.USAGE
    assert "all 8 groups" in told
    assert heard("")[0] == ExitCode.USAGE


@pytest.mark.requirement("SC-AGR-10")
def test_typed_in_the_expected_fingerprint_is_not_shown_beforehand(folder: Path) -> None:
    right = (folder / "south.root").read_text()
    asked = steerclear("pair", folder / "agreement.toml", "--confirm", "south", typed=right + "\n")
    assert asked.returncode == 0
    assert right not in asked.stdout + asked.stderr
    assert steerclear("pair", folder / "agreement.toml", "--confirm", "south", typed="").returncode == ExitCode.USAGE


def test_what_cannot_be_compared_is_said(folder: Path) -> None:
    keyless = steerclear("pair", folder / "without.toml")
    assert keyless.returncode == ExitCode.AGREEMENT_UNREADABLE
    assert "names no keys for 'north'" in keyless.stderr
    stranger = steerclear("pair", folder / "agreement.toml", "--confirm", "east", "--heard", "x")
    assert stranger.returncode == ExitCode.USAGE
    assert "no party 'east'" in stranger.stderr
    assert steerclear("pair").returncode == ExitCode.USAGE
    assert steerclear("pair", folder / "nothing.toml").returncode == ExitCode.AGREEMENT_UNREADABLE


def test_a_certificate_is_shown_as_it_is_pinned(folder: Path) -> None:
    certificate = folder / "south" / "tls.crt"
    digest = certificate_sha256(certificate).hex()
    shown = steerclear("pair", "--peer-certificate", certificate)
    assert f'certificate_sha256 = "{digest}"' in shown.stdout
    assert " ".join(digest[k : k + 4] for k in range(0, 64, 4)) in groups_in(shown.stdout)
    assert (
        json.loads(steerclear("pair", "--peer-certificate", certificate, "--json").stdout)["certificate_sha256"]
        == digest
    )
    wrong = steerclear("pair", "--peer-certificate", folder / "agreement.toml")
    assert wrong.returncode == ExitCode.CONFIGURATION
