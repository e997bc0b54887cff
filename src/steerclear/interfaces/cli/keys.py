"""`steerclear keys`: a party's keys and the certificate of its line port."""

from __future__ import annotations

import time
from base64 import b64encode
from pathlib import Path

from cyclopts import App

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.key_changes import DecodeAgreement, print_statement, revoke_command, rotate_command
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.options import Json
from steerclear.interfaces.cli.output import ending, print_json, print_line
from steerclear.model.keys import fingerprint
from steerclear.store.key_files import CERTIFICATE_FILE, KeyFileError, PublicKeys, create_keys, read_public_keys


def keys_commands(decode: DecodeAgreement) -> App:
    """The `keys` group of commands."""
    app = App(name="keys", help="Create, show, replace and revoke a party's keys.")
    app.command(new, name="new")
    app.command(show, name="show")
    app.command(rotate_command(decode), name="rotate")
    app.command(revoke_command(decode), name="revoke")
    return app


def new(party: str, folder: Path, *, json: Json = False) -> int:
    """Make a party's root, signing, witness (Ed25519 and ML-DSA-44) and TLS keys and its certificate in a new folder.

    Take the root key offline once the agreement is signed. Exit codes: 0 done, 9 the folder or the id cannot be used.

    Parameters
    ----------
    party
        Id of the party, as in the agreement.
    folder
        Where the keys go; keys that are there are never overwritten.
    json
        One JSON document.
    """

    def work() -> None:
        try:
            public = create_keys(folder, party, time.time())
        except KeyFileError as error:
            raise CommandError(ExitCode.CONFIGURATION, str(error)) from None
        _print_keys(folder, public, json)

    return ending(work)


def show(folder: Path, *, json: Json = False) -> int:
    """Show the public halves of the keys in a folder, for the agreement and for the peers, with their fingerprints.

    Of a file, shows what it says: a key statement. Exit codes: 0 done, 9 the keys or the statement cannot be read.

    Parameters
    ----------
    folder
        Where the keys are, or the file of a key statement.
    json
        One JSON document.
    """

    def work() -> None:
        if folder.is_file():
            print_statement(folder, json)
            return
        try:
            public = read_public_keys(folder)
        except KeyFileError as error:
            raise CommandError(ExitCode.CONFIGURATION, str(error)) from None
        _print_keys(folder, public, json)

    return ending(work)


def _print_keys(folder: Path, public: PublicKeys, json: bool) -> None:
    keys = {"root": public.root, "signing": public.signing, "witness": public.witness}
    if public.witness_ml_dsa is not None:
        keys["witness_ml_dsa"] = public.witness_ml_dsa
    if json:
        document: dict[str, object] = {name: b64encode(key).decode() for name, key in keys.items()}
        document["root_fingerprint"] = fingerprint(public.root)
        document["fingerprints"] = {name: fingerprint(key) for name, key in keys.items()}
        document["certificate"] = str(folder / CERTIFICATE_FILE)
        document["certificate_sha256"] = public.certificate_sha256.hex()
        print_json(document)
        return
    print_line("# for the agreement")
    print_line("[parties.keys]")
    for name, key in keys.items():
        print_line(f'{name} = "{b64encode(key).decode()}"')
    print_line(f"\n# to be read out to the other parties\nroot key: {fingerprint(public.root)}")
    print_line("\n# fingerprints of the other keys, to tell them from older ones")
    for name, key in keys.items():
        if name != "root":
            print_line(f"{name} key: {fingerprint(key)}")
    print_line(f"\n# for the peers' configuration, with the file {folder / CERTIFICATE_FILE}")
    print_line(f'certificate_sha256 = "{public.certificate_sha256.hex()}"')
