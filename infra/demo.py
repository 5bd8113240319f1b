"""`rxlog demo`: a whole network for a few minutes, shown at its work, and nothing left behind.

It sets up a network of its own, tells the life of one prescription, submits the sample files of the
national API, lets a simulated country live at a stated rate, and says what came of it. It ends
with 0 when every verdict was right and surveillance found what was planted and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.status import Status

from infra.local.home import temporary_home
from infra.local.network import LocalNetwork
from infra.local.progress import Step
from infra.processes import PROCESSES
from services.kernel import clock
from services.kernel.secret_files import read_secret
from services.simulation import screen as view
from services.simulation.client import Addresses, Client, client_id_of
from services.simulation.country import Country
from services.simulation.regulator import NoAnswerError, Regulator
from services.simulation.run import Plan, Run
from services.simulation.screen import Screen
from services.simulation.story import Story, run_name
from services.simulation.verification import verified
from services.terminal.client import Client as TerminalClient
from services.terminal.files import find
from services.terminal.settings import read_settings
from services.terminal.submit import Sender
from services.vietnam import draft

SECONDS, RATE, SEED = 60.0, 30.0, 2026
"""30 records/s keep two cores, which do everything here, about half busy: 24 to 33 ms of processor
time a record, all processes and the simulation together (measured, 20 to 80 records/s)."""

SAMPLES = Path(draft.__file__).with_name("samples")
LINE_EVERY_S, DRAW_EVERY_S = 10.0, 0.5
INTERRUPTED = 130
WRITING_KINDS = {"hospital": "clinic", "clinic": "clinic", "pharmacy": "pharmacy"}


@dataclass(frozen=True)
class Wishes:
    """What was asked for. `keep` leaves the network's data in its folder."""

    seconds: float = SECONDS
    rate: float = RATE
    seed: int = SEED
    keep: bool = False


def register(app: typer.Typer) -> None:
    """Add the command to the `rxlog` application."""

    @app.command()
    def demo(
        seconds: Annotated[
            float, typer.Option(min=5, max=3600, help="How long the country lives.")
        ] = SECONDS,
        rate: Annotated[
            float, typer.Option(min=1, max=1000, help="Records a second that are due.")
        ] = RATE,
        seed: Annotated[int, typer.Option(help="Another seed, other people.")] = SEED,
        keep: Annotated[
            bool, typer.Option("--keep", help="Keep the data, to go on with `rxlog up`.")
        ] = False,
    ) -> None:
        """Show the whole network at work: a story, real files, a simulated country."""
        console = Console(highlight=False, markup=False, emoji=False)
        raise typer.Exit(run(Wishes(seconds, rate, seed, keep), Screen(console)))


def run(wishes: Wishes, screen: Screen) -> int:
    """The whole demo; its exit code. Raises infra's `Problem` when the network cannot start."""
    home = temporary_home() if wishes.keep else None
    try:
        with LocalNetwork(home) as network:
            with _setting_up(screen) as progress:
                network.start(progress=progress)
            is_right = asyncio.run(Demo(network, wishes, screen).shown())
    except KeyboardInterrupt:
        kept = f" Its data stay in {home}." if home else ""
        screen.say(f"Stopped; nothing is left running.{kept}")
        return INTERRUPTED
    _how_to_go_on(screen, home)
    return 0 if is_right else 1


