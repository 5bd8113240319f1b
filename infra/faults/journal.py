"""The folder of a campaign: what was planned, what struck, what the checks found, line by line.

    campaign.json    seed, kinds, rate, machine
    timeline.jsonl   one line per fault
    segments.jsonl   one line per deep check
    race.json        the figures of a race
    history/         the calls of each segment
    evidence/        what a violation left behind

Lines are written whole and at once, so a campaign that was killed goes on from its folder.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psutil

from infra.faults.disks import Means
from infra.faults.plan import Plan
from infra.problem import Problem

Line = TypeVar("Line", bound=msgspec.Struct)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign was begun with; a resumed one goes on with the same."""

    seed: int
    kinds: tuple[str, ...] | None = None
    once: bool = False
    rate_per_s: float
    began: str
    machine: str
    disks: Means

    def plan(self) -> Plan:
        return Plan(self.seed, self.kinds, self.once)


class Struck(msgspec.Struct, frozen=True, kw_only=True):
    """One fault that struck. Times in seconds; `answered_s` and `drained_s` from the injection
    until the network answered again and had no lag, None when it never stopped answering us
    because nothing of ours was asked. `calls` were made during its bout."""

    number: int
    bout: int
    life: int
    segment: int
    kind: str
    family: str
    target: str
    detail: str
    at: str
    held_s: float
    answered_s: float | None
    drained_s: float
    calls: int
    together_with: tuple[str, ...] = ()


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks after some faults found. `records` and `rebuilt` count the life's log."""

    segment: int
    life: int
    faults: int
    calls: int
    acknowledged: int
    unknown: int
    records: int
    unreadable: int
    lost: int
    overlapping_grants: int
    other_violations: int
    linearizable: bool | None
    operations_checked: int
    rebuilds_compared: int
    rebuilds_differing: int
    seconds: float
    checks_s: float


@dataclass
class Journal:
    """The folder, and what it holds so far."""

    folder: Path
    terms: Terms
    struck: list[Struck] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    @classmethod
    def begin(cls, folder: Path, terms: Terms) -> Journal:
        """A new campaign in a folder of its own."""
        folder.mkdir(parents=True)
        (folder / "history").mkdir()
        (folder / "campaign.json").write_bytes(
            msgspec.json.format(msgspec.json.encode(terms)) + b"\n"
        )
        return cls(folder, terms)

    @classmethod
    def open(cls, folder: Path) -> Journal:
        """The campaign of a folder. Problem when there is none."""
        try:
            terms = msgspec.json.decode((folder / "campaign.json").read_bytes(), type=Terms)
        except (OSError, msgspec.MsgspecError) as error:
            raise Problem(
                f"{folder} is not the folder of a campaign ({error}): begin one without --resume."
            ) from error
        return cls(
            folder,
            terms,
            _lines(folder / "timeline.jsonl", Struck),
            _lines(folder / "segments.jsonl", Segment),
        )

    def note_struck(self, several: Sequence[Struck]) -> None:
        """The faults of one bout, in one write."""
        self.struck += several
        _append(self.folder / "timeline.jsonl", several)

    def note_segment(self, segment: Segment) -> None:
        self.segments.append(segment)
        _append(self.folder / "segments.jsonl", [segment])

    def note_race(self, figures: Mapping[str, Any]) -> None:
        """What came of the race."""
        (self.folder / "race.json").write_bytes(
            msgspec.json.format(msgspec.json.encode(figures)) + b"\n"
        )

    def race(self) -> dict[str, Any] | None:
        """What came of the race, when there was one."""
        path = self.folder / "race.json"
        return msgspec.json.decode(path.read_bytes()) if path.exists() else None

    def cards(self, bout: int) -> list[Struck]:
        """The faults of a bout that struck."""
        return [one for one in self.struck if one.bout == bout]

    def history(self, segment: int) -> Path:
        return self.folder / "history" / f"{segment:04d}.jsonl"

    @property
    def next_bout(self) -> int:
        return 1 + max((one.bout for one in self.struck), default=0)

    @property
    def next_segment(self) -> int:
        begun = [one.segment for one in self.struck] + [one.segment for one in self.segments]
        return 1 + max(begun, default=0)

    @property
    def next_life(self) -> int:
        return 1 + max((one.life for one in self.struck), default=0)


def this_machine() -> str:
    """Processors, memory, system: what figures depend on."""
    memory = round(psutil.virtual_memory().total / 2**30)
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} processors, {memory} GB, {system}"


def moment() -> str:
    """Now, as the journal writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _append(path: Path, lines: Sequence[msgspec.Struct]) -> None:
    content = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(file, content)
    finally:
        os.close(file)


def _lines(path: Path, kind: type[Line]) -> list[Line]:
    """The whole lines of a file; a torn last one is dropped, and cut off for what follows."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    found: list[Any] = [msgspec.json.decode(line, type=kind) for line in whole.splitlines()]
    return found
