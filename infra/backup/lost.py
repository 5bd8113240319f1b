"""Submissions that the log lost: written to a file from the former registry, appended anew."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from infra.backup.driving import REDRIVEN_FROM, Driver
from infra.backup.files import write_private
from infra.problem import Problem
from services.contracts.outcomes import SubmissionJudged
from services.kernel.log.codec import cloud_event_headers
from services.kernel.log.event_log import Position, Record
from services.registry.lost import LostRecord


@dataclass(frozen=True)
class Found:
    """A lost submission's new place and verdict; None when that is late."""

    lost: LostRecord
    place: Position
    outcome: SubmissionJudged | None


def find(file: Path, environment: Mapping[str, str]) -> Counter[str]:
    """Write the lost submissions to a new file; how many there are of each kind."""
    if file.exists():
        raise Problem(f"{file} is there already: name a file that is new.")
    done = subprocess.run(
        [sys.executable, "-m", "services.registry", "lost"],
        env=dict(environment),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise Problem(done.stderr.decode("utf-8", "replace").strip())
    write_private(file, [done.stdout])
    return Counter(lost.submission for lost in read(file))


def read(file: Path) -> list[LostRecord]:
    """The submissions in a file. Raises Problem when it is none of ours."""
    try:
        lines = file.read_bytes().splitlines()
        return [msgspec.json.decode(line, type=LostRecord) for line in lines]
    except OSError as error:
        raise Problem(f"{file} cannot be read ({error.strerror}): name another file.") from error
    except msgspec.DecodeError as error:
        raise Problem(
            f"{file} is not what `rxlog redrive --find-lost` writes ({error}): make it anew."
        ) from error


async def append(records: Sequence[LostRecord], driver: Driver) -> list[Found]:
    """Append lost submissions at the end of the log, in the order in which they were there.

    Their verdicts are given anew: between then and now others may have been first. One that is
    appended twice gets its first verdict again, so this may be repeated.
    """
    places = [await driver.append(_record(lost)) for lost in records]
    outcomes = await driver.verdicts(places)
    return [
        Found(lost, place, outcomes.get(place)) for lost, place in zip(records, places, strict=True)
    ]


def _record(lost: LostRecord) -> Record:
    headers = cloud_event_headers(
        event_id=lost.event_id,
        event_type=lost.submission,
        source="rxlog/redrive",
        subject=lost.key,
    )
    stood = f"{lost.topic}:{lost.partition}:{lost.offset}"
    headers.append((REDRIVEN_FROM, stood.encode()))
    return Record(lost.topic, lost.key.encode(), lost.value, headers)
