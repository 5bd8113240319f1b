"""Where a microsecond goes: the registry once more, its worker sampled while it folds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import msgspec

from infra.bench.contestants.sampled_worker import Sample, samples_file
from infra.bench.contestants.stages import Stage, shares
from infra.bench.contestants.workers import REGISTRY
from infra.bench.measured import Measured
from infra.bench.stage import Stage as Ground
from infra.processes import Process

NAME = "registry-worker-sampled"
PROCESS = Process(NAME, "infra.bench.contestants.sampled_worker", role="registry", reads_log=True)
SAMPLED = replace(REGISTRY, name="registry-sampled", title="registry, sampled", first=NAME)


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the work, and the share of the time in which the client's own thread unpacked
    fetches beside them. `us` is all of a record while it was sampled."""

    stages: list[Stage]
    beside: float
    us: float
    samples: int


def profile(ground: Ground, measured: Measured) -> Profile:
    """What the samples say that the last run of SAMPLED left."""
    file = samples_file(ground.network.home.ready / NAME)
    return of_samples(msgspec.json.decode(file.read_bytes(), type=list[Sample]), measured)


def of_samples(samples: list[Sample], measured: Measured) -> Profile:
    """What the samples of the time of folding say."""
    began, seconds = measured.began, measured.seconds
    taken = [sample for sample in samples if began <= sample.at <= began + seconds]
    return Profile(
        stages=shares(Counter(sample.stage for sample in taken), seconds, measured.records),
        beside=sum(sample.beside for sample in taken) / max(len(taken), 1),
        us=seconds / measured.records * 1e6,
        samples=len(taken),
    )
