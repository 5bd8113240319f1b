"""Traffic that is remembered call by call, so that it can be asked again after a restore."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.network.waiting import until
from tests.people import CLINIC, OTHER_PHARMACY, PHARMACY, People, a_draft, key

TOLD = (201, 409)
NOT_YET = (202, 503)


@dataclass(frozen=True)
class Call:
    """One write and what it was answered. `place` is the record's partition and offset."""

    request: dict[str, Any]
    status: int
    answer: bytes
    place: tuple[int, int]
    code: str

    async def again(self, people: People) -> tuple[int, bytes]:
        """The same request with the same key: status and body of the answer."""
        response = await told(people, self.request)
        return response.status_code, response.content


async def told(people: People, request: dict[str, Any]) -> httpx2.Response:
    """A request, asked again with its key until it is answered, as every client does."""
    answers: list[httpx2.Response] = []

    async def answered() -> bool:
        answers.append(await people.ask(**request))
        assert answers[-1].status_code in (*TOLD, *NOT_YET), answers[-1].text
        return answers[-1].status_code in TOLD

    await until(answered, "the answer", 120)
    return answers[-1]


class Traffic:
    """What a few clinics and pharmacies did."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.calls: list[Call] = []
        self._patients = itertools.count(1)

    async def life(self, person: str) -> str:
        """Issue, reserve twice, dispense in parts; returns the prescription's code. Each life is
        another patient's, whose name ends in the number of the life."""
        draft = a_draft()
        number = f"{next(self._patients):06d}"
        draft["patient"] |= {
            "citizen_number": f"001090{number}",
            "full_name": f"BỆNH NHÂN MẪU {number}",
        }
        code = await self._call("clinic", CLINIC, "/prescriptions", draft, person)
        path = f"/prescriptions/{code}"
        await self._call("pharmacy", PHARMACY, f"{path}/reserve", {}, person)
        await self._call("pharmacy", OTHER_PHARMACY, f"{path}/reserve", {}, person)
        line = {"line": 1, "drug_code": "DQGMAU0061", "quantity": "8", "days_supply": 2}
        sale = {"receipt_number": "HD1", "lines": [line]}
        await self._call("pharmacy", PHARMACY, f"{path}/dispenses", sale, person)
        return code

    async def lives(self, count: int) -> list[str]:
        return list(await asyncio.gather(*(self.life(f"t{number}") for number in range(count))))

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Lives one after the other, side by side, while the block runs; one at least is over."""
        stop = asyncio.Event()

        async def one_after_the_other(number: int) -> None:
            while not stop.is_set():
                await self.life(f"g{number}")

        tasks = [asyncio.create_task(one_after_the_other(number)) for number in range(2)]
        begun = len(self.calls)

        async def flowing() -> bool:
            assert not any(task.done() for task in tasks), "the traffic ended early"
            return len(self.calls) > begun + 12

        try:
            await until(flowing, "traffic", 120)
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    async def _call(self, role: str, facility: str, path: str, body: Any, person: str) -> str:
        request: dict[str, Any] = {
            "method": "POST",
            "room": "prescribing" if role == "clinic" else "dispensing",
            "path": path,
            "role": role,
            "facility": facility,
            "body": body,
            "person": person,
            "idempotency_key": key(),
        }
        response = await told(self.people, request)
        answer = response.json()
        place = (answer["log"]["partition"], answer["log"]["offset"])
        code = str(answer["prescription_code"])
        self.calls.append(Call(request, response.status_code, response.content, place, code))
        return code
