"""People of a test network: each request goes over HTTP with a signed token of its role."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Self

import aiohttp
import httpx2

from infra.local.network import LocalNetwork
from services.issuer.credentials import client_secret
from services.vietnam.directory import FACILITIES_FILE, FacilityDirectory

CLINIC, OTHER_CLINIC, BEDLESS_CLINIC = "01901", "79901", "01911"
PHARMACY, OTHER_PHARMACY = "01921", "79921"
PAYER, REGULATOR = "01981", "01991"
BUSY = 503
ROOMS = {"registry": "registry-api", "oversight": "oversight-api"}


def pharmacies_of_the_country() -> list[str]:
    """Every pharmacy of the sample directory whose licence is in good order."""
    directory = FacilityDirectory.load(FACILITIES_FILE)
    pharmacies = directory.of_kind("pharmacy")
    return [pharmacy.facility_id for pharmacy in pharmacies if pharmacy.is_standing]


def key() -> str:
    """A fresh Idempotency-Key."""
    return uuid.uuid4().hex


class People:
    """Sends requests as anybody; tokens are fetched once per client."""

    def __init__(self, network: LocalNetwork) -> None:
        self.network = network
        self._http = httpx2.AsyncClient(
            timeout=60, limits=httpx2.Limits(max_connections=400), trust_env=False
        )
        self._tokens: dict[str, tuple[str, float]] = {}
        self._fetching = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._http.aclose()

    async def token(self, role: str, facility: str, person: str = "test") -> str:
        client_id = f"{role}:{facility}:{person}:L1"
        async with self._fetching:
            token, good_until = self._tokens.get(client_id, ("", 0.0))
            if time.monotonic() < good_until:
                return token
            master = (self.network.home.secrets / "room.secret").read_text().strip()
            response = await self._http.post(
                f"{self.network.urls['issuer']}/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": client_id,
                    "client_secret": client_secret(master, client_id),
                },
            )
            response.raise_for_status()
            token = response.json()["access_token"]
            self._tokens[client_id] = (token, time.monotonic() + 200)
            return token

    async def ask(
        self,
        method: str,
        room: str,
        path: str,
        *,
        role: str,
        facility: str,
        body: Any = None,
        idempotency_key: str | None = None,
        person: str = "test",
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {await self.token(role, facility, person)}"}
        if method == "POST":
            headers["Idempotency-Key"] = idempotency_key or key()
        return await self._http.request(
            method, self.network.urls[ROOMS.get(room, room)] + path, json=body, headers=headers
        )

    async def race(self, code: str, pharmacies: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
        """All pharmacies reserve one prescription at once; status and body of each answer.

        Who is turned away because it is too much at once comes back with the same key, as told. A
        client written in C, so that the racers and not their tool are slow.
        """
        url = f"{self.network.urls['dispensing']}/prescriptions/{code}/reserve"
        tokens = [await self.token("pharmacy", pharmacy, "racer") for pharmacy in pharmacies]

        async def reserve(token: str) -> tuple[int, dict[str, Any]]:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key()}
            while True:
                async with session.post(url, json={}, headers=headers) as response:
                    if response.status != BUSY:
                        return response.status, await response.json(content_type=None)
                    await asyncio.sleep(int(response.headers["Retry-After"]))

        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            return list(await asyncio.gather(*(reserve(token) for token in tokens)))

    # --- in the domain's words ------------------------------------------------------------------

    async def issue(
        self, draft: dict[str, Any] | None = None, *, clinic: str = CLINIC, **more: Any
    ) -> httpx2.Response:
        return await self.ask(
            "POST", "prescribing", "/prescriptions",
            role="clinic", facility=clinic, body=draft or a_draft(), **more,
        )  # fmt: skip

    async def issued_code(self, draft: dict[str, Any] | None = None, **more: Any) -> str:
        response = await self.issue(draft, **more)
        assert response.status_code == 201, response.text
        return str(response.json()["prescription_code"])

    async def cancel(self, code: str, *, clinic: str = CLINIC, **more: Any) -> httpx2.Response:
        return await self.ask(
            "POST", "prescribing", f"/prescriptions/{code}/cancel",
            role="clinic", facility=clinic, body={"reason": "prescribing-error"}, **more,
        )  # fmt: skip

    async def reserve(self, code: str, pharmacy: str = PHARMACY, **more: Any) -> httpx2.Response:
        return await self.ask(
            "POST", "dispensing", f"/prescriptions/{code}/reserve",
            role="pharmacy", facility=pharmacy, body={}, **more,
        )  # fmt: skip

    async def release(self, code: str, pharmacy: str = PHARMACY, **more: Any) -> httpx2.Response:
        return await self.ask(
            "POST", "dispensing", f"/prescriptions/{code}/release",
            role="pharmacy", facility=pharmacy, body={"reason": "other"}, **more,
        )  # fmt: skip

    async def dispense(
        self,
        code: str,
        quantity: float = 20,
        pharmacy: str = PHARMACY,
        *,
        drug_code: str | None = None,
        days_supply: int | None = 5,
        receipt: str = "HD1",
        more_body: dict[str, Any] | None = None,
        **more: Any,
    ) -> httpx2.Response:
        line = {
            "line": 1,
            "drug_code": drug_code or ORDINARY_DRUG,
            "quantity": str(quantity),
            "days_supply": days_supply,
        }
        body = {"receipt_number": receipt, "lines": [line], **(more_body or {})}
        return await self.ask(
            "POST", "dispensing", f"/prescriptions/{code}/dispenses",
            role="pharmacy", facility=pharmacy, body=body, **more,
        )  # fmt: skip

    async def claim(
        self, code: str, claim_id: str, quantity: float = 20, pharmacy: str = PHARMACY, **more: Any
    ) -> httpx2.Response:
        body = {
            "claim_id": claim_id,
            "payer_id": PAYER,
            "lines": [{"line": 1, "quantity": str(quantity), "amount": "120000"}],
        }
        return await self.ask(
            "POST", "claims", f"/prescriptions/{code}/claims",
            role="pharmacy", facility=pharmacy, body=body, **more,
        )  # fmt: skip

    async def look_up(
        self, path: str, *, role: str = "regulator", facility: str = REGULATOR, **more: Any
    ) -> httpx2.Response:
        return await self.ask("GET", "registry", path, role=role, facility=facility, **more)


ORDINARY_DRUG = "DQGMAU0061"


def a_draft(**changes: Any) -> dict[str, Any]:
    """An ordinary prescription for an artificial patient, 20 tablets for 5 days."""
    line = {
        "drug_code": ORDINARY_DRUG,
        "active_ingredient": "amoxicillin",
        "trade_name": "Thuốc mẫu",
        "unit": "viên",
        "quantity": "20",
        "dosage_instruction": "Ngày uống 4 viên, chia 2 lần, x 5 ngày",
        "days_supply": 5,
    }
    return {
        "prescription_type": "c",
        "authored_on": datetime.now(UTC).isoformat(),
        "prescriber": {"person_id": "BS-MAU-1", "licence": "000001/MAU-CCHN"},
        "patient": {
            "citizen_number": "001090000042",
            "full_name": "BỆNH NHÂN MẪU 0042",
            "birth_date": "1990-05-04",
            "sex": "male",
            "address": "Địa chỉ mẫu 42",
        },
        "diagnoses": [{"icd10": "J02.9", "name": "Viêm họng cấp"}],
        "lines": [line],
        **changes,
    }
