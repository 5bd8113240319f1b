"""Rebuild: the same folding from offset 0 into a schema beside the live one, then compare.

The rebuilt schema is folded to where the live one is while the live one goes on, then both are
compared byte for byte at the same place of the log. A swap puts the rebuilt one in the live one's
place in one transaction; readers see the old one until then, and the old one is kept as
`<schema>_before`. A rebuild that was interrupted goes on from where it was, as long as the program,
the schemas and the migrations are the ones it began with.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from services.kernel.folding import beside
from services.kernel.folding.comparing import Dump, compare
from services.kernel.folding.mechanism import Folder, LogMismatchError
from services.kernel.folding.process import FolderSettings
from services.kernel.folding.refolding import Refolding
from services.kernel.store import database

NEAR = 2_000
"""So close to the live one, the rest is folded while the live one waits for the swap."""

ATTEMPTS = 2
"""What was folded before may not fit the log any more; what is folded anew does."""

SAME, DIFFERENT, NOT_DONE = 0, 1, 2
"""Exit codes."""


@dataclass(frozen=True)
class Room:
    """What a rebuild needs to know of a room.

    `carried_over` are the tables that do not come from the log: a swap moves them. `inputs` are
    files besides the program that its fold depends on.
    """

    schema: str
    migrations: Path
    folders: Sequence[Folder]
    dumps: Sequence[Dump]
    carried_over: Sequence[str] = ()
    inputs: Sequence[Path] = ()

    @property
    def beside(self) -> str:
        """The schema a rebuild goes into."""
        return f"{self.schema}_rebuild"


@dataclass(frozen=True)
class Wish:
    """What is asked for. `verify` and `swap` together swap only when the two are the same; `swap`
    alone swaps whatever the comparison says: it may be the live one that is damaged."""

    verify: bool = False
    swap: bool = False
    fresh: bool = False

    @staticmethod
    def understands(options: Sequence[str]) -> bool:
        """Whether these are `--verify`, `--swap` and `--fresh` at most."""
        return {"--verify", "--swap", "--fresh"}.issuperset(options)

    @classmethod
    def of(cls, options: Sequence[str]) -> Wish:
        """The wish in options of a command line."""
        return cls("--verify" in options, "--swap" in options, "--fresh" in options)


Say = Callable[[str], None]


def rebuild(settings: FolderSettings, room: Room, wish: Wish) -> int:
    """Run a rebuild and tell what came of it; returns an exit code."""
    return asyncio.run(run(settings, room, wish))


def print_line(line: str) -> None:
    """Tell a person, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def run(settings: FolderSettings, room: Room, wish: Wish, say: Say = print_line) -> int:
    """The same, inside an event loop; `say` tells what is going on."""
    async with _pool(settings, room.schema, room.migrations) as live, _alone(live, room) as alone:
        if not alone:
            say(f"Another rebuild of {room.schema} is under way: wait for it, or end it.")
            return NOT_DONE
        anew = "as asked" if wish.fresh else ""
        for _ in range(ATTEMPTS):
            say(await _begin(live, room, wish, anew))
            try:
                async with _pool(settings, room.beside, room.migrations) as new:
                    came_to = await _Run(settings, room, live, new, say).to_its_end(wish)
            except LogMismatchError as mismatch:
                say(f"{room.beside} does not fit the log: {mismatch}")
                anew = "what was folded before does not fit the log"
                continue
            if came_to is SAME and not wish.swap:
                await beside.drop(live, room.beside)
            return came_to
    return NOT_DONE


async def _begin(live: asyncpg.Pool, room: Room, wish: Wish, anew: str) -> str:
    """Prepare the schema beside; returns whether it goes on or why it begins anew."""
    made_by = beside.fingerprint(room.inputs)
    over = wish.verify or not wish.swap
    async with live.acquire() as connection:
        why = anew or await beside.why_anew(connection, room.beside, made_by, finished_is_over=over)
        if why is None:
            return f"{room.beside} goes on where it was interrupted"
        await beside.begin(connection, room.beside, made_by)
    return f"{room.beside} begins at offset 0: {why}"


