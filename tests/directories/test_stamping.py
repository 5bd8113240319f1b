"""Running writers follow the directories: what they look up, as of when, and what they stamp."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.local.network import LocalNetwork
from services.contracts.directories import FacilityListed
from services.directories import loading
from services.directories.appending import append, record
from services.directories.comparing import Rules
from services.directories.loading import DIRECTORIES, Wishes
from services.directories.settings import settings_for
from services.kernel.log.event_log import Record
from services.topology import FACILITIES, LOG
from tests.directories.steps import CODEC, DAY, TODAY, a_facility, loaded, submissions
from tests.network.reading import everything
from tests.network.waiting import until
from tests.people import People, a_draft

pytestmark = pytest.mark.network


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
