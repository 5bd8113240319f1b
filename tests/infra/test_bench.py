"""The bench's log and its arithmetic; the measuring itself is `make bench`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from infra.bench import codec as codec_bench
from infra.bench import lives, report
from infra.bench.lives import LIVES, Act, Due, schedule
from infra.bench.measured import Folded, Measured, differences, digest
from infra.bench.patients import facts
from infra.bench.submissions import SPAN, records
from services.contracts.submissions import (
    SUBMISSIONS,
    PrescriptionDispensed,
    PrescriptionIssued,
    Submission,
)
from services.kernel.log.codec import Codec, UnreadableError
from services.kernel.log.event_log import Record
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.registry.fold import Folded as FoldedRecords
from services.registry.fold import fold
from services.registry.folder import read_entry

SEED, COUNT = 7, 2_000
NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
LOG_RATE_MS = 5
"""The log of these tests is written in ten seconds, as the bench would."""


@pytest.fixture(scope="module")
def codec() -> Codec:
    return published_language()


@pytest.fixture(scope="module")
def log(codec: Codec) -> list[Record]:
    return list(records(SEED, COUNT, NOW, codec))


@pytest.fixture(scope="module")
def folded(log: list[Record], codec: Codec) -> FoldedRecords:
    now_ms = round(NOW.timestamp() * 1000)
    entries = [
        read_entry(
            codec,
            LogRecord(r.topic, 0, n, now_ms + n * LOG_RATE_MS, r.key, r.value, r.headers),
        )
        for n, r in enumerate(log)
    ]
    return fold({}, {}, entries)


def test_the_same_seed_gives_the_same_bytes(codec: Codec) -> None:
    assert list(records(SEED, 100, NOW, codec)) == list(records(SEED, 100, NOW, codec))
    assert list(records(SEED, 100, NOW, codec)) != list(records(SEED + 1, 100, NOW, codec))


def test_the_log_has_as_many_records_as_asked_for(log: list[Record]) -> None:
    assert len(log) == COUNT


def test_shares_of_lives_are_thousandths() -> None:
    assert sum(life.share for life in LIVES) == 1000


def test_lives_are_lived_in_their_shares() -> None:
    due = schedule(SEED, COUNT)
    lived = Counter({one.number: one.life.name for one in due}.values())
    for life in LIVES:
        expected = lived.total() * life.share / 1000
        assert abs(lived[life.name] - expected) <= 4 * expected**0.5 + 1, life.name


def test_steps_of_a_life_come_in_their_order() -> None:
    by_number: dict[int, list[Due]] = {}
    for one in schedule(SEED, COUNT):
        by_number.setdefault(one.number, []).append(one)
    for steps in by_number.values():
        firsts = [one.index for one in steps if one.kind == "first"]
        assert firsts == list(range(len(firsts)))
        for one in steps:
            if one.kind == "repeat":
                assert any(
                    other.index == one.index and other.when < one.when and other.is_repeated
                    for other in steps
                )


def test_records_of_one_prescription_are_far_apart(log: list[Record]) -> None:
    places: dict[bytes | None, list[int]] = {}
    for place, record in enumerate(log):
        places.setdefault(record.key, []).append(place)
    gaps = sorted(b - a for found in places.values() for a, b in pairwise(found))
    assert gaps[len(gaps) // 2] > COUNT * lives.GAP / 3


def test_about_one_record_in_a_hundred_comes_twice(log: list[Record], codec: Codec) -> None:
    ids = Counter(event.event_id for event in _readable(log, codec))
    repeated = sum(count - 1 for count in ids.values())
    assert max(ids.values()) == 2
    assert 0.5 * lives.REPEATS < repeated / COUNT < 1.5 * lives.REPEATS


def test_a_few_records_cannot_be_read(codec: Codec) -> None:
    due = schedule(SEED, 20_000)
    poisoned = sum(one.kind == "poison" for one in due)
    assert 0.4 * lives.POISON < poisoned / 20_000 < 2 * lives.POISON


def test_every_verdict_of_an_ordinary_day_occurs(folded: FoldedRecords) -> None:
    results = Counter(outcome.result for _, outcome in folded.judged)
    assert results.keys() >= {
        *("issued", "granted", "dispensed", "payable", "cancelled", "released", "reversed"),
        *("reserved-elsewhere", "claimed-before", "expired", "unknown-prescription"),
        "withdrawn",
    }
    refused = sum(outcome.verdict == "REFUSED" for _, outcome in folded.judged)
    assert 0.02 < refused / COUNT < 0.10


def test_no_dispense_breaks_a_rule_but_those_from_before_the_prescription(
    folded: FoldedRecords,
) -> None:
    findings = Counter(
        reason.code
        for _, outcome in folded.judged
        if outcome.verdict == "RECORDED"
        for reason in outcome.reasons
    )
    assert set(findings) <= {"unknown-prescription"}


def test_records_look_like_those_of_the_rooms(log: list[Record], codec: Codec) -> None:
    events = _readable(log, codec)
    assert {type(event) for event in events} == set(SUBMISSIONS)
    issued = [event for event in events if isinstance(event, PrescriptionIssued)]
    assert {len(event.lines) for event in issued} == {1, 2, 3, 4}
    assert all(event.sealed_key and event.sealed["patient.full_name"] for event in issued)
    for event in issued:
        assert {len(text) - 16 for text in event.sealed.values()} <= {32, 64, 128, 256, 512}
        assert event.valid_from < event.valid_until
    for record in log:
        assert dict(record.headers).keys() >= {"ce_id", "ce_type", "traceparent"}


def test_what_happened_is_over_when_the_log_is_written(log: list[Record], codec: Codec) -> None:
    for event in _readable(log, codec):
        assert event.occurred_at <= NOW
        if isinstance(event, PrescriptionDispensed) and not event.offline:
            assert event.occurred_at >= NOW - SPAN


def test_a_dispense_in_parts_hands_over_the_whole() -> None:
    parts = [life for life in LIVES if Act.PART in {step.act for step in life.steps}]
    for life in parts:
        acts = [step.act for step in life.steps]
        assert acts.index(Act.PART) < acts.index(Act.REST)


def test_a_digest_depends_on_every_byte() -> None:
    states = [("a", b"1"), ("b", b"2")]
    assert digest(states)[0] == 2
    assert digest(states) == digest(list(states))
    assert digest(states) != digest([("a", b"1"), ("b", b"3")])
    assert digest(states) != digest([("a", b"1"), ("c", b"2")])


RIGHT = Folded(verdicts={"A granted": 2}, states=2, states_digest="d")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (RIGHT, ()),
        (None, ("it told no result",)),
        (
            Folded(verdicts={"A refused": 2}, states=2, states_digest="d"),
            ("A granted: 0 instead of 2", "A refused: 2 instead of 0"),
        ),
        (
            Folded(verdicts={"A granted": 2}, states=1, states_digest="e"),
            ("1 states instead of 2",),
        ),
        (
            Folded(verdicts={"A granted": 2}, states=2, states_digest="e"),
            ("the states differ in content",),
        ),
    ],
)
def test_a_wrong_fold_is_said(found: Folded | None, said: tuple[str, ...]) -> None:
    assert differences(RIGHT, found) == said


def test_rates_are_medians_and_shares_of_the_measure() -> None:
    def took(*seconds: float) -> list[Measured]:
        return [Measured(records=100, seconds=s, cpu_seconds=s / 2) for s in seconds]

    slow, fast = report.lines(
        {"slow": "Slow", "fast": "Fast"},
        {"slow": took(10, 2, 4), "fast": took(1, 1, 3)},
        measure="fast",
    )
    assert (slow.rate, slow.share, slow.cpu_us) == (25, 0.25, 20_000)
    assert (slow.seconds_median, slow.seconds_least, slow.seconds_most) == (4, 2, 10)
    assert fast.share == 1


def _readable(log: list[Record], codec: Codec) -> list[Submission]:
    events = []
    for record in log:
        try:
            event = codec.decode(record.value)
        except UnreadableError:
            continue
        if isinstance(event, Submission) and event.prescription_code.encode() == record.key:
            events.append(event)
    return events


def test_the_log_ends_at_the_moment_given(log: list[Record], codec: Codec) -> None:
    last = max(event.occurred_at for event in _readable(log, codec))
    assert NOW - last < timedelta(minutes=30)


def test_the_codecs_are_compared_on_every_type_of_event_of_a_log() -> None:
    names = {line.name for line in codec_bench.measure(300, 1, SEED)}
    assert {"PrescriptionIssued", "DispensingReserved", "SubmissionJudged", "FactRecorded"} <= names
    assert codec_bench.WHOLE in names


@pytest.mark.parametrize("each", [1, 10, 100])
def test_every_patient_has_as_many_facts_as_asked_for(each: int) -> None:
    made = list(facts(seed=1, total=400, each=each))
    assert Counter(Counter(fact.patient_ref for fact in made).values()) == {each: 400 // each}
    days = [fact.occurred_at.date() for fact in made if fact.patient_ref == "bench-patient-0"]
    assert days == sorted(days)
    assert made == list(facts(seed=1, total=400, each=each))
