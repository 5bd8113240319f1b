"""What the bench's contestants do with a record; the engines themselves are in `make bench`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from infra.bench import costs
from infra.bench.contestants.one_by_one import OneByOne, came_to, code_of
from infra.bench.contestants.workers import SEVERAL, further_workers
from infra.bench.measured import digest, thinned
from infra.bench.peer import environment
from infra.bench.submissions import records
from services.kernel.log.codec import Codec
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.registry.fold import fold
from services.registry.folder import read_entry

SEED, COUNT = 11, 3_000
NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def codec() -> Codec:
    return published_language()


@pytest.fixture(scope="module")
def log(codec: Codec) -> list[LogRecord]:
    now_ms = round(NOW.timestamp() * 1000)
    return [
        LogRecord(r.topic, 0, n, now_ms + n, r.key, r.value, r.headers)
        for n, r in enumerate(records(SEED, COUNT, NOW, codec))
    ]


def test_record_by_record_comes_to_what_the_registry_comes_to(
    log: list[LogRecord], codec: Codec
) -> None:
    whole = fold({}, {}, [read_entry(codec, record) for record in log])
    one_by_one, kept, verdicts = OneByOne(codec), dict[str, bytes](), Counter[str]()
    messages = 0
    for record in log:
        step = one_by_one.step(record, kept.get(code_of(record)))
        verdicts[step.decided] += 1
        messages += len(step.messages)
        if step.kept is not None:
            kept[code_of(record)] = step.kept
    found = came_to(verdicts, kept)
    encoded = {code: msgspec.json.encode(state) for code, state in whole.states.items()}
    assert (found.states, found.states_digest) == digest(sorted(encoded.items()))
    assert found.verdicts == Counter(
        f"{o.submission} {o.verdict} {o.result}" for _, o in whole.judged
    )
    assert messages == len(whole.judged) + len(whole.facts) + len(whole.unreadable)


def test_the_peer_is_installed_anew_when_its_lock_file_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("")  # nothing to install, nothing to fetch
    monkeypatch.setattr(environment, "LOCK", lock)
    python = environment.python(tmp_path)
    made = python.stat().st_mtime_ns
    assert environment.python(tmp_path).stat().st_mtime_ns == made
    before = environment.fingerprint()
    lock.write_text("# another\n")
    assert environment.fingerprint() != before


def test_the_peers_versions_are_told() -> None:
    assert environment.versions().keys() == {"quixstreams", "quixstreams' confluent-kafka"}


@pytest.mark.parametrize(("samples", "kept"), [(0, 0), (1, 1), (10, 10), (11, 6), (1000, 10)])
def test_a_curve_keeps_its_last_point(samples: int, kept: int) -> None:
    curve = [(float(n), n) for n in range(samples)]
    thin = thinned(curve, 10)
    assert len(thin) == kept
    assert thin == sorted(thin)
    assert thin[-1:] == curve[-1:]


def test_bytes_of_a_topic_are_those_of_its_partitions_alone(tmp_path: Path) -> None:
    for name, size in (
        ("rx.log-0", 5),
        ("rx.log-11", 7),
        ("rx.log-copy-0", 100),
        ("rx.logs-0", 100),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "00000000000000000000.log").write_bytes(b"x" * size)
        (tmp_path / name / "00000000000000000000.index").write_bytes(b"x" * 1000)
    assert costs.topic_bytes(tmp_path, "rx.log") == 12


def test_every_worker_that_is_started_is_a_process_of_the_network() -> None:
    known = {"registry-worker", *(process.name for process in further_workers())}
    for several in SEVERAL:
        assert set(several.processes) <= known
        assert len(several.processes) == several.workers
