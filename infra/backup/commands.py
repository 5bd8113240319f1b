"""The commands `rxlog backup` and `rxlog restore`; what they need is imported when they run."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.problem import Problem


class Part(StrEnum):
    """What can be restored alone."""

    postgres = "postgres"
    log = "log"


Backup = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the backup.")]
Keys = Annotated[
    Path | None, typer.Option("--keys", help="Where the secrets are kept; DIR/keys by default.")
]


def backup(
    folder: Backup,
    keys: Keys = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check a backup that is there, change nothing.")
    ] = False,
) -> None:
    """Copy the running network into a new folder, from which it can be restored."""
    from infra.backup.backing_up import BackingUp, size_text  # noqa: PLC0415
    from infra.backup.manifest import WARNING_FILE  # noqa: PLC0415
    from infra.local.interrupts import orderly_termination  # noqa: PLC0415
    from infra.local.network import LocalNetwork  # noqa: PLC0415
    from infra.local.report import Report  # noqa: PLC0415

    console = Console()
    folder, secrets = _places(folder, keys)
    if verify:
        check(console, folder, secrets)
        return
    network = LocalNetwork(ephemeral=False)
    with orderly_termination(), Report(console) as report:
        made = BackingUp(network, folder, secrets, report).run()
    size = size_text(sum(file.bytes for file in made.files.values()))
    _say(console, f"\n{folder} holds everything that was appended before {made.moment} ({size}).")
    _say(
        console,
        f"{secrets} holds the secrets. Who has them and the rest of the backup reads people: move "
        f"them to another place (see {WARNING_FILE} there).",
    )
    _say(console, f"Check it with `rxlog backup --verify {folder}`.")


def restore(
    folder: Backup,
    home: Annotated[
        Path | None, typer.Option("--home", help="Into which folder; RXLOG_HOME by default.")
    ] = None,
    keys: Keys = None,
    only: Annotated[
        Part | None, typer.Option("--only", help="One part, beside what the home has of the rest.")
    ] = None,
    port_base: Annotated[
        int | None, typer.Option(envvar="RXLOG_PORT_BASE", help="As in `rxlog up`.")
    ] = None,
) -> None:
    """Restore a backup into an empty home, start the network and check it."""
    from infra.backup.restoring import Restoring, compare, stopped_partitions  # noqa: PLC0415
    from infra.local import ports  # noqa: PLC0415
    from infra.local.home import default_home  # noqa: PLC0415
    from infra.local.network import LocalNetwork  # noqa: PLC0415
    from infra.local.report import Report  # noqa: PLC0415
    from infra.processes import PROCESSES  # noqa: PLC0415

    console = Console()
    folder, secrets = _places(folder, keys)
    root = (home or default_home(os.environ)).expanduser().resolve()
    chosen = None
    if port_base is not None:
        chosen = ports.configured(PROCESSES, base=port_base, environment=os.environ, remembered={})
    network = LocalNetwork(root, ephemeral=False, chosen_ports=chosen)
    with network, Report(console) as report:
        part = only.value if only is not None else None
        caught_up = Restoring(network, folder, secrets, part, report).run()
    _say(console, f"\nThe rooms have caught up {caught_up} records.")
    if stopped := stopped_partitions(network):
        raise Problem(
            "\n".join(stopped)
            + f"\nRxLog is up in {root}, without these partitions: Postgres knows more than this "
            "log. Fold the log as it is with `rxlog rebuild --swap`, write what it lost to a file "
            "with `rxlog redrive --find-lost FILE`, append that with `rxlog redrive --lost FILE`."
        )
    _say(console, "Folding the log anew beside the registry, to compare the two byte for byte:")
    compared = compare(network)
    _say(console, (compared.stdout + compared.stderr).rstrip())
    if compared.returncode:
        raise Problem(
            f"The registry in {root} is not what its log says: look at `rxlog status`, then put "
            "the log's registry in its place with `rxlog rebuild --swap`."
        )
    _say(console, f"RxLog is up in {root} and its registry is what its log says.")


def check(console: Console, folder: Path, secrets: Path) -> None:
    """Check every file of a backup, and the batches of its log. Raises Problem."""
    from infra.backup import manifest  # noqa: PLC0415
    from infra.backup.kafka_copy import shortfalls  # noqa: PLC0415
    from infra.backup.manifest import IDENTITY, KEYS, LOG, POSTGRES  # noqa: PLC0415

    known = manifest.read(folder)
    folders = {part: folder / part for part in (POSTGRES, LOG, IDENTITY)}
    apart = not secrets.is_dir()
    if not apart:
        folders[KEYS] = secrets
    found = list(manifest.differences(known, folders)) + manifest.cut_short(known)
    found += shortfalls(folder / LOG, manifest.offsets(known.cut))
    if found:
        raise Problem("\n".join([*found, "Use another backup: this one is not whole."]))
    _say(console, f"{folder} is whole: {len(known.files)} files, {known.moment}.")
    if apart:
        _say(console, "Its secrets are kept apart; check them too with --keys.")


def _places(folder: Path, keys: Path | None) -> tuple[Path, Path]:
    backup_folder = folder.expanduser().resolve()
    return backup_folder, (keys.expanduser().resolve() if keys else backup_folder / "keys")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
