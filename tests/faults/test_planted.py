"""Every planted bug is found by the checks it names, and without a bug no check finds anything.

The scenarios lie apart on one broker and one Postgres and mostly wait, so several play at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from infra.faults.checks import Violation
from infra.local.network import LocalNetwork
from tests.faults import matrix
from tests.faults.planted import Bug, all_bugs
from tests.faults.rooms import Rooms
from tests.faults.scenarios import CHECKS, SCENARIOS, found_in
from tests.faults.stage import Servers

AT_ONCE = 8
BUGS = all_bugs()

Played = dict[tuple[str, str], "asyncio.Task[list[Violation]]"]
"""What each scenario (without a bug: "") is found to have come to."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One broker and one Postgres, and a process that rooms are forked from."""
    folder: Path = tmp_path_factory.mktemp("planted")
    with Rooms() as rooms, LocalNetwork() as network:
        network.start(())
        found = Servers(network, rooms, folder)
        found.start_issuer()
        yield found


@pytest.fixture(scope="module")
async def played(servers: Servers, request: pytest.FixtureRequest) -> AsyncIterator[Played]:
    """The scenarios of the tests that run, started together."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def play(name: str, bug: str) -> list[Violation]:
        async with turns:
            return await found_in(servers, name, bug)

    tasks: Played = {}
    for item in request.session.items:
        given = getattr(item, "callspec", None)
        if item.path == request.path and given is not None:
            bug: Bug | None = given.params.get("bug")
            pair = (bug.scenario, bug.name) if bug else (given.params["name"], "")
            tasks[pair] = asyncio.create_task(play(*pair))
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    await servers.http.aclose()


@pytest.mark.network
@pytest.mark.parametrize("name", SCENARIOS)
async def test_without_a_bug_no_check_finds_anything(played: Played, name: str) -> None:
    found = await played[name, ""]
    assert found == [], "\n".join(map(str, found))


@pytest.mark.network
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
async def test_a_planted_bug_is_found_by_the_checks_it_names(played: Played, bug: Bug) -> None:
    found = await played[bug.scenario, bug.name]
    missed = bug.caught_by - {violation.check for violation in found}
    assert missed == set(), "\n".join(map(str, found)) or "nothing was found"


def test_the_published_matrix_is_the_one_of_these_bugs() -> None:
    assert matrix.PATH.read_text() == matrix.render(BUGS), "run python -m tests.faults.matrix"


def test_every_check_is_proved_by_a_bug_that_only_exists_here() -> None:
    assert {check for bug in BUGS for check in bug.caught_by} == CHECKS
    assert {bug.scenario for bug in BUGS} == set(SCENARIOS)
    assert len(BUGS) >= 16