@dataclass
class Demo:
    """What is shown once the network is up."""

    network: LocalNetwork
    wishes: Wishes
    screen: Screen
    country: Country = field(default_factory=Country.load)

    async def shown(self) -> bool:
        """Show everything; whether all of it went as it must."""
        secret = read_secret(self.network.home.secrets / "room.secret")
        async with Client(Addresses.of(self.network.urls), secret) as client:
            regulator = Regulator(client, self.country.regulator.facility_id)
            async with regulator.watching():
                try:
                    return await self._all(client, regulator)
                except NoAnswerError as error:
                    self.screen.say(str(error), view.STYLES["wrong"])
                    return False

    async def _all(self, client: Client, regulator: Regulator) -> bool:
        name = run_name(clock.now())
        story = Story(client, self.country, regulator, self.screen, name)
        self.screen.heading("The life of one prescription, with the network's own verdicts")
        if wrong := await story.tell():
            self.screen.say(wrong, view.STYLES["wrong"])
            return False
        files_right = await self._files()
        return await self._country(client, regulator, story, name) and files_right

    async def _files(self) -> bool:
        """Submit the sample files; the wrong ones must be turned away, the others not."""
        self.screen.heading("Files in the JSON of the national API (QĐ 808/QĐ-BYT)")
        async with TerminalClient(read_settings(self.network.env("prescribing"))) as client:
            right = await self._folder(client, "808", must_be_accepted=True)
            wrong = await self._folder(client, "808-wrong", must_be_accepted=False)
        return right and wrong

    async def _folder(self, client: TerminalClient, folder: str, *, must_be_accepted: bool) -> bool:
        began, (files, _) = clock.monotonic(), find([SAMPLES / folder])
        results = [result async for result in Sender(client).results(files)]
        fates = Counter[str](result.fate for result in results)
        counted = ", ".join(f"{count} {fate}" for fate, count in fates.items())
        self.screen.say(
            f"samples/{folder}: {len(results)} prescriptions in {len(files)} files: {counted} "
            f"({clock.monotonic() - began:.1f} s)"
        )
        for result in results:
            as_wished = (result.fate == "accepted") == must_be_accepted
            if not as_wished or not must_be_accepted:
                told = result.problems[0] if result.problems else None
                reason = f"{told.field}: {told.en}" if told else ""
                self.screen.say(
                    f"  {Path(result.file).name:<40}{result.fate:<10}{reason}",
                    "" if as_wished else view.STYLES["wrong"],
                )
        accepted = len(results) if must_be_accepted else 0
        return bool(results) and fates["accepted"] == accepted

    async def _country(self, client: Client, regulator: Regulator, story: Story, name: str) -> bool:
        """Let the country live, then say what came of it."""
        wishes, screen, country = self.wishes, self.screen, self.country
        facilities = country.directory.of_kind("hospital", "clinic", "pharmacy")
        screen.heading(
            f"A country of {len(country.regions)} provinces and {len(facilities)} facilities lives "
            f"for {wishes.seconds:g} s at {wishes.rate:g} records/s (seed {wishes.seed})"
        )
        await client.sign_in(
            client_id_of(WRITING_KINDS[place.kind], place.facility_id) for place in facilities
        )
        life = Run(country, client, Plan(wishes.seconds, wishes.rate, wishes.seed, name))
        async with self._watched(life, regulator):
            await life.live()
        screen.heading("What came of it")
        view.told_measures(screen, life)
        known = [await regulator.patient_of(code) for code in story.codes]
        verification = await verified(life.planted, regulator, known)
        screen.heading("What was planted, and whether surveillance was right about it")
        view.told_verification(screen, verification)
        measures = life.measures
        answers_right = not measures.wrong_verdicts and not measures.unanswered
        return answers_right and verification.is_right

    @asynccontextmanager
    async def _watched(self, life: Run, regulator: Regulator) -> AsyncIterator[None]:
        """Show how the run goes: a live view on a terminal, a line now and then elsewhere."""
        async with asyncio.TaskGroup() as tasks:
            if self.screen.console.is_terminal:
                watching = tasks.create_task(self._draw(life, regulator))
            else:
                watching = tasks.create_task(self._lines(life, regulator))
            yield
            watching.cancel()

    async def _draw(self, life: Run, regulator: Regulator) -> None:
        with Live(console=self.screen.console, auto_refresh=False) as live:
            try:
                while True:
                    live.update(view.progress_view(life, regulator), refresh=True)
                    await asyncio.sleep(DRAW_EVERY_S)
            finally:
                live.update(view.progress_view(life, regulator), refresh=True)

    async def _lines(self, life: Run, regulator: Regulator) -> None:
        while True:
            await asyncio.sleep(LINE_EVERY_S)
            self.screen.say(view.progress_line(life, regulator))


@contextmanager
def _setting_up(screen: Screen) -> Iterator[_Progress]:
    screen.heading("Setting up a network of its own: Kafka, Postgres and every room")
    began = time.monotonic()
    with Status("", console=screen.console) as status:
        yield _Progress(screen, status)
    screen.say(f"  up after {time.monotonic() - began:.1f} s", "bold")


@dataclass
class _Progress:
    """Tells each step when it is done; on a terminal also what is under way."""

    screen: Screen
    status: Status
    under_way: dict[str, None] = field(default_factory=dict)

    def __call__(self, step: Step) -> None:
        if step.state == "begins":
            self.under_way[step.what] = None
        else:
            self.under_way.pop(step.what, None)
            self.screen.say(f"  {step.what:<24}{step.seconds:>5.1f} s  {step.detail}".rstrip())
        self.status.update(", ".join(list(self.under_way)))


def _how_to_go_on(screen: Screen, home: Path | None) -> None:
    network = LocalNetwork(home, ephemeral=False)
    screen.heading("How to go on")
    before = f"RXLOG_HOME={home} " if home else ""
    kept = ", going on with this one's" if home else ""
    screen.say(
        f"  {before}rxlog up   start a network that keeps its data{kept}; then read and try:"
    )
    for process in PROCESSES:
        if process.port:
            screen.say(f"    {process.name:<16}{network.urls[process.name]}/docs")
    screen.say("  rxlog submit PATH, rxlog alerts --follow, rxlog trace CODE; rxlog down ends it")
