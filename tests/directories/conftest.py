"""A network of its own: these tests change what all others look up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from infra.local.network import LocalNetwork
    from tests.people import People

ROOMS = (
    "issuer",
    "identity",
    "prescribing",
    "dispensing",
    "registry-worker",
    "registry-api",
)


@pytest.fixture(scope="package")
def network() -> Iterator[LocalNetwork]:
    """The path of a prescription."""
    from infra.local.network import LocalNetwork  # noqa: PLC0415

    with LocalNetwork(settings={"RXLOG_VERDICT_TIMEOUT_MS": "8000"}) as started:
        started.start(ROOMS, ready_s=180)
        yield started


@pytest.fixture(scope="package")
async def people(network: LocalNetwork) -> AsyncIterator[People]:
    """Clinics and pharmacies with tokens, talking to the APIs of that network."""
    from tests.people import People  # noqa: PLC0415

    async with People(network) as found:
        yield found
