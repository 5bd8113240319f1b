"""PERFORMANCE.md: written from a run and from nothing else.

Every run leaves its page beside its JSON; `publish` puts a kept run into the project. A test holds
the published page to the published JSON.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from infra.bench import plots, report, showing
from infra.bench.goals import AT_RATE
from infra.bench.latency.figures import HELD, WITHIN_S
from infra.bench.report import Report
from infra.bench.showing import Cells
from infra.local.environment import PROJECT
from infra.problem import Problem

NAME = "PERFORMANCE.md"
PUBLISHED = Path("docs", "performance")
"""Where the published run's JSON and plots lie, below the project."""

HEAD = """# Performance

Written by `make bench` from one run; no figure here comes from anywhere else.
"""

ABOUT_FOLDS = """\
One seeded log of realistic records on a throwaway broker and Postgres, everything on one machine.
Every contestant takes its turn in every round, and what it came to is compared with the pure fold,
down to the bytes of every state: a wrong result fails the run. *Limit* reads the same log and
decodes it, and does nothing else. The Faust agent keeps a Table and has no database; it gets the
first part of the log, because the whole would take too long. quixstreams runs in the versions its
makers ask for, with its defaults, and writes the registry's prescriptions and records into the
registry's own tables; the registry also keeps day books and totals, tells who has news, and repeats
nothing after a crash. Growth: the same number of facts, one, ten, a hundred a patient.
"""

ABOUT_PROFILE = """\
One more round with the worker sampled a thousand times a second: the stack of the thread that
folds tells the part of the work, and where it waits, its coroutines tell what for. Sampling itself
takes a little, so this round is not among those above.
"""

ABOUT_LATENCY = f"""\
The whole network runs on the same machine as its callers. Reservations arrive by a schedule that
waits for nobody (a Poisson process), from generators in processes of their own, and time counts
from when a call was due. *In time* is the share of all calls that had a verdict (201 or 409) within
{WITHIN_S:g} s; a rate is held when that is {HELD:.0%} or more, and the knee is the highest rate
held. The goal is set at {AT_RATE} a second. Percentiles are of verdicts and left out where there
are too few. Afterwards every reservation that was granted must be in the registry.
"""

TRIED = """\
## What stands in the way, and what was tried

The table above is the whole of it: most of the time the worker is busy with Python, judging and
making results, in hundreds of functions of which none takes a tenth; a quarter of the time it waits
for Postgres or Kafka. What was tried on the way:

- The garbage collector searched the objects of a batch every few hundred of them and found
  nothing: values that never change are out of its sight now (`gc=False`), and the worker searches
  rarely. It had taken about a quarter of the time of decoding, judging and encoding.
- Avro is read and written by generated straight-line Python (`kernel/log/avro_reading.py`), about
  twice as fast as fastavro's own readers followed by our types; that also makes the limit a
  higher one.
- Claims made the words of an objection before they knew whether there was one; day books were
  made of frozen dataclasses, which are slow to make.
- Transactions of one fetch side by side, two or four, each with partitions of its own: a tenth
  faster at best, inside the noise of these machines, so it is not done. Fetches of 6,000 records
  instead of 2,000: no difference.
- Results went out once everything was written, after twelve round trips to Postgres. They go out
  as soon as they are certain now, while the states are written; a small batch is loaded by one
  statement and written by one (`DECISIONS.md`, 48). Side by side that was a tenth more records a
  second, and a third less time to a verdict at 100 calls a second.
- Reading and decoding the next fetch while Postgres writes this one: no difference. The worker
  waits less and works more for it, with twice as many objects alive.
- A large registry costs what Postgres writes: after a checkpoint the first change of a page puts
  the whole page into the write-ahead log, and among a million prescriptions nearly every record
  changes pages of its own. Records have one index instead of two now (`DECISIONS.md`, 46), and
  Postgres a gigabyte of its own for pages: with 128 MB about one page a record had to come from the
  disk, 58 us each. Compressing the pages in the log needs lz4, which the Postgres that is installed
  here is built without. The copies that make a registry large stood after the log's end in every
  facility's news until then, which spread new entries over pages that a real registry is done with.
- uvloop under the worker: Faust's consumer thread does not come up with it.
- Compiling the judge (mypyc, all of `registry/judgement/`): 28 instead of 30 us a record in one
  process. What it does most is make and read values, which msgspec does in C already. Not done.
"""

