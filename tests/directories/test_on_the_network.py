"""Registers and the law on real Kafka: loaded while the rooms run, seen, stamped, rebuilt."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from infra import load
from infra.local.network import LocalNetwork
from services.contracts.directories import FacilityListed
from services.contracts.submissions import Submission
from services.directories import loading
from services.directories.appending import append, record
from services.directories.comparing import Rules
from services.directories.loading import DIRECTORIES, Wishes
from services.directories.settings import settings_for
from services.kernel.log.event_log import Record
from services.kernel.log.language import published_language
from services.topology import FACILITIES, LAW, LOG, MEDICINES, PRACTITIONERS, Topic
from services.vietnam.catalogue import DRUGS_FILE
from services.vietnam.directory import FACILITIES_FILE
from services.vietnam.law import LAW_FILE, local_day
from services.vietnam.practitioners import PRACTITIONERS_FILE
from services.vietnam.registers import facilities, practitioners
from tests.directories.test_publishing import with_validity
from tests.network.reading import everything
from tests.network.waiting import until
from tests.people import People, a_draft, key

pytestmark = pytest.mark.network

OURS = (FACILITIES, PRACTITIONERS, MEDICINES, LAW)
TODAY = local_day(datetime.now(UTC))
DAY = timedelta(days=1)
CODEC = published_language()


def rxlog_load(network: LocalNetwork, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.directories", *arguments],
        env=network.env("prescribing"),
        capture_output=True,
        text=True,
        check=False,
    )


def ends(network: LocalNetwork, *topics: Topic) -> list[int]:
    """How many records each topic was ever given."""
    consumer = Consumer({"bootstrap.servers": network.kafka_bootstrap, "group.id": "tests"})
    try:
        return [
            consumer.get_watermark_offsets(TopicPartition(topic.name, 0), timeout=10)[1]
            for topic in topics
        ]
    finally:
        consumer.close()


def file_of(tmp_path: Path, header: tuple[str, ...], *rows: str) -> str:
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
    path.write_text("\n".join([",".join(header), *rows]) + "\n", encoding="utf-8")
    return str(path)


def a_facility(tmp_path: Path, code: str, kind: str, *periods: tuple[date, date | None]) -> str:
    """A file with one facility, licensed on these days."""
    rows = [
        f"{code},Nơi mẫu,{kind},no,,general,01,21.03,105.85,,NONE,GP-{code}-{number},{first},"
        f"{last or ''}"
        for number, (first, last) in enumerate(periods)
    ]
    return file_of(tmp_path, facilities.FACILITIES.columns, *rows)


def loaded(network: LocalNetwork, *arguments: str) -> str:
    """Load a part of a register; it must go well."""
    result = rxlog_load(network, *arguments, "--partial")
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def submissions(network: LocalNetwork, code: str) -> list[Submission]:
    """The records of one prescription, in order."""
    found = [m for m in everything(network, LOG) if (m.key() or b"").decode() == code]
    return [CODEC.decode(message.value()) for message in found]  # type: ignore[misc]


# --- the door ---------------------------------------------------------------------------------


def test_a_new_network_begins_with_the_samples_and_a_second_start_appends_nothing(
    network: LocalNetwork,
) -> None:
    before = ends(network, *OURS)
    assert before[:3] == [417, 613, 180]
    assert before[3] >= 1
    assert asyncio.run(load.samples(network.kafka_bootstrap)) == "as they were"
    for name, file in (
        ("facilities", FACILITIES_FILE),
        ("practitioners", PRACTITIONERS_FILE),
        ("medicines", DRUGS_FILE),
        ("law", LAW_FILE),
    ):
        result = rxlog_load(network, name, str(file))
        assert result.returncode == 0, result.stdout + result.stderr
        assert "0 new, 0 changed, 0 ended" in result.stdout or name == "law"
    assert ends(network, *OURS) == before


def test_a_dry_run_and_a_bad_file_append_nothing(network: LocalNetwork, tmp_path: Path) -> None:
    before = ends(network, FACILITIES)
    new = a_facility(tmp_path, "01960", "pharmacy", (date(2020, 1, 1), None))
    dry = rxlog_load(network, "facilities", new, "--partial", "--dry-run")
    assert (dry.returncode, "1 new, 0 changed" in dry.stdout) == (0, True)
    whole = rxlog_load(network, "facilities", new)
    assert whole.returncode == 1
    assert "would end 414 of 417 entries" in whole.stdout
    bad = a_facility(tmp_path, "0196", "pharmacy", (date(2020, 1, 1), None))
    assert rxlog_load(network, "facilities", bad, "--partial").returncode == 1
    assert ends(network, FACILITIES) == before


def test_a_load_that_was_killed_is_finished_by_the_next_and_appends_nothing_twice(
    network: LocalNetwork, tmp_path: Path
) -> None:
    count = 40_000
    rows = (
        f"TEST-{n:06d},GPHN-{n},general,,2020-01-01,,01901,2020-01-01,,no" for n in range(count)
    )
    file = file_of(tmp_path, practitioners.PRACTITIONERS.columns, *rows)
    [before] = ends(network, PRACTITIONERS)
    killed = subprocess.Popen(
        [sys.executable, "-m", "services.directories", "practitioners", file, "--partial"],
        env=network.env("prescribing"),
        stdout=subprocess.DEVNULL,
    )
    try:
        while ends(network, PRACTITIONERS)[0] == before:
            assert killed.poll() is None, "it ended before anything was appended"
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
    [middle] = ends(network, PRACTITIONERS)
    assert before < middle < before + count, "it was killed in the middle"
    said = loaded(network, "practitioners", file)
    assert f"{before + count - middle} new, 0 changed, 0 ended" in said
    assert ends(network, PRACTITIONERS) == [before + count], "each entry once"
    assert "0 records appended" in loaded(network, "practitioners", file)


# --- running writers --------------------------------------------------------------------------


async def test_a_changed_licence_is_seen_by_running_writers_within_a_second(
    network: LocalNetwork, people: People, tmp_path: Path
) -> None:
    """Measured on the broker's clock, from the change to the first record that carries it."""
    pharmacy, first = "01961", date(2020, 1, 1)
    settings, wishes = settings_for(network.kafka_bootstrap), Wishes(Rules(TODAY, partial=True))
    directory, waits = DIRECTORIES["facilities"], []
    for last in (None, TODAY - DAY, None, TODAY - DAY):
        file = a_facility(tmp_path, pharmacy, "pharmacy", (first, last))
        code = await people.issued_code()
        content = await asyncio.to_thread(Path(file).read_bytes)
        await loading.load(directory, content, lambda: settings, wishes, lambda *_told: None)
        wanted = "ACTIVE" if last is None else "INACTIVE"

        async def stamped(code: str = code, wanted: str = wanted) -> bool:
            await people.reserve(code, pharmacy)
            return submissions(network, code)[-1].submitter.licence_status == wanted

        await until(stamped, f"the stamp {wanted}")
        changed_at = everything(network, FACILITIES)[-1].timestamp()[1]
        records = [m for m in everything(network, LOG) if m.key() == code.encode()]
        stamps = [CODEC.decode(m.value()).submitter for m in records]  # type: ignore[attr-defined]
        [at, stamp] = next(
            (message.timestamp()[1], stamp)
            for message, stamp in zip(records, stamps, strict=True)
            if (stamp.facility_id, stamp.licence_status) == (pharmacy, wanted)
        )
        waits.append(at - changed_at)
        assert stamp.directory_version
        assert stamp.permitted_classes == ("NONE",)
    assert min(waits) < 1000, waits


