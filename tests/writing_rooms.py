"""The writers' real routes over HTTP in this process, with a log that takes everything."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx2
from fastapi import APIRouter

from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission
from services.kernel.clock import now
from services.kernel.http.claims import Caller
from services.kernel.http.peers import Reply
from services.kernel.http.web import make_app
from services.kernel.settings import HttpSettings
from services.kernel.writing.answering import answer


class Taken:
    """Stands in for a room's way onto the log: notes what was submitted, agrees with all of it."""

    def __init__(self) -> None:
        self.submissions: list[Submission] = []

    async def submit(self, submission: Submission) -> SubmissionJudged:
        self.submissions.append(submission)
        return SubmissionJudged(
            outcome_id=submission.event_id,
            event_id=submission.event_id,
            submission=type(submission).__name__,
            prescription_code=submission.prescription_code,
            log_partition=0,
            log_offset=0,
            recorded_at=now(),
            verdict="ACCEPTED",
            result="issued",
            first_offset=0,
            first_recorded_at=now(),
        )

    async def answer(self, submission: Submission) -> Any:
        return answer(await self.submit(submission))


class Sealing:
    """Stands in for identity: every patient is the same one."""

    async def post(self, _path: str, body: Any, **_options: Any) -> Reply:
        sealed = {name: base64.b64encode(b"x").decode() for name in body["fields"]}
        return Reply(200, {"patient_ref": "patient-1", "sealed_key": "1", "sealed": sealed})


class _Believing:
    """Takes the token for the caller it spells out: role, facility, person, licence."""

    async def verify(self, token: str) -> Caller:
        role, facility, person, licence = token.split(":")
        return Caller(facility, role, person, licence, token, "rxlog")

    async def check(self) -> None:
        return None


class Room:
    """Sends requests to one room as somebody."""

    def __init__(self, name: str, router: APIRouter) -> None:
        verifier: Any = _Believing()
        settings = HttpSettings(room=name, port=1, secrets_dir=Path("/nowhere"))
        app = make_app(name, settings, verifier=verifier, routers=[router])
        self._http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url=f"http://{name}"
        )

    async def post(
        self, path: str, body: Any, *, role: str, facility: str, key: str = "key-0123456789"
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {role}:{facility}:P1:L1", "Idempotency-Key": key}
        return await self._http.post(path, json=body, headers=headers)
