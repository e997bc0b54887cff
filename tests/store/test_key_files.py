"""A party's keys on disk: all of them or none, whole, for their owner only, and never in another key's place."""

import errno
import os
import stat
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from steerclear.interfaces.agreement_file.readers import identifier, ml_dsa_44_key, public_key
from steerclear.model.keys import KeyRole
from steerclear.store.key_files import (
    CERTIFICATE_FILE,
    KeyFileError,
    create_keys,
    key_path,
    load_ml_dsa_key,
    load_private_key,
    read_public_keys,
)

NOW_S = 1_800_000_000.0


@pytest.mark.requirement("SC-REC-11")
def test_new_keys_are_a_whole_set_that_an_agreement_takes(tmp_path: Path) -> None:
    folder = tmp_path / "north" / "keys"
    public = create_keys(folder, "north", NOW_S)
    assert public == read_public_keys(folder)
    assert {path.name for path in folder.iterdir()} == {f"{role}.key" for role in KeyRole} | {CERTIFICATE_FILE}
    assert len({public.root, public.signing, public.witness}) == 3
    assert public.witness_ml_dsa is not None
    witness = load_ml_dsa_key(key_path(folder, KeyRole.WITNESS_ML_DSA))
    witness.public_key().verify(witness.sign(b"note"), b"note")
    assert witness.public_key().public_bytes_raw() == public.witness_ml_dsa
    for key in (public.root, public.signing, public.witness):
        assert public_key(b64encode(key).decode()) == key
    assert ml_dsa_44_key(b64encode(public.witness_ml_dsa).decode()) == public.witness_ml_dsa


@pytest.mark.requirement("SC-REC-11")
def test_private_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys", "north", NOW_S)
    for role in KeyRole:
        path = key_path(tmp_path / "keys", role)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        load = load_ml_dsa_key if role is KeyRole.WITNESS_ML_DSA else load_private_key
        load(path)
        path.chmod(0o640)
        with pytest.raises(KeyFileError, match="chmod 600"):
            load(path)


@pytest.mark.requirement("SC-REC-11")
@pytest.mark.parametrize("role", KeyRole)
def test_a_key_that_is_there_is_kept_and_no_other_is_made_beside_it(tmp_path: Path, role: KeyRole) -> None:
    there = key_path(tmp_path, role)
    there.write_bytes(b"precious")
    with pytest.raises(KeyFileError, match=rf"{there} is there already"):
        create_keys(tmp_path, "north", NOW_S)
    assert [path.name for path in tmp_path.iterdir()] == [there.name]
    assert there.read_bytes() == b"precious"


@pytest.mark.requirement("SC-REC-11")
@pytest.mark.parametrize("call", ["fsync", "link"])
@pytest.mark.parametrize("nth", [1, 2, 6])
def test_a_disk_that_fails_midway_leaves_no_half_set_and_the_next_try_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, nth: int
) -> None:
    real, calls = getattr(os, call), 0

    def failing(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing)
        with pytest.raises(KeyFileError, match="No space left on device; check the folder"):
            create_keys(tmp_path / "keys", "north", NOW_S)
    assert list((tmp_path / "keys").iterdir()) == []
    create_keys(tmp_path / "keys", "north", NOW_S)


@pytest.mark.requirement("SC-REC-11")
def test_a_key_has_its_name_only_once_its_bytes_are_on_disk_and_the_names_are_kept_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "keys"
    steps: list[tuple[str, str]] = []
    fsync, link = os.fsync, os.link

    def seen_fsync(descriptor: int) -> None:
        steps.append(("disk", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        fsync(descriptor)

    def seen_link(source: Path, target: Path) -> None:
        steps.append(("name", target.name))
        link(source, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(os, "link", seen_link)
    create_keys(folder, "north", NOW_S)
    names = [name for step, name in steps if step == "name"]
    assert len(names) == len(KeyRole) + 1
    for name in names:
        assert steps.index(("disk", f".{name}.partial")) < steps.index(("name", name))
    assert steps[-2:] == [("disk", "keys"), ("disk", tmp_path.name)]


@pytest.mark.requirement("SC-REC-11")
@pytest.mark.parametrize("party", ["", "North", "north south", "north/keys", "-north", "a-to-b", "n" * 65, "ñ", "a+b"])
def test_a_party_gets_no_keys_under_an_id_that_the_agreement_refuses(tmp_path: Path, party: str) -> None:
    with pytest.raises(ValueError, match=r"must be|joins"):
        identifier(party)
    with pytest.raises(KeyFileError, match="no agreement can name such a party"):
        create_keys(tmp_path / "keys", party, NOW_S)
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("party", ["n", "north", "0.a_b-c", "n" * 64])
def test_every_id_that_the_agreement_takes_gets_keys(tmp_path: Path, party: str) -> None:
    assert identifier(party) == party
    create_keys(tmp_path / "keys", party, NOW_S)


def test_a_folder_of_keys_from_before_is_read_without_the_second_witness_key(tmp_path: Path) -> None:
    public = create_keys(tmp_path, "north", NOW_S)
    key_path(tmp_path, KeyRole.WITNESS_ML_DSA).unlink()
    assert read_public_keys(tmp_path).witness_ml_dsa is None
    assert read_public_keys(tmp_path).witness == public.witness


def test_a_file_that_is_no_such_key_is_refused_by_name(tmp_path: Path) -> None:
    def written(name: str, data: bytes) -> Path:
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o600)
        return tmp_path / name

    classic, second = (
        written(name, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        for name, key in (("a", Ed25519PrivateKey.generate()), ("b", MLDSA44PrivateKey.generate()))
    )
    with pytest.raises(KeyFileError, match="is not an ML-DSA-44 key"):
        load_ml_dsa_key(classic)
    with pytest.raises(KeyFileError, match="is not an Ed25519 key"):
        load_private_key(second)
    for load in (load_private_key, load_ml_dsa_key):
        with pytest.raises(KeyFileError, match="not a private key in PEM form"):
            load(written("c", b"-----BEGIN PRIVATE KEY-----\nMDQ\n-----END PRIVATE KEY-----\n"))
        with pytest.raises(KeyFileError, match="cannot read the key"):
            load(tmp_path / "missing")