ABOUT_SCALE = """\
Derived, not measured. A key's partition is `murmur2(key) mod partitions`, the same in every
client, so the number of partitions is part of the language. 12 divide among 1, 2, 3, 4, 6 and 12
workers, and are little to start on one machine; a country starts with the number of its peak
below. To add some later without breaking the order of a prescription: only double them. Then the
records of partition *p* go on in *p* or in *p + n*, and the order holds as long as nobody folds
*p + n* before all of *p* up to the doubling: writers stop (503 with Retry-After), the folders
apply all there is, the topics grow, writers go on. That order for a rebuild, which begins at
offset 0 again, and the check that a key is in its own partition are **not built for two numbers
of partitions yet**. The registry's tables are cut by code, whatever partition a record came from
(`DECISIONS.md`, 46). Workers on several machines need nothing but the brokers and Postgres: the
consumer group shares the partitions out, and a test runs four of which two are killed.
"""

ABOUT_YEAR = """\
Derived from the figures above under the assumptions named, not measured: multiply by what a
processor hour and a terabyte cost where you are.
"""


def write(found: Report, folder: Path) -> Path:
    """The page and its plots into a folder; returns the page."""
    drawn = plots.draw(found, folder)
    path = folder / NAME
    path.write_text(text(found, [plot.name for plot in drawn]), encoding="utf-8")
    return path


def publish(kept: Path, project: Path = PROJECT) -> Path:
    """Put a kept run (its JSON) into the project; returns the page. Problem for a wrong one."""
    found, folder = report.read(kept), project / PUBLISHED
    if found.wrong:
        raise Problem(f"{kept} has wrong results: find out why, then run the bench again.")
    drawn = plots.draw(found, folder)
    shutil.copyfile(kept, folder / report.FILE)
    path = project / NAME
    names = [f"{PUBLISHED.as_posix()}/{plot.name}" for plot in drawn]
    path.write_text(text(found, names), encoding="utf-8")
    return path


def text(found: Report, drawn: list[str]) -> str:
    """The page; `drawn` are its plots as the page reaches them."""
    pictures = {Path(name).stem: f"![{Path(name).stem}]({name})" for name in drawn}
    parts = [HEAD, _circumstances(found)]
    if found.wrong:
        parts.append("**Wrong results:**\n\n" + "\n".join(f"- {one}" for one in found.wrong))
    parts.append(_section(showing.goals(found)))
    if found.lines:
        cells = showing.folds(found)
        parts.append(_section(cells, ABOUT_FOLDS, pictures.get("rates", "")))
        parts.append(showing.NOTE)
        parts.append(_section(showing.disks(found)))
        parts.append("## Memory over time\n\n" + pictures.get("memory", ""))
    if found.profile is not None:
        parts.append(_section(showing.profile(found.profile), ABOUT_PROFILE))
        parts.append(TRIED)
    if found.latency is not None:
        cells = showing.verdicts(found.latency)
        parts.append(_section(cells, ABOUT_LATENCY, pictures.get("latency", "")))
        if found.latency.overload is not None:
            cells = showing.overload(found.latency)
            parts.append(_section(cells, "", pictures.get("overload", "")))
    parts.append(_section(showing.needs(found), ABOUT_SCALE))
    parts.append(_section(showing.a_year(found), ABOUT_YEAR))
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _circumstances(found: Report) -> str:
    told = "\n".join(f"- {line}" for line in showing.circumstances(found))
    command = f"rxlog bench {found.options}".strip()
    return f"{told}\n- again: `make setup && .venv/bin/{command}`"


def _section(cells: Cells, about: str = "", picture: str = "") -> str:
    if not cells.rows:
        return ""
    parts = (f"## {cells.title}", about.strip(), showing.markdown(cells), picture)
    return "\n\n".join(part for part in parts if part)
