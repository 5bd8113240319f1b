"""The regulator's desk: follows oversight's feed of alerts and looks up whom a code is for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from services.simulation.client import Client, client_id_of

FEED_WAIT_S = 8
"""The longest that oversight keeps a question open."""

AGAIN_AFTER_S = 0.5


class NoAnswerError(Exception):
    """Oversight or the registry does not answer; the text says which."""


@dataclass(frozen=True)
class SeenAlert:
    """An alert as the feed last told it."""

    alert_id: str
    rule: str
    subject: str
    kind: str
    title: str
    title_vi: str
    is_statistics: bool = False
    """Of a rule in shadow: counted, asks nobody to look."""
    is_exempt: bool = False
    """On record only, because an exemption holds."""

    @property
    def is_open(self) -> bool:
        return self.kind != "retracted"


@dataclass
class Regulator:
    """What one regulator has seen while `watching`."""

    client: Client
    facility: str
    alerts: dict[str, SeenAlert] = field(default_factory=dict)
    _after: str = ""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def client_id(self) -> str:
        return client_id_of("regulator", self.facility)

    def open_by_rule(self) -> dict[str, int]:
        """How many of the alerts that ask somebody to look are open, by rule."""
        asking = (one for one in self.alerts.values() if one.is_open and not one.is_statistics)
        return dict(Counter(alert.rule for alert in asking))

    def open_on(self, subject: str, *, statistics: bool = False) -> set[str]:
        """The rules with an open alert on a patient: those that ask somebody to look, or those
        that are statistics; without what is on record only."""
        about = (one for one in self.alerts.values() if one.subject == subject and one.is_open)
        return {one.rule for one in about if one.is_statistics == statistics and not one.is_exempt}

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Follow the feed inside the block, from its present end on: what was before is nobody's
        concern here."""
        url = f"{self.client.addresses.oversight}/alerts"
        self._after = (await self._read("oversight", url, {"limit": "1"}))["feed"]
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(self._follow())
            try:
                yield
            finally:
                following.cancel()

    async def _follow(self) -> None:
        """Take every change in as it comes, until cancelled."""
        url = f"{self.client.addresses.oversight}/alerts/feed"
        while True:
            params = {"after": self._after, "wait_seconds": str(FEED_WAIT_S), "statistics": "true"}
            try:
                answer = await self._read("oversight", url, params)
            except NoAnswerError:
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            self._after = answer["after"]
            async with self._news:
                for change in answer["changes"]:
                    seen = SeenAlert(
                        alert_id=change["alert_id"],
                        rule=change["rule"],
                        subject=change["subject"]["ref"],
                        kind=change["kind"],
                        title=change["title"]["en"],
                        title_vi=change["title"]["vi"],
                        is_statistics=change["severity"] == "S4",
                        is_exempt=bool(change["suppressed_by"]),
                    )
                    self.alerts[seen.alert_id] = seen
                self._news.notify_all()

    async def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until what was seen fulfils a condition; whether it does in the end."""
        try:
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait_for(condition)
        except TimeoutError:
            return condition()
        return True

    async def patient_of(self, code: str) -> str:
        """The reference of the patient whom a prescription is for."""
        url = f"{self.client.addresses.registry}/prescriptions/{code}"
        return str((await self._read("the registry", url, {}))["patient_ref"])

    async def _read(self, room: str, url: str, params: dict[str, str]) -> Any:
        reply = await self.client.read(url, self.client_id, params)
        if reply.status != 200:
            raise NoAnswerError(f"{room} answers {reply.status or 'nothing'} to {url}")
        return reply.body
