"""A TCP proxy that misbehaves on request: `python -m infra.faults.proxy`, told what by its input.

It stands before Kafka, Postgres and the rooms of a network and passes bytes on, until it is told
to slow, hold, drop or cut the connections of a link. It reads one JSON object per line (a `Wish`)
and answers each with one line; when its input ends, it ends.

    {"id": 1, "do": "open", "link": "kafka", "listen": 20001, "server": 20000}
    {"id": 2, "do": "trouble", "link": "kafka", "how": "latency", "amount": 0.2, "clients": [4711]}
    {"id": 3, "do": "calm", "link": "kafka"}

`clients` are process ids whose connections alone are troubled (all when left out), `spare` those
whose connections are not. Whose a connection is, the system tells by its port.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import psutil
import uvloop

HOST = "127.0.0.1"
CHUNK = 64 * 1024
How = Literal["latency", "bandwidth", "stall", "stall-up", "stall-down", "drop-up", "drop-down",
              "reset", "refuse", "silence"]  # fmt: skip
"""latency: each chunk waits `amount` seconds; bandwidth: `amount` bytes a second; stall: bytes wait
until it is calm again, both ways or one (up: towards the server); drop: bytes vanish, and the
connection is reset when it is calm again; reset: cut once, new ones work; refuse: cut, and new ones
are cut as well; silence: from now on no byte passes on the connections there are, for ever, and
nobody is told; new ones work."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the proxy is told."""

    id: int
    do: Literal["open", "trouble", "calm"]
    link: str
    listen: int = 0
    server: int = 0
    how: How = "reset"
    amount: float = 0.0
    clients: list[int] | None = None
    spare: list[int] = []


@dataclass(eq=False)
class Connection:
    """One client's way to the server; `client` is the TCP port it came from."""

    client: int
    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    has_lost_bytes: bool = False
    is_silent: bool = False

    def reset(self) -> None:
        """End it with a reset, as a peer that vanished would."""
        for writer in self.writers:
            taken = writer.get_extra_info("socket")
            if taken is not None:
                with suppress(OSError):
                    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


@dataclass(eq=False)
class Link:
    """One server behind the proxy, and the trouble its connections are in."""

    name: str
    server: int
    trouble: Wish | None = None
    calm: asyncio.Event = field(default_factory=asyncio.Event)
    connections: set[Connection] = field(default_factory=set)
    _ports: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.calm.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from a client's call to its end."""
        port = writer.get_extra_info("peername")[1]
        try:
            to_server = await asyncio.open_connection(HOST, self.server)
        except OSError:
            Connection(port, (writer, writer)).reset()
            return
        connection = Connection(port, (writer, to_server[1]))
        if self._troubles(connection, "refuse"):
            connection.reset()
            return
        self.connections.add(connection)
        try:
            await asyncio.gather(
                self._pass(connection, reader, to_server[1], "up"),
                self._pass(connection, to_server[0], writer, "down"),
            )
        finally:
            self.connections.discard(connection)
            for one in connection.writers:
                one.close()

    async def _pass(
        self,
        connection: Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        way: str,
    ) -> None:
        """Bytes of one direction, until one side ends; then the other direction ends as well."""
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if connection.is_silent:
                    continue
                if self.trouble is not None and not await self._let_through(connection, chunk, way):
                    continue
                if writer.is_closing():  # the other direction has ended meanwhile
                    break
                writer.write(chunk)
                await writer.drain()
        for one in connection.writers:
            one.close()

    async def _let_through(self, connection: Connection, chunk: bytes, way: str) -> bool:
        """Wait as the trouble asks; whether the chunk goes on."""
        trouble = self.trouble
        if trouble is None or not self._is_meant(connection):
            return True
        match trouble.how:
            case "latency":
                await asyncio.sleep(trouble.amount)
            case "bandwidth":
                await asyncio.sleep(len(chunk) / trouble.amount)
            case "stall" | "stall-up" | "stall-down" if trouble.how in ("stall", f"stall-{way}"):
                await self.calm.wait()
            case "drop-up" | "drop-down" if trouble.how == f"drop-{way}":
                connection.has_lost_bytes = True
                return False
        return True

    def begin(self, wish: Wish) -> int:
        """Bring trouble over the link; how many connections it meets now."""
        self.trouble = wish
        self._ports = {}
        self.calm.clear()
        met = [connection for connection in self.connections if self._is_meant(connection)]
        for connection in met:
            if wish.how in ("reset", "refuse"):
                connection.reset()
            connection.is_silent |= wish.how == "silence"
        if wish.how in ("reset", "silence"):
            self.end()
        return len(met)

    def end(self) -> int:
        """Calm again: what was held goes on, what lost bytes is cut; how many were cut."""
        self.trouble = None
        self.calm.set()
        torn = [connection for connection in self.connections if connection.has_lost_bytes]
        for connection in torn:
            connection.reset()
        return len(torn)

    def _troubles(self, connection: Connection, how: How) -> bool:
        return self.trouble is not None and self.trouble.how == how and self._is_meant(connection)

    def _is_meant(self, connection: Connection) -> bool:
        wish = self.trouble
        if wish is None or (wish.clients is None and not wish.spare):
            return wish is not None
        if connection.client not in self._ports:
            meant = _ports_of(wish.clients) if wish.clients is not None else None
            spared = _ports_of(wish.spare)
            for port in {one.client for one in self.connections} | {connection.client}:
                self._ports[port] = port not in spared and (meant is None or port in meant)
        return self._ports[connection.client]


def _ports_of(processes: Iterable[int]) -> set[int]:
    """The local TCP ports that these processes talk from now."""
    found: set[int] = set()
    for pid in processes:
        with suppress(psutil.Error):
            found |= {one.laddr.port for one in psutil.Process(pid).net_connections("tcp4")}
    return found


async def obey(lines: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
    """Do what the input says, line by line, until it ends."""
    links: dict[str, Link] = {}
    servers = []
    read = msgspec.json.Decoder(Wish).decode
    while line := await lines.readline():
        wish = read(line)
        count, problem = 0, ""
        try:
            if wish.do == "open":
                link = links[wish.link] = Link(wish.link, wish.server)
                servers.append(await asyncio.start_server(link.serve, HOST, wish.listen))
            elif wish.do == "trouble":
                count = links[wish.link].begin(wish)
            else:
                count = links[wish.link].end()
        except OSError as error:
            problem = str(error)
        out.write(msgspec.json.encode({"id": wish.id, "count": count, "problem": problem}) + b"\n")
        await out.drain()


async def main() -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, sys.stdout
    )
    await obey(lines, asyncio.StreamWriter(transport, protocol, None, loop))


if __name__ == "__main__":
    uvloop.run(main())
