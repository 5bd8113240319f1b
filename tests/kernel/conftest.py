"""The sample application of the shell's tests and the log it writes; the codec's sample."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest
import structlog

from services.kernel import telemetry
from tests.kernel.avro_sample import Languages, language_in
from tests.kernel.sample_app import app, client_of


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The process's log, configured as in production; what was there before comes back."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    telemetry.configure("test", stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


@pytest.fixture
async def client(log: io.StringIO) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app()) as one:
        yield one


@pytest.fixture
def language(tmp_path: Path) -> Languages:
    """Makes the codecs of the codec's sample, ours and the plain one, with the versions told."""
    return partial(language_in, tmp_path)
