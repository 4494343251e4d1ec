"""One address in front of servers that come and go, as a load balancer gives it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

CHUNK = 64 * 1024


class Forwarder:
    """Passes each connection on to the next living server in turn; with none alive, connections are refused.

    It adds nothing to what it passes on.

    Attributes:
        port: where it listens on the loopback, while a server lives.
        passed_on: how many connections it has passed on.
        cut_off: requests that begin like this end their connection instead of reaching a server.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.passed_on = 0
        self.cut_off: bytes | None = None
        self._servers: list[int] = []
        self._listener: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def add(self, server: int) -> None:
        """Lets the server on that loopback port have its share."""
        self._servers.append(server)
        if self._listener is None:
            self._listener = await asyncio.start_server(self._connected, "127.0.0.1", self.port, backlog=512)

    async def remove(self, server: int) -> None:
        """Gives the server no more connections."""
        if server in self._servers:
            self._servers.remove(server)
        if not self._servers:
            await self._stop_listening()

    async def close(self) -> None:
        """Ends every connection."""
        await self._stop_listening()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            await self._listener.wait_closed()
            self._listener = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            await self._forward(reader, writer)
        except asyncio.CancelledError:
            pass  # the streams' own machinery would log it as an error
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._servers:
            return
        self.passed_on += 1
        server = self._servers[self.passed_on % len(self._servers)]
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", server)
        except OSError:
            return
        ways = [
            asyncio.create_task(self._pass_on(reader, server_writer)),
            asyncio.create_task(self._pass_on(server_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            server_writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if self.cut_off and chunk.startswith(self.cut_off):
                    return
                writer.write(chunk)
                await writer.drain()
