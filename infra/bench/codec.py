"""The wire codec beside fastavro and msgspec: `python -m infra.bench.codec`.

Both encode and decode the same events of the bench's log, in turns, many times; every event must
come out equal, byte by byte. The machine is never quiet, so the least time of each counts, and
the ratio says more than the microseconds.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from infra.bench.plain_codec import PlainCodec
from infra.bench.submissions import records
from infra.problem import Problem
from services.kernel.clock import now
from services.kernel.log.codec import Codec
from services.kernel.log.language import SCHEMAS, published_language
from services.kernel.log.log_record import LogRecord
from services.registry.fold import fold
from services.registry.folder import read_entry
from services.topology import TOPICS

EVENTS_EACH = 300
"""So many events of one type take part."""

WHOLE = "a record of the log, decoded,\nand what follows, encoded"
COLUMNS = ("event", "bytes", "encode: plain", "ours", "ratio", "decode: plain", "ours", "ratio")


@dataclass(frozen=True, slots=True)
class Line:
    """One type of event; microseconds per event."""

    name: str
    bytes_mean: float
    plain_encode: float
    encode: float
    plain_decode: float
    decode: float


def measure(records_in_log: int, rounds: int, seed: int) -> list[Line]:
    """Every type of event of the log and of what the registry makes of it.

    Raises Problem when the two codecs disagree.
    """
    ours = published_language()
    plain = PlainCodec(SCHEMAS, [event for topic in TOPICS for event in topic.events])
    read, written = _events(records_in_log, seed, ours)
    samples: dict[str, list[msgspec.Struct]] = defaultdict(list)
    for event in (*read, *written):
        if len(samples[type(event).__name__]) < EVENTS_EACH:
            samples[type(event).__name__].append(event)
    gc.collect()
    gc.freeze()
    bench = _Bench(ours, plain, rounds)
    lines = [bench.line(name, events, events) for name, events in samples.items()]
    return [*lines, bench.line(WHOLE, read, written)]


def _events(
    count: int, seed: int, codec: Codec
) -> tuple[list[msgspec.Struct], list[msgspec.Struct]]:
    """The readable submissions of a log, and the outcomes and facts that follow from them."""
    moment = now()
    log = [
        LogRecord(r.topic, 0, offset, round(moment.timestamp() * 1000), r.key, r.value, r.headers)
        for offset, r in enumerate(records(seed, count, moment, codec))
    ]
    entries = [read_entry(codec, record) for record in log]
    folded = fold({}, {}, entries)
    written: list[msgspec.Struct] = [message for _, message in (*folded.judged, *folded.facts)]
    return [entry.submission for entry in entries if entry.submission], written


@dataclass(frozen=True, slots=True)
class _Bench:
    ours: Codec
    plain: PlainCodec
    rounds: int

    def line(
        self, name: str, read: Sequence[msgspec.Struct], written: Sequence[msgspec.Struct]
    ) -> Line:
        """Decode the first events and encode the others; microseconds per decoded event."""
        ours, plain = self.ours, self.plain
        values = [plain.encode(event) for event in read]
        for event in (*read, *written):
            value = plain.encode(event)
            if ours.encode(event) != value or ours.decode(value) != plain.decode(value):
                raise Problem(f"The codecs disagree about {event!r}.")
        work: tuple[Callable[[], object], ...] = (
            lambda: [plain.encode(event) for event in written],
            lambda: [ours.encode(event) for event in written],
            lambda: [plain.decode(value) for value in values],
            lambda: [ours.decode(value) for value in values],
        )
        least = [float("inf")] * len(work)
        for _ in range(self.rounds):
            for place, one in enumerate(work):
                began = time.thread_time()
                one()
                least[place] = min(least[place], time.thread_time() - began)
        mean = sum(map(len, values)) / len(values)
        return Line(name, mean, *(seconds / len(read) * 1e6 for seconds in least))


def show(lines: Sequence[Line], console: Console) -> None:
    """The table, microseconds per event."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == COLUMNS[0] else "right")
    for line in lines:
        table.add_row(
            line.name,
            f"{line.bytes_mean:.0f}",
            f"{line.plain_encode:.1f}",
            f"{line.encode:.1f}",
            f"{line.plain_encode / line.encode:.1f}",
            f"{line.plain_decode:.1f}",
            f"{line.decode:.1f}",
            f"{line.plain_decode / line.decode:.1f}",
        )
    console.print(table)
    console.print("microseconds of processor time per event, the least of all rounds", style="dim")


def main(
    records_in_log: Annotated[
        int, typer.Option("--records", min=100, help="Records in the log.")
    ] = 3_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is repeated.")] = 20,
    seed: Annotated[int, typer.Option(help="Another seed, another log.")] = 2026,
) -> None:
    """Measure the wire codec beside fastavro and msgspec."""
    show(measure(records_in_log, rounds, seed), Console(width=120, highlight=False))


if __name__ == "__main__":
    typer.run(main)
