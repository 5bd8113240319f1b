"""The network of the tests: one real Kafka, one real Postgres, every room a process.

Tests marked `network` share one ephemeral network, started when the first of them needs it; it
ends with the test run, however that ends. What starts it is imported only then, so that the pure
tests stay quick.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from infra.local.network import LocalNetwork
    from tests.people import People


# Examples are the same in every run, so that a change is judged by itself; `make search` looks for
# new ones. No deadlines: how long an example takes says how busy the machine is.
settings.register_profile("quick", max_examples=10, deadline=None, derandomize=True)
settings.register_profile("full", max_examples=80, deadline=None, derandomize=True)
settings.register_profile("search", max_examples=3_000, deadline=None)
settings.load_profile("full")


LONGEST_FIRST = ("campaign", "the network", "backup", "planted", "directories")
"""Groups that start and break networks; what is left of two processors takes the quick ones."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares servers runs in one process, whatever else runs beside it (`make test`)."""
    rank = {name: place for place, name in enumerate(LONGEST_FIRST)}
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: rank.get(_group(item), len(rank)))


def _group(item: pytest.Item) -> str:
    path = item.path
    if path.stem in ("test_campaign_quick", "test_planted"):
        return "campaign" if path.stem == "test_campaign_quick" else "planted"
    if item.get_closest_marker("network") is None:
        return str(path)
    if path.parent.name in ("backup", "directories"):
        return path.parent.name
    return "the network"


@pytest.fixture(scope="session")
def network() -> Iterator[LocalNetwork]:
    """A whole network, shared by all tests of the run."""
    from infra.local.network import LocalNetwork  # noqa: PLC0415

    with LocalNetwork(settings={"RXLOG_VERDICT_TIMEOUT_MS": "8000"}) as started:
        started.start()
        yield started


@pytest.fixture(scope="session")
def postgres_url(network: LocalNetwork) -> Callable[[str], str]:
    """The URL of a role's connection to the Postgres of the tests."""
    return network.postgres_url


@pytest.fixture(scope="session")
async def people(network: LocalNetwork) -> AsyncIterator[People]:
    """Clinics, pharmacies, payers and regulators with tokens, talking to the APIs."""
    from tests.people import People  # noqa: PLC0415

    async with People(network) as found:
        yield found
