"""The served application over real sockets, and its way of starting and stopping."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import asyncio, structlog, sys
from contextlib import asynccontextmanager
from pathlib import Path
from fastapi import APIRouter, Request
from services.kernel import telemetry
from services.kernel.settings import CannotStartError, HttpSettings
from services.kernel.http.web import make_app, serve

@asynccontextmanager
async def lifespan(app):
    if sys.argv[2] == "refuse":
        raise CannotStartError("The cupboard is bare: fill it.")
    if sys.argv[2] == "wait":
        structlog.get_logger().info("started waiting")
        await asyncio.Event().wait()
    yield

router = APIRouter()

@router.get("/news")
async def news(request: Request):
    structlog.get_logger().info("waiting for news")
    await request.app.state.stopping.wait()
    return "none"

telemetry.configure("test")
settings = HttpSettings(room="test", port=int(sys.argv[1]), secrets_dir=Path())
app = make_app("Test", settings, lifespan=lifespan, routers=[router], public=["/news"])
serve(app, settings)
"""
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.network  # starts processes, so it is not among the quick tests


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def start(port: int, mode: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port), mode],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def wait_until_started(process: subprocess.Popen[str], event: str = "started") -> None:
    assert process.stderr is not None
    line = process.stderr.readline()
    assert f'"{event}' in line, line


async def exchange(port: int, request: bytes) -> bytes:
    """Send bytes as they are and read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()


async def test_it_serves_limits_and_stops_cleanly() -> None:
    port = free_port()
    process = start(port, "run")
    try:
        wait_until_started(process)
        head = b"POST /x HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
        chunks = b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b" " * 65536 + b"\r\n"
        too_much = await exchange(port, head + chunks + (b"10000\r\n" + b" " * 65536 + b"\r\n") * 4)
        assert too_much.startswith(b"HTTP/1.1 413")
        assert b"application/problem+json" in too_much
        declared = await exchange(port, head + b"Content-Length: 999999999\r\n\r\n")
        assert declared.startswith(b"HTTP/1.1 413")
        garbage = await exchange(port, b"\x16\x03\x01 hello\r\n\r\n")
        assert garbage.startswith(b"HTTP/1.1 400")
        alive = await exchange(
            port, b"GET /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
        )
        assert alive.startswith(b"HTTP/1.1 200")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()


async def test_who_waits_for_news_is_answered_when_it_stops() -> None:
    port = free_port()
    process = start(port, "run")
    try:
        wait_until_started(process)
        request = b"GET /news HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
        waiting = asyncio.create_task(exchange(port, request))
        await asyncio.to_thread(wait_until_started, process, "waiting for news")
        process.send_signal(signal.SIGTERM)
        assert (await waiting).startswith(b"HTTP/1.1 200")
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(port, "run")
        _, error = process.communicate(timeout=20)
    assert process.returncode == 2
    assert error == (
        f"Port {port} on 127.0.0.1 cannot be used (Address already in use): "
        "stop what uses it or set RXLOG_PORT to a free one.\n"
    )


def test_a_refused_start_is_one_sentence() -> None:
    process = start(free_port(), "refuse")
    _, error = process.communicate(timeout=20)
    assert process.returncode == 2
    assert error.endswith("The cupboard is bare: fill it.\n")
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("name", "mode"), [("SIGTERM", "wait"), ("SIGINT", "wait"), ("SIGINT", "run")]
)
def test_signals_end_it_with_code_zero(name: str, mode: str) -> None:
    process = start(free_port(), mode)
    try:
        wait_until_started(process)
        process.send_signal(signal.Signals[name])
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()
