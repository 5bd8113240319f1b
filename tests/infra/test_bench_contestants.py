"""What the bench's contestants do with a record; the engines themselves are in `make bench`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from infra.bench import costs
from infra.bench.contestants.grown import sizes
from infra.bench.contestants.one_by_one import OneByOne, came_to, code_of
from infra.bench.contestants.sampled import of_samples
from infra.bench.contestants.sampled_worker import Sample
from infra.bench.contestants.stages import FUNCTIONS, OTHER, awaited, stage_of
from infra.bench.contestants.workers import SEVERAL, further_workers
from infra.bench.measured import Measured, digest, thinned
from infra.bench.peer import environment
from infra.bench.submissions import records
from infra.local.environment import PROJECT
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


def test_a_registry_grows_by_tens() -> None:
    assert [one.prescriptions for one in sizes(1_500_000)] == [100_000, 1_000_000]
    assert sizes(0) == []


def test_functions_with_a_stage_of_their_own_exist() -> None:
    for file, function in FUNCTIONS:
        assert f"def {function}(" in (PROJECT / file).read_text("utf-8"), (file, function)


CODEC_READS = ("/p/services/kernel/log/codec.py", "decode")
CODEC_WRITES = ("/p/services/kernel/log/codec.py", "encode")


@pytest.mark.parametrize(
    ("stack", "stage"),
    [
        ([("/p/services/registry/judgement/issuing.py", "x")], "judging"),
        (
            [
                ("/p/services/kernel/log/codec.py", "decode"),
                ("/p/services/registry/folder.py", "read_entry"),
            ],
            "records decoded and checked",
        ),
        (
            [
                ("/p/services/kernel/log/codec.py", "encode"),
                ("/p/services/registry/folder.py", "_fact"),
            ],
            "results: made and encoded",
        ),
        ([("/s/asyncpg/connection.py", "fetch")], "Postgres' protocol (asyncpg)"),
        ([("/elsewhere.py", "x")], OTHER),
    ],
)
def test_a_stack_belongs_to_its_innermost_stage(stack: list[tuple[str, str]], stage: str) -> None:
    assert stage_of([*stack, ("/s/asyncio/events.py", "_run")]) in (stage, "the event loop")
    assert stage_of(stack) == stage


def test_a_task_waits_for_the_innermost_it_awaits() -> None:
    fold = ("/p/services/kernel/folding/fetching.py", "_drain_messages")
    kafka = ("/p/services/kernel/log/event_log.py", "append_all")
    postgres = ("/s/asyncpg/connection.py", "fetch")
    assert "Kafka" in awaited([fold, kafka])
    assert "Postgres" in awaited([fold, postgres])
    assert "something else" in awaited([fold])


def test_samples_of_the_time_of_folding_are_shares_of_it() -> None:
    samples = [Sample(n / 1000, "a" if n % 4 else "b", beside=n % 2 == 0) for n in range(3000)]
    measured = Measured(records=1000, seconds=1.0, cpu_seconds=0.5, began=1.0)
    profile = of_samples(samples, measured)
    assert profile.samples == pytest.approx(1000, abs=1)
    assert [(stage.name, round(stage.share, 2)) for stage in profile.stages] == [
        ("a", 0.75),
        ("b", 0.25),
    ]
    assert sum(stage.us for stage in profile.stages) == pytest.approx(profile.us)
    assert profile.beside == pytest.approx(0.5, abs=0.01)
