"""`steerclear f3548`: keys, tokens and a token issuer for tests of F3548-21 hosts, and what a USS has recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from cyclopts import App, Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.options import NODE_FILE
from steerclear.interfaces.cli.output import ending, print_line

Scopes = Annotated[list[str], Parameter(name="--scope", negative=())]


class TokenTools(NamedTuple):
    """What the commands do, given by the composition root."""

    make_key_pair: Callable[[Path, Path], None]
    """(private, public): write a new pair of PEM files."""
    token: Callable[[Path, str, Sequence[str], str, str, float], str]
    """(private key, sub, scopes, aud, iss, life in seconds) -> token."""
    run_issuer: Callable[[Path, str], None]
    """(private key, host:port): serve tokens until stopped."""
    log_set: Callable[[Path, str, str], bytes]
    """(configuration, from, until): the log set of a USS as JSON."""


def f3548_commands(tools: TokenTools) -> App:
    """The `f3548` group of commands."""
    app = App(
        name="f3548", help="Keys, tokens and a token issuer for tests of F3548-21 hosts; what a USS has recorded."
    )

    def keys(folder: Path) -> int:
        """Make a key pair of a token issuer for tests: issuer.key and issuer.pem in a folder.

        Exit codes: 0 done, 9 the folder cannot be used.

        Parameters
        ----------
        folder
            Where the files go; files that are there are never overwritten.
        """

        def work() -> None:
            folder.mkdir(parents=True, exist_ok=True)
            private, public = folder / "issuer.key", folder / "issuer.pem"
            tools.make_key_pair(private, public)
            print_line(f"{private}: signs tokens; keep it\n{public}: goes into f3548.issuer_keys of every host")

        return ending(_plain(work))

    def token(
        key: Path, *, sub: str, aud: str, scope: Scopes, iss: str = "steerclear.test", life_s: float = 3_600.0
    ) -> int:
        """Make a bearer token for tests and print it.

        Exit codes: 0 done, 9 the key cannot be used.

        Parameters
        ----------
        key
            PEM file of the issuer's private RSA key.
        sub
            Whose token it is: the manager of what it creates.
        aud
            Host name that it is meant for.
        scope
            A scope, as utm.strategic_coordination; may be repeated.
        iss
            Who issues it.
        life_s
            Seconds until it ends; hosts take an hour at most.
        """
        return ending(_plain(lambda: print_line(tools.token(key, sub, scope, aud, iss, life_s))))

    def issuer(key: Path, *, listen: str = "127.0.0.1:8085") -> int:
        """Serve tokens to whoever asks, as InterUSS's dummy OAuth server does. For tests only. Ends on Ctrl-C.

        Exit codes: 0 stopped when asked to, 9 the key or the address cannot be used.

        Parameters
        ----------
        key
            PEM file of the issuer's private RSA key.
        listen
            host:port.
        """
        return ending(_plain(lambda: tools.run_issuer(key, listen)), interrupted=ExitCode.OK)

    app.command(keys, name="keys")
    app.command(_log_set_command(tools), name="log-set")
    app.command(token, name="token")
    app.command(issuer, name="issuer")
    return app


def _log_set_command(tools: TokenTools) -> Callable[..., int]:
    def log_set(begin: str, end: str, *, config: Path = NODE_FILE, out: Path | None = None) -> int:
        """Write what a USS has recorded within a time as a log set of F3548-21: exchanges, plans, positions, notices.

        Exit codes: 0 done, 9 the file, the times or the records cannot be used.

        Parameters
        ----------
        begin
            From when on, as 2026-01-31T06:00:00Z.
        end
            Until when.
        config
            The file that names the USS.
        out
            Where it goes; without, it is printed. A file that is there is not overwritten.
        """

        def work() -> None:
            content = tools.log_set(config, begin, end)
            if out is None:
                print_line(content.decode())
                return
            with out.open("xb") as file:
                file.write(content)

        return ending(_plain(work))

    return log_set


def _plain(work: Callable[[], None]) -> Callable[[], None]:
    """The work with its errors as the shell sees them: each says what to correct."""

    def told() -> None:
        try:
            work()
        except (ValueError, OSError) as error:
            raise CommandError(ExitCode.CONFIGURATION, str(error)) from None

    return told
