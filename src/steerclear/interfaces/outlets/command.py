"""A program of this machine as an outlet: run without a shell, told the summons, judged by its exit code."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, cast

from steerclear.interfaces.outlets.errors import NotTakenError
from steerclear.interfaces.outlets.languages import Language
from steerclear.interfaces.outlets.limits import MAX_OUTPUT_BYTES
from steerclear.interfaces.outlets.wording import as_environment, as_json
from steerclear.services.reach import Summons

LOOK_EVERY_S: Final = 0.02
"""How often the end of a program is looked for whose output stays open."""


class CommandOutlet:
    """Runs a program for each summons, as JSON on its standard input and as STEERCLEAR_* in its environment.

    Exit code 0: the summons was taken. A program that takes longer than its time is killed with all its children.
    """

    def __init__(self, argv: tuple[str, ...], folder: Path, timeout_s: float, language: Language) -> None:
        self._argv = argv
        self._folder = folder
        self._timeout_s = timeout_s
        self._language = language

    def send(self, summons: Summons) -> str:
        """What the program wrote last. Raises NotTakenError."""
        told = as_json(summons, self._language)
        until_s = time.monotonic() + self._timeout_s
        # A summons for one message must not be mistaken for another's: nothing of ours is passed on from the node.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STEERCLEAR_")}
        try:
            process = subprocess.Popen(  # noqa: S603 (the node's operator names the program; there is no shell)
                self._argv,
                cwd=self._folder,
                env=kept | as_environment(summons, self._language),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as fault:
            raise NotTakenError(f"the program cannot be started: {fault.strerror}") from None
        with cast(IO[bytes], process.stdout) as output:
            with suppress(OSError), cast(IO[bytes], process.stdin) as telling:  # a program need not read it
                os.write(telling.fileno(), told)
            wrote, ended = _follow(process, output, until_s)
        said = wrote.decode("utf-8", "replace").strip()
        if not ended:
            raise NotTakenError(f"killed, because it had not ended after {self._timeout_s:g} s. {said}")
        if process.returncode != 0:
            raise NotTakenError(f"exit code {process.returncode}. {said}")
        return said


def _follow(process: subprocess.Popen[bytes], stream: IO[bytes], until_s: float) -> tuple[bytes, bool]:
    """The last bytes of a program's output, and whether it ended in time; it is killed if not."""
    os.set_blocking(stream.fileno(), False)
    kept = bytearray()
    with selectors.DefaultSelector() as waiting:
        waiting.register(stream, selectors.EVENT_READ)
        while process.poll() is None:
            if time.monotonic() >= until_s:
                _kill(process)
                _read(stream, kept)
                return bytes(kept), False
            if waiting.select(LOOK_EVERY_S) and not _read(stream, kept):
                # Closed by the program, which may go on: without this the loop would spin.
                time.sleep(LOOK_EVERY_S)
    # What a child keeps open after the program's end is not waited for.
    _read(stream, kept)
    return bytes(kept), True


def _read(stream: IO[bytes], kept: bytearray) -> bool:
    """Read what is there; False at the end of the output."""
    with suppress(BlockingIOError):
        for _ in range(16):  # 1 MiB at a time: a program that never stops writing does not keep us from the clock
            part = os.read(stream.fileno(), 65_536)
            if not part:
                return False
            kept += part
            del kept[:-MAX_OUTPUT_BYTES]
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(1.0)  # a program that waits for a dead disk cannot be killed; the desk need not wait for it
