"""Which part of the work a sampled stack belongs to. Pure.

A stack is a list of (file, function), the innermost first. The first of its frames that has a stage
decides: of a function or, failing that, of a file or folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

Frame = tuple[str, str]

WAITING = "waiting"
OTHER = "the rest"

FUNCTIONS: Mapping[Frame, str] = {
    ("services/registry/folder.py", "_messages"): "results: made and encoded",
    ("services/registry/folder.py", "_outcome"): "results: made and encoded",
    ("services/registry/folder.py", "_fact"): "results: made and encoded",
    ("services/registry/folder.py", "log_times"): "results: made and encoded",
    ("services/registry/folder.py", "read_entry"): "records decoded and checked",
    ("services/registry/folder.py", "_stored_texts"): "records decoded and checked",
    ("services/registry/folder.py", "_entry"): "records decoded and checked",
    ("services/kernel/folding/mechanism.py", "_advance"): "positions and digests",
    ("services/kernel/folding/mechanism.py", "_due"): "positions and digests",
}

FILES: Sequence[tuple[str, str]] = (
    ("services/registry/judge", "judging"),
    ("services/registry/fold.py", "judging"),
    ("services/registry/prescription.py", "judging"),
    ("services/registry/parties.py", "judging"),
    ("services/registry/store/loading.py", "states loaded and decoded"),
    ("services/registry/store/writing.py", "rows made and encoded"),
    ("services/kernel/log/event_log.py", "results handed to Kafka"),
    ("services/kernel/folding/told.py", "positions and digests"),
    ("services/kernel/log/log_record.py", "records taken over from the client"),
    ("services/kernel/folding/", "records taken over from the client"),
    ("aiokafka/", "fetches unpacked (aiokafka)"),
    ("asyncpg/", "Postgres' protocol (asyncpg)"),
    ("faust/", "Faust"),
    ("mode/", "Faust"),
    ("asyncio/", "the event loop"),
    ("uvloop/", "the event loop"),
)
"""The first that a file's path contains."""

AWAITED: Sequence[tuple[str, str, str]] = (
    ("services/kernel/log/event_log.py", "", f"{WAITING} for Kafka to take the results"),
    ("asyncpg/", "", f"{WAITING} for Postgres"),
    ("aiokafka/", "", f"{WAITING} for the next fetch"),
    ("faust/", "_wait_next_records", f"{WAITING} for the next fetch"),
)
"""What is waited for, by file and function (empty: any) of the coroutine that waits."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the work: its share of the time, and microseconds of a record."""

    name: str
    share: float
    us: float


def stage_of(stack: Iterable[Frame]) -> str:
    """The stage of a stack that was at work."""
    for file, function in stack:
        for (suffix, name), stage in FUNCTIONS.items():
            if function == name and file.endswith(suffix):
                return stage
        for part, stage in FILES:
            if part in file:
                return stage
    return OTHER


def awaited(chain: Sequence[Frame]) -> str:
    """What a suspended task waits for; `chain` are its coroutines, the innermost last."""
    for file, function in reversed(chain):
        for part, name, stage in AWAITED:
            if part in file and name in ("", function):
                return stage
    return f"{WAITING} for something else"


def shares(samples: Mapping[str, int], seconds: float, records: int) -> list[Stage]:
    """The stages, the largest first; together they are the whole time."""
    total = sum(samples.values()) or 1
    return [
        Stage(name=name, share=count / total, us=count / total * seconds / records * 1e6)
        for name, count in Counter(samples).most_common()
    ]