async def test_last_years_submission_is_stamped_with_last_years_licence(
    network: LocalNetwork, people: People, tmp_path: Path
) -> None:
    clinic, last_day = "01962", date(TODAY.year - 1, 12, 31)
    file = a_facility(tmp_path, clinic, "clinic", (date(2020, 1, 1), last_day))
    await asyncio.to_thread(loaded, network, "facilities", file)

    async def issued(day: date) -> Any:
        moment = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
        draft = a_draft(authored_on=moment.isoformat())
        return await people.issue(draft, clinic=clinic)

    async def known() -> bool:
        return (await issued(last_day)).status_code == 201

    await until(known, "the clinic in the directory")
    response = await issued(last_day)
    [record] = submissions(network, response.json()["prescription_code"])
    assert record.submitter.licence_status == "ACTIVE"
    refused = await issued(last_day + DAY)
    assert refused.status_code == 422
    assert [error["rule"] for error in refused.json()["errors"]] == ["issuer-unlicensed"]


async def test_a_facility_nobody_knows_is_unknown_and_cannot_prescribe(
    network: LocalNetwork, people: People
) -> None:
    code = await people.issued_code()
    await people.reserve(code, "98989")
    record = submissions(network, code)[-1]
    assert record.submitter.licence_status == "UNKNOWN"
    assert record.submitter.directory_version == ""
    refused = await people.issue(a_draft(), clinic="98989")
    assert (refused.status_code, refused.json()["type"]) == (
        403,
        "urn:rxlog:problem:unknown-facility",
    )


