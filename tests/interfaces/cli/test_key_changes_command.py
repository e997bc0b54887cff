"""`steerclear keys rotate`, `revoke` and `show`: statements made offline are the ones that a line takes."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from steerclear.app.main import main
from steerclear.dialogue.key_ring import KeyRing, key_id_of
from steerclear.dialogue.terms import direction
from steerclear.interfaces.agreement_file import decode_agreement, encode_agreement
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.model.agreement import PartyKeys
from steerclear.model.keys import KeyRole
from steerclear.store.key_files import create_keys, load_ml_dsa_key, load_private_key
from tests.services.parties import START_S, make_agreement


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Both parties' keys, and the agreement that names them."""
    parties = []
    for party in make_agreement().parties:
        made = create_keys(tmp_path / party.party_id, party.party_id, START_S)
        keys = PartyKeys(root=made.root, signing=made.signing, witness=made.witness, witness_ml_dsa=made.witness_ml_dsa)
        parties.append(msgspec.structs.replace(party, keys=keys))
    terms = msgspec.structs.replace(make_agreement(), parties=tuple(parties))
    (tmp_path / "agreement.toml").write_bytes(encode_agreement(terms))
    return tmp_path


def keys(folder: Path, *arguments: str, root: str = "north") -> int:
    common = ["--agreement", str(folder / "agreement.toml"), "--root-key", str(folder / root / "root.key")]
    with pytest.raises(SystemExit) as ended:
        main(["keys", *arguments, *(common if arguments[0] != "show" else [])])
    return int(ended.value.code or 0)


def rotate(folder: Path, out: str, *arguments: str) -> int:
    return keys(folder, "rotate", "north", "--keys", str(folder / "north"), "--out", str(folder / out), *arguments)


def ring(folder: Path) -> KeyRing:
    """North's keys over its log to south, by the agreement."""
    terms = decode_agreement((folder / "agreement.toml").read_bytes())
    return direction(terms, terms.party("north"), terms.party("south")).ring


def earlier(folder: Path, *names: str) -> list[str]:
    return [word for name in names for word in ("--earlier", str(folder / name))]


@pytest.mark.requirement("SC-KEY-07")
def test_a_new_key_comes_with_the_statement_that_brings_it_in(folder: Path) -> None:
    assert rotate(folder, "1.note") == ExitCode.OK
    first = ring(folder).after(7, (folder / "1.note").read_bytes())
    new = load_private_key(folder / "north/signing-1.key").public_key().public_bytes_raw()
    assert first.current.keys.signing == new
    assert first.current.keys.witness == ring(folder).current.keys.witness
    words = [
        "--role",
        "witness",
        "--role",
        "witness-ml-dsa",
        "--after",
        "south-to-north",
        "4",
        *earlier(folder, "1.note"),
    ]
    assert rotate(folder, "2.note", *words) == ExitCode.OK
    second = first.after(9, (folder / "2.note").read_bytes())
    public = load_ml_dsa_key(folder / "north/witness-ml-dsa-2.key").public_key().public_bytes_raw()
    assert (second.current.keys.witness_ml_dsa, second.current.keys.signing) == (public, new)
    for role in (KeyRole.WITNESS, KeyRole.WITNESS_ML_DSA):
        assert second.last_valid(role, key_id_of(ring(folder).current.keys, role) or "") == 4


@pytest.mark.requirement("SC-KEY-07")
def test_a_replaced_key_is_taken_back_later(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = ring(folder).current.signing_id
    assert rotate(folder, "1.note") == ExitCode.OK
    capsys.readouterr()
    words = ["--key-id", old, "--after", "north-to-south", "-1", "--out", str(folder / "2.note")]
    assert keys(folder, "revoke", "north", *words, *earlier(folder, "1.note")) == ExitCode.OK
    assert f"signing revoke {old} after steerclear/two-skies/north-to-south -1" in capsys.readouterr().out
    changed = ring(folder).after(3, (folder / "1.note").read_bytes()).after(4, (folder / "2.note").read_bytes())
    assert [changed.revoked_at(place) for place in (0, 2, 3)] == [-1, -1, None]
    assert keys(folder, "show", str(folder / "2.note"), "--json") == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["statement"][3] == "2"


@pytest.mark.requirement("SC-KEY-07")
def test_what_no_line_would_take_is_not_made(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = ring(folder).current.signing_id
    assert rotate(folder, "1.note") == ExitCode.OK
    log, out = ["--after", "north-to-south", "3"], ["--out", str(folder / "2.note")]
    known = earlier(folder, "1.note")
    refused = {
        "would still be in use": (ExitCode.CONFIGURATION, "revoke", ["--key-id", old, *log, *out]),
        "has never had a key": (ExitCode.CONFIGURATION, "revoke", ["--key-id", "0" * 16, *log, *out, *known]),
        "is no log of": (
            ExitCode.USAGE,
            "revoke",
            ["--key-id", old, "--after", "south-to-east", "3", *out, *known],
        ),
        "signs nothing in": (
            ExitCode.CONFIGURATION,
            "revoke",
            ["--key-id", old, "--after", "south-to-north", "3", *out, *known],
        ),
        "the limit is 3,000": (ExitCode.CONFIGURATION, "rotate", [*out, *earlier(folder, "agreement.toml")]),
        "said before": (ExitCode.CONFIGURATION, "rotate", [*out, *known, *known]),
        "is there already": (ExitCode.CONFIGURATION, "rotate", ["--out", str(folder / "1.note"), *known]),
        "name each role once": (ExitCode.USAGE, "rotate", ["--role", "root", *out, *known]),
    }
    before = sorted(folder.rglob("*"))
    for why, (code, command, arguments) in refused.items():
        folder_for_keys = ["--keys", str(folder / "north")] if command == "rotate" else []
        assert keys(folder, command, "north", *arguments, *folder_for_keys) == code, why
        assert why in capsys.readouterr().err
    words = ["--key-id", old, *log, *out, *known]
    assert keys(folder, "revoke", "north", *words, root="south") == ExitCode.CONFIGURATION
    assert "not the root key" in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before, "nothing is left behind by what was refused"