def _pool(
    settings: FolderSettings, schema: str, migrations: Path
) -> AbstractAsyncContextManager[asyncpg.Pool]:
    return database.open_pool(
        settings,
        schema,
        migrations=migrations,
        statement_timeout_ms=0,
        idle_in_transaction_timeout_ms=0,
    )


@asynccontextmanager
async def _alone(live: asyncpg.Pool, room: Room) -> AsyncIterator[bool]:
    """Whether no other rebuild of the room runs; none begins until the block ends."""
    async with live.acquire() as connection:
        lock = f"rxlog rebuild {room.schema}"
        alone = await connection.fetchval(
            "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", lock
        )
        try:
            yield alone
        finally:
            if alone:
                await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", lock)


class _Run:
    """One rebuild: the live schema, the one beside it, and the topics of the room."""

    def __init__(
        self,
        settings: FolderSettings,
        room: Room,
        live: asyncpg.Pool,
        new: asyncpg.Pool,
        say: Say,
    ) -> None:
        self._say = say
        self._room = room
        self._live = live
        self._new = new
        self._topics = [
            Refolding(folder, settings.kafka_bootstrap, new, say) for folder in room.folders
        ]

    async def to_its_end(self, wish: Wish) -> int:
        """Fold, compare, swap as wished; returns an exit code."""
        try:
            for topic in self._topics:
                await topic.take()
            fits = await self._is_whole()
            await self._catch_up()
            same = fits and await self._compare()
            if wish.swap and (same or not wish.verify):
                await self._swap()
                return SAME
        finally:
            for topic in self._topics:
                topic.close()
        if not same:
            await beside.note_compared(self._live, self._room.beside)
            self._say(f"what was rebuilt is kept in {self._room.beside}")
        return SAME if same else DIFFERENT

    async def _is_whole(self) -> bool:
        """Whether the log holds everything the live schema was folded from."""
        whole = True
        async with self._live.acquire() as connection:
            for topic in self._topics:
                positions = await topic.positions(connection)
                for partition, end in (await topic.missing(positions)).items():
                    whole = False
                    self._say(
                        f"{topic.name}/{partition} ends at {end} but {positions[partition]} records"
                        " of it are applied: the broker lost the end of its log, so the two cannot "
                        "be compared"
                    )
        return whole

    async def _catch_up(self) -> None:
        """Fold until the live schema, which goes on meanwhile, is near."""
        far = NEAR + 1
        while far > NEAR:
            far = 0
            for topic in self._topics:
                async with self._live.acquire() as connection:
                    positions = await topic.positions(connection)
                far += await topic.fold_until(positions)

    async def _compare(self) -> bool:
        same = True
        async with (
            self._live.acquire() as one,
            self._new.acquire() as other,
            one.transaction(isolation="repeatable_read", readonly=True),
        ):
            for topic in self._topics:
                await topic.fold_until(await topic.positions(one))
            async with other.transaction(isolation="repeatable_read", readonly=True):
                for dump in self._room.dumps:
                    compared = await compare(one, other, dump)
                    same = same and compared.same
                    for line in compared.lines():
                        self._say(line)
        return same

    async def _swap(self) -> None:
        """Bring the new schema to where the live one is, hold that, and exchange the two.

        Records of the last moment are folded while the live positions are held: nobody ever reads
        less than was told before.
        """
        live, new = self._room.schema, self._room.beside
        async with self._live.acquire() as connection:
            await beside.drop(connection, f"{live}_before")
            await self._catch_up()
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {live}.fold_position IN EXCLUSIVE MODE")
                for topic in self._topics:
                    await topic.fold_until(await topic.positions(connection))
                await beside.swap(connection, live, new, self._room.carried_over)
        self._say(f"{live} is the rebuilt one now; the former is kept as {live}_before")
