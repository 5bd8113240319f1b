"""The commands: `app` is mounted into `rxlog`, whose network `wiring` finds when a command runs."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.directories.appending import OutOfReachError
from services.directories.comparing import Rules
from services.directories.loading import DIRECTORIES, Step, Wishes, load
from services.directories.publishing import publish
from services.directories.settings import from_environment, read_settings
from services.directories.telling import told, told_law
from services.kernel import clock
from services.kernel.log.event_log import AppendFailedError
from services.kernel.settings import CannotStartError, KafkaSettings
from services.vietnam.law import local_day

REFUSED, NO_NETWORK = 1, 2
DAY = timedelta(days=1)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Load registers (CSV) and the law (YAML): only what differs is appended, so repeat it as "
    "you like. Columns and examples: docs/loading.md.\n\n"
    "Nạp danh mục (CSV) và luật (YAML): chỉ ghi những gì thay đổi, nạp lại bao nhiêu lần cũng "
    "được.",
)

File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="DAY",
        help="Day from which the file holds, as 2026-11-22; without it: today. What the file does "
        "not name ends the day before.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; append nothing.")]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Load the good rows of a file that also has bad ones.")
]
Partial = Annotated[
    bool,
    typer.Option("--partial", help="The file is only a part of the register: end nothing."),
]
WholeHistory = Annotated[
    bool,
    typer.Option(
        "--whole-history",
        help="The file has the whole past of its entries: forget what is known of earlier days.",
    ),
]
ManyEndings = Annotated[
    bool,
    typer.Option("--many-endings", help="Load it although more than 5 % of the entries end."),
]


@dataclass
class Wiring:
    """Where the commands find the log: the variables of this process, unless told better."""

    resolve: Callable[[], Mapping[str, str]] = from_environment


wiring = Wiring()


def _command(name: str, told_as: str) -> None:
    """Add the command that loads one kind of register."""

    @app.command(name, help=told_as)
    def load_register(
        file: File,
        *,
        dry_run: DryRun = False,
        as_of: AsOf = None,
        skip_bad: SkipBad = False,
        partial: Partial = False,
        whole_history: WholeHistory = False,
        many_endings: ManyEndings = False,
    ) -> None:
        day = local_day(clock.now()) if as_of is None else as_of.date()
        rules = Rules(day, partial=partial, whole_history=whole_history)
        wishes = Wishes(rules, skip_bad, many_endings, dry_run)
        content = file.read_bytes()

        async def run() -> int:
            with _progress() as progress:
                loaded = await load(DIRECTORIES[name], content, _settings, wishes, progress)
            _say(told(file.name, DIRECTORIES[name], loaded, wishes))
            return REFUSED if loaded.refused else 0

        _run(run())


_command("facilities", "Hospitals, clinics, pharmacies, payers: licences, places, classes.")
_command("practitioners", "Prescribers: codes, licences, workplaces, signatures. No names.")
_command("medicines", "Medicines: registrations, ingredients, control class, form, pack.")


@app.command()
def law(
    file: File,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DAY",
            help="First day whose law may become another one: today, or without it tomorrow.",
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """The law (YAML) with all its periods; what was in force never changes."""
    today = local_day(clock.now())
    first_day = today + DAY if as_of is None else as_of.date()
    if first_day < today:
        raise typer.BadParameter(
            f"The law of days gone by never changes: give {today} or later. / "
            f"Luật của những ngày đã qua không thay đổi: hãy ghi {today} hoặc muộn hơn.",
            param_hint="--as-of",
        )
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise typer.BadParameter(
            "The file is not UTF-8; save it as UTF-8. / Tệp không phải UTF-8.", param_hint="FILE"
        ) from None

    async def run() -> int:
        published = await publish(text, file.name, _settings, first_day, dry_run=dry_run)
        _say(told_law(file.name, published))
        return REFUSED if published.result in {"past-changed", "no-law"} else 0

    _run(run())


def _run(work: Coroutine[object, object, int]) -> None:
    """Run a command; what can be expected to go wrong is one sentence and an exit code."""
    gc.disable()  # millions of small objects live to the end: looking for dead ones costs a quarter
    try:
        code = asyncio.run(work)
    except CannotStartError as error:
        sys.stderr.write(f"{error}\n")
        code = NO_NETWORK
    except (OutOfReachError, AppendFailedError) as error:
        sys.stderr.write(
            f"The log is out of reach ({error}): load the same file again once it is back; what "
            "was appended stays and is not appended twice.\n"
            "Không kết nối được với nhật ký: khi có lại, hãy nạp lại đúng tệp này; phần đã ghi "
            "không bị ghi hai lần.\n"
        )
        code = NO_NETWORK
    finally:
        gc.enable()
    raise typer.Exit(code)


def _settings() -> KafkaSettings:
    return read_settings(wiring.resolve())


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def _progress() -> Iterator[Callable[[Step, int], None]]:
    """Counts on a terminal while they change, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("reading")

        def tell(step: Step, count: int) -> None:
            bar.update(task, description=f"{count:,} {step}")

        yield tell
