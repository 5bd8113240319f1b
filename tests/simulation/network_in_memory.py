"""The whole network without Kafka and Postgres: the rooms' real APIs over the pure judge and rules.

A submission is judged at once and its facts go to the rules at once. Everything a caller sees
(addresses, validation, answers, refusals) is the real thing; what is replaced is the way there.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from fastapi import FastAPI

from services.claims.api import Desk
from services.claims.api import routes as claims_routes
from services.contracts.alerts import SUPPRESSED_BY
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission
from services.dispensing.api import Counter
from services.dispensing.api import routes as dispensing_routes
from services.kernel.clock import now
from services.kernel.http.claims import Caller
from services.kernel.http.peers import Reply
from services.kernel.http.web import make_app
from services.kernel.log.log_record import LogRecord
from services.kernel.settings import HttpSettings
from services.kernel.writing.answering import answer
from services.oversight.projection import Changed
from services.oversight.views import feed_entry
from services.prescribing.api import routes as prescribing_routes
from services.prescribing.issuing import Issuing
from services.registry.fold import Earlier, Entry, fold
from services.registry.prescription import Prescription
from services.simulation.client import Addresses, Client
from services.simulation.country import Country
from services.simulation.course import Course
from services.surveillance.engine import Change, apply
from services.surveillance.parameters import Parameters
from services.surveillance.timeline import PatientState
from services.vietnam.practitioners import PRACTITIONERS_FILE, PractitionerDirectory

COUNTRY = Country.load()
PARAMETERS = Parameters.load()
ROOMS = ("issuer", "prescribing", "dispensing", "claims", "registry", "oversight")


class Log:
    """The log, the registry and the open alerts; stands in for a room's way onto the log."""

    def __init__(self) -> None:
        self.states: dict[str, Prescription] = {}
        self.patients: dict[str, PatientState] = {}
        self.changes: list[Change] = []
        self.news = asyncio.Event()
        self._earlier: dict[tuple[str, str], Earlier] = {}
        self._length = 0

    async def submit(self, submission: Submission) -> SubmissionJudged:
        code = submission.prescription_code
        record = LogRecord(
            "log", 0, self._length, int(now().timestamp() * 1000), code.encode(), b"", ()
        )
        self._length += 1
        folded = fold(self.states, self._earlier, [Entry(record, code, submission)])
        self.states |= folded.states
        ((_, outcome),) = folded.judged
        key = (code, submission.event_id)
        self._earlier.setdefault(key, Earlier(submission.content_hash, outcome))
        for _, fact in folded.facts:
            ref = fact.patient_ref
            before = self.patients.get(ref, PatientState(patient_ref=ref))
            self.patients[ref], changes = apply(before, fact, PARAMETERS)
            self.changes.extend(changes)
            if changes:
                self.news.set()
        return outcome

    def open_alerts(self, *, statistics: bool = False) -> dict[str, list[str]]:
        """Patient -> rules with an open alert that asks for a look, or that is statistics; without
        what is on record only."""
        found = {
            ref: sorted(
                alert.rule
                for alert in state.alerts.values()
                if (alert.severity == "S4") == statistics and SUPPRESSED_BY not in alert.figures
            )
            for ref, state in self.patients.items()
        }
        return {ref: rules for ref, rules in found.items() if rules}


class _Identity:
    """Seals nothing: the same number is the same patient, and that is all."""

    async def post(self, _path: str, body: Any, **_options: Any) -> Reply:
        ref = hashlib.sha256(body["identifier"]["value"].encode()).hexdigest()[:32]
        sealed = {name: base64.b64encode(b"x").decode() for name in body["fields"]}
        return Reply(200, {"patient_ref": ref, "sealed_key": f"{ref}:1", "sealed": sealed})


class _Verifier:
    """Believes every token; it is the client id itself."""

    async def verify(self, token: str) -> Caller:
        role, facility, person, licence = token.split(":")
        return Caller(facility, role, person, licence, token, "rxlog")

    async def check(self) -> None:
        return None


class _Rooms(httpx2.AsyncBaseTransport):
    """Takes each request to the application its host names; plays issuer, registry, oversight."""

    def __init__(self, apps: dict[str, FastAPI], log: Log) -> None:
        self._apps = {name: httpx2.ASGITransport(app) for name, app in apps.items()}
        self._log = log

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        host, path = request.url.host, request.url.path
        if host == "issuer":
            form = dict(httpx2.QueryParams((await request.aread()).decode()))
            return _ok(access_token=form["client_id"], expires_in=300)
        if host == "registry":
            issued = self._log.states[path.split("/")[2]].issued
            return _ok(patient_ref=issued.patient_ref if issued else None)
        if path == "/alerts":
            return _ok(alerts=[], feed=f"0-{len(self._log.changes)}")
        if path == "/alerts/feed":
            return await self._feed(int(request.url.params["after"].split("-")[1]))
        return await self._apps[host].handle_async_request(request)

    async def _feed(self, after: int) -> httpx2.Response:
        while after == len(self._log.changes):
            self._log.news.clear()
            await self._log.news.wait()
        changes = [
            feed_entry(Changed(change=change, partition=0, offset=offset, recorded_at=now()))
            for offset, change in enumerate(self._log.changes[after:], start=after)
        ]
        content = {"changes": changes, "after": f"0-{len(self._log.changes)}"}
        return httpx2.Response(200, content=msgspec.json.encode(content))


def _ok(**content: Any) -> httpx2.Response:
    return httpx2.Response(200, json=content)


class _Switch:
    """Where the rooms write: the log of the test that runs. Making the rooms takes long."""

    log: Log

    async def submit(self, submission: Submission) -> SubmissionJudged:
        return await self.log.submit(submission)

    async def answer(self, submission: Submission) -> Any:
        return answer(await self.submit(submission))


class Network:
    """`client` is the simulation's own; `log` is what became of it. One at a time."""

    def __init__(self, log: Log | None = None) -> None:
        self.log = _SWITCH.log = log or Log()
        addresses = Addresses(**{name: f"http://{name}" for name in ROOMS})
        self.client = Client(addresses, "secret", transport=_Rooms(_APPS, self.log))

    async def tell(self, course: Course) -> list[str]:
        """Tell a whole story, act by act; what was wrong in it."""
        course.begin()
        wrong: list[str] = []
        while course.acts:
            answers = [await self.client.perform(act) for act in course.acts]
            wrong += course.take(answers, now())
        return wrong


def _apps(writer: Any) -> dict[str, FastAPI]:
    issuing = Issuing(
        writer=writer,
        identity=_Identity(),  # type: ignore[arg-type]
        directory=COUNTRY.directory,
        practitioners=PractitionerDirectory.load(PRACTITIONERS_FILE),
        catalogue=COUNTRY.catalogue,
        law=COUNTRY.law,
        code_secret=b"secret",
        code_attempts_max=3,
    )
    counter = Counter(writer, COUNTRY.directory, COUNTRY.catalogue, COUNTRY.law)
    desk = Desk(writer, COUNTRY.directory, COUNTRY.law)
    registry: Any = None
    routers = {
        "prescribing": prescribing_routes(issuing, registry),
        "dispensing": dispensing_routes(counter, registry),
        "claims": claims_routes(desk, registry),
    }
    verifier: Any = _Verifier()
    return {
        name: make_app(
            name,
            HttpSettings(room=name, port=1, secrets_dir=Path("/nowhere")),
            verifier=verifier,
            routers=[router],
        )
        for name, router in routers.items()
    }


_SWITCH = _Switch()
_APPS = _apps(_SWITCH)
