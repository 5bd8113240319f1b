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


OF_ITS_OWN = {"test_campaign_quick": "campaign", "test_planted": "planted"}
SHARED = "the network"
LONGEST_FIRST = ("campaign", SHARED, "backup", "planted", "directories")
"""Groups that start and break networks; what is left of two processors takes the quick ones."""


@pytest.hookimpl(tryfirst=True)  # xdist looks at the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares servers runs in one process, whatever else runs beside it (`make test`)."""
    rank = {name: place for place, name in enumerate(LONGEST_FIRST)}
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: rank.get(_group(item), len(rank)))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Servers end with the last test that shares them; the machine is the others' then."""
    if nextitem is not None and _group(item) == SHARED != _group(nextitem):
        item.session._setupstate.teardown_exact(None)


def _group(item: pytest.Item) -> str:
    path = item.path
    if path.stem in OF_ITS_OWN:
        return OF_ITS_OWN[path.stem]
    if item.get_closest_marker("network") is None:
        return str(path)
    if path.parent.name in ("backup", "directories"):
        return path.parent.name
    return SHARED


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