async def test_a_deleted_entry_and_one_nobody_can_read_are_unknown(
    network: LocalNetwork, people: People, tmp_path: Path
) -> None:
    pharmacy, unreadable = "01963", "01964"
    file = a_facility(tmp_path, pharmacy, "pharmacy", (date(2020, 1, 1), None))
    await asyncio.to_thread(loaded, network, "facilities", file)
    code = await people.issued_code()

    def stamped(status: str, by: str) -> Any:
        async def condition() -> bool:
            await people.reserve(code, by)
            return submissions(network, code)[-1].submitter.licence_status == status

        return condition

    await until(stamped("ACTIVE", pharmacy), "the pharmacy in the directory")
    gone = record(FACILITIES, CODEC, FacilityListed, pharmacy, None, version="test")
    noise = Record(FACILITIES.name, unreadable.encode(), b"\x00\x00\x00\x00\x01noise", [])
    await append(settings_for(network.kafka_bootstrap), [gone, noise])
    await until(stamped("UNKNOWN", pharmacy), "the deletion")
    await until(stamped("UNKNOWN", unreadable), "a stamp that does not stumble")


async def test_a_medicine_is_stamped_with_form_route_and_version(
    network: LocalNetwork, people: People
) -> None:
    code = await people.issued_code()
    await people.reserve(code)
    await people.dispense(code, drug_code="DQGMAU0158")
    issued, _, dispensed = submissions(network, code)
    drugs = [issued.lines[0].drug, dispensed.lines[0].drug]  # type: ignore[attr-defined]
    assert [(drug.form, drug.route) for drug in drugs] == [("capsule", "oral")] * 2
    assert len({drug.catalogue_version for drug in drugs}) == 2


async def test_a_writer_that_has_not_read_its_directories_answers_nothing(
    network: LocalNetwork, people: People
) -> None:
    code = await people.issued_code()
    await people.token("pharmacy", "01921")
    for name in ("dispensing", "kafka"):
        await asyncio.to_thread(network.stop_process, name)
    try:
        await asyncio.to_thread(network.start_process, "dispensing")

        async def says_so() -> bool:
            reason = await asyncio.to_thread(network.reason_not_ready, "dispensing")
            return "rx.facilities is being read" in (reason or "")

        await until(says_so, "the reason why dispensing is not ready")
        answer = await people.reserve(code)
        assert answer.status_code == 503
        assert answer.json()["part"] == "The directory"
        assert answer.headers["retry-after"]
    finally:
        await asyncio.to_thread(network.start_process, "kafka")
        for name in ("kafka", "dispensing", "prescribing"):
            await asyncio.to_thread(network.wait_ready, name)
    assert (await people.reserve(code)).status_code == 201


# --- the law ----------------------------------------------------------------------------------


async def test_a_new_law_counts_from_its_day_and_old_records_keep_their_verdicts(
    network: LocalNetwork, people: People, tmp_path: Path
) -> None:
    async def valid_until(idempotency_key: str) -> tuple[str, datetime, str]:
        response = await people.issue(a_draft(authored_on=moment), idempotency_key=idempotency_key)
        code = response.json()["prescription_code"]
        [record] = submissions(network, code)[:1]
        return code, record.valid_until, record.law_version  # type: ignore[attr-defined]

    moment = datetime.now(UTC).isoformat()
    code, five_days, version = await valid_until(key())
    path = tmp_path / "law.yaml"
    shipped = LAW_FILE.read_text(encoding="utf-8")

    path.write_text(with_validity(shipped, 7, TODAY - DAY), encoding="utf-8")
    refused = await asyncio.to_thread(rxlog_load, network, "law", str(path))
    assert refused.returncode == 1
    assert "a version that was in force never changes" in refused.stdout

    path.write_text(with_validity(shipped, 7, TODAY), encoding="utf-8")
    too_late = await asyncio.to_thread(rxlog_load, network, "law", str(path))
    assert too_late.returncode == 1, "today's law is in force already"
    as_of = ("--as-of", str(TODAY))
    done = await asyncio.to_thread(rxlog_load, network, "law", str(path), *as_of)
    assert done.returncode == 0, done.stdout + done.stderr
    [publications] = ends(network, LAW)
    again = await asyncio.to_thread(rxlog_load, network, "law", str(path))
    assert "nothing to do" in again.stdout
    assert ends(network, LAW) == [publications]

    async def follows() -> bool:
        return (await valid_until(key()))[2] != version

    await until(follows, "the new law in the prescribing room")
    _, seven_days, newer = await valid_until(key())
    assert seven_days - five_days == 2 * DAY
    assert newer.startswith(f"vn-{TODAY}-")

    rebuilt = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.registry", "rebuild"],
        env=network.env("registry-worker"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    seen = (await people.look_up(f"/prescriptions/{code}")).json()
    assert datetime.fromisoformat(seen["valid_until"]) == five_days
