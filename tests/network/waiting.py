"""Waiting for a condition, never for a time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

DEADLINE_S = 60.0


async def until(condition: Any, what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait for a condition; fail with its name when it does not come."""
    try:
        async with asyncio.timeout(deadline_s):
            while not await condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"{what} did not happen within {deadline_s:g} s")
