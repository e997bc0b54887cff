"""A mail server of a few lines, on 127.0.0.1: keeps what it is given, or never says a word."""

import asyncio
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy


class MailServer:
    """Speaks enough SMTP for one mail after the other."""

    def __init__(self, *, mute: bool, refuse: bool) -> None:
        self.mails = []
        self.port = 0
        self._mute = mute
        self._refuse = refuse
        self.over = asyncio.Event()

    async def run(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await self.over.wait()

    async def _talk(self, reader, writer):
        try:
            if self._mute:
                await self.over.wait()
                return
            await self._session(reader, writer)
        finally:
            writer.close()

    async def _session(self, reader, writer):
        writer.write(b"220 mail.example\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                lines = []
                while (line := await reader.readline()) != b".\r\n":
                    lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
                self.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
                writer.write(b"250 kept\r\n")
            elif verb == b"RCPT" and self._refuse:
                writer.write(b"550 nobody here\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 ok\r\n")


@contextmanager
def mail_server(*, mute=False, refuse=False):
    """A running server."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    server = MailServer(mute=mute, refuse=refuse)
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.run(ready)))
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(server.over.set)
        thread.join(10)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
