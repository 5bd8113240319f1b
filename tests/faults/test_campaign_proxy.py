"""The proxy: passes bytes on, and every trouble does what it is named for."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest

from infra.faults.history import clock
from infra.faults.links import Links
from infra.local.ports import HOST

LONG_S = 10.0


@dataclass
class Line:
    """A connection through the proxy to a server that says everything back."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def says_back(self, text: bytes, within_s: float = LONG_S) -> bytes:
        """What comes back; b"" when the connection ended, TimeoutError when nothing came."""
        self.writer.write(text)
        async with asyncio.timeout(within_s):
            try:
                return await self.reader.read(1 << 20)
            except ConnectionError:
                return b""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def _proxied() -> AsyncIterator[tuple[Links, int]]:
    server = await asyncio.start_server(_echo, HOST, 0)
    behind = server.sockets[0].getsockname()[1]
    before = _free_port()
    async with Links({"echo": before}, {"echo": behind}) as links:
        yield links, before
    server.close()


async def _line(port: int) -> Line:
    return Line(*await asyncio.open_connection(HOST, port))


async def test_without_trouble_bytes_pass() -> None:
    async with _proxied() as (_, port):
        line = await _line(port)
        assert await line.says_back(b"xin chao") == b"xin chao"


async def test_a_reset_cuts_what_is_there_and_new_connections_work() -> None:
    async with _proxied() as (links, port):
        line = await _line(port)
        assert await line.says_back(b"1") == b"1"
        assert await links.trouble("echo", "reset") == 1
        assert await line.says_back(b"2") == b""
        assert await (await _line(port)).says_back(b"3") == b"3"


async def test_refused_until_it_is_calm() -> None:
    async with _proxied() as (links, port):
        await links.trouble("echo", "refuse")
        assert await (await _line(port)).says_back(b"1") == b""
        await links.calm("echo")
        assert await (await _line(port)).says_back(b"2") == b"2"


@pytest.mark.parametrize("how", ["stall", "stall-up", "stall-down"])
async def test_what_is_held_arrives_when_it_is_calm(how) -> None:
    async with _proxied() as (links, port):
        line = await _line(port)
        assert await line.says_back(b"1") == b"1"
        await links.trouble("echo", how)
        with pytest.raises(TimeoutError):
            await line.says_back(b"2", within_s=0.3)
        await links.calm("echo")
        async with asyncio.timeout(LONG_S):
            assert await line.reader.read(10) == b"2"


@pytest.mark.parametrize("how", ["drop-up", "drop-down"])
async def test_what_is_dropped_is_lost_and_the_connection_ends_when_it_is_calm(how) -> None:
    async with _proxied() as (links, port):
        line = await _line(port)
        assert await line.says_back(b"1") == b"1"
        await links.trouble("echo", how)
        with pytest.raises(TimeoutError):
            await line.says_back(b"2", within_s=0.3)
        assert await links.calm("echo") == 1
        assert await line.says_back(b"3") == b""


async def test_silence_is_for_ever_and_new_connections_work() -> None:
    async with _proxied() as (links, port):
        line = await _line(port)
        assert await line.says_back(b"1") == b"1"
        assert await links.trouble("echo", "silence") == 1
        with pytest.raises(TimeoutError):
            await line.says_back(b"2", within_s=0.3)
        await links.calm("echo")
        with pytest.raises(TimeoutError):
            await line.says_back(b"3", within_s=0.3)
        assert await (await _line(port)).says_back(b"4") == b"4"


async def test_latency_and_a_narrow_line_delay() -> None:
    async with _proxied() as (links, port):
        line = await _line(port)
        await links.trouble("echo", "latency", 0.2)
        began = clock()
        assert await line.says_back(b"1") == b"1"
        assert clock() - began >= 0.4, "there and back"
        await links.trouble("echo", "bandwidth", 1_000.0)
        began = clock()
        assert await line.says_back(b"x" * 200) == b"x" * 200
        assert clock() - began >= 0.4
        await links.calm("echo")


async def test_only_the_named_processes_are_troubled() -> None:
    async with _proxied() as (links, port):
        line = await _line(port)
        assert await line.says_back(b"1") == b"1"
        assert await links.trouble("echo", "refuse", clients=[os.getppid()]) == 0
        assert await line.says_back(b"2") == b"2"
        assert await links.trouble("echo", "refuse", spare=[os.getpid()]) == 0
        assert await (await _line(port)).says_back(b"3") == b"3"
        assert await links.trouble("echo", "refuse", clients=[os.getpid()]) >= 1
        assert await line.says_back(b"4") == b""


async def test_a_server_that_is_away_is_a_reset() -> None:
    async with Links({"nobody": (port := _free_port())}, {"nobody": _free_port()}):
        assert await (await _line(port)).says_back(b"1") == b""
