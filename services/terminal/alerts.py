"""`rxlog alerts` and `rxlog alert`: what regulators watch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from services.terminal.alert_page import (
    Row,
    alert_page,
    measured,
    spaced,
    standing_mark,
    status_word,
)
from services.terminal.client import Client, Reply, UnreachableError
from services.terminal.printing import Printer, coloured
from services.terminal.settings import REGULATOR, Language
from services.terminal.texts import local, safe, say
from services.terminal.trouble import RefusedError

WAIT_SECONDS = 8
PAGE_MAX = 100
AGAIN_AFTER_S = 1.0
SUBJECT_CHARACTERS = 12
"""Enough to tell two people apart in a table; the alert itself shows all of it."""

Pause = Callable[[float], Awaitable[object]]


async def show_alerts(
    client: Client,
    printer: Printer,
    lang: Language,
    *,
    rule: str | None = None,
    only_open: bool = False,
    statistics: bool = False,
    in_full: bool = False,
    limit: int = 50,
) -> str:
    """Print the newest alerts; returns where the feed of changes goes on. `statistics` shows also
    those that ask nobody to look, `in_full` each with its evidence."""
    params: dict[str, Any] = {"limit": min(limit, PAGE_MAX)}
    params |= {"rule": rule} if rule else {}
    params |= {"status": "open"} if only_open else {}
    params |= {"statistics": True, "held_back": True} if statistics else {}
    page = await ask(client, "/alerts", params)
    alerts, feed = page["alerts"], str(page["feed"])
    while page["before"] and len(alerts) < limit:
        params |= {"before": page["before"], "limit": min(limit - len(alerts), PAGE_MAX)}
        page = await ask(client, "/alerts", params)
        alerts += page["alerts"]
    if not alerts:
        printer.line(say("none", lang))
        return feed
    if in_full:
        for alert in alerts:
            await show_alert(client, printer, lang, alert["alert_id"])
            printer.line()
        return feed
    if not printer.is_plain:
        printer.heading(say("alerts", lang))
    rows = (alert_row(alert, lang, is_whole=printer.is_plain) for alert in alerts)
    printer.table(_columns(lang), rows, unbroken=say("alert", lang))
    if page["before"]:
        printer.line((say("at-most", lang, count=len(alerts)), "dim"))
    return feed


async def follow_alerts(
    client: Client,
    printer: Printer,
    lang: Language,
    *,
    after: str,
    rule: str | None = None,
    statistics: bool = False,
    pause: Pause = asyncio.sleep,
) -> None:
    """Print every change as it comes, until cancelled; a lost connection loses no change."""
    is_lost = False
    while True:
        params = {"after": after, "wait_seconds": WAIT_SECONDS, "limit": PAGE_MAX}
        params |= {"statistics": True} if statistics else {}
        try:
            reply = await client.get(
                "oversight", "/alerts/feed", client_id=REGULATOR, params=params
            )
        except UnreachableError:
            reply = Reply(503, None)
        if reply.status >= 500 or reply.status == 429:
            if not is_lost:
                printer.line((say("lost", lang), "yellow"))
            is_lost = True
            await pause(reply.retry_after_s or AGAIN_AFTER_S)
            continue
        page = _checked(reply)
        is_lost = False
        after = page["after"]
        for change in page["changes"]:
            if rule is None or change["rule"] == rule:
                printer.line(*change_line(change, lang))


async def show_alert(client: Client, printer: Printer, lang: Language, alert_id: str) -> None:
    """Print one alert with all that is needed to judge what it is worth."""
    alert_page(printer, lang, await ask(client, f"/alerts/{alert_id}", {}))


async def ask(client: Client, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """An answer of oversight. Raises `RefusedError` when it is none."""
    return _checked(await client.get("oversight", path, client_id=REGULATOR, params=params))


def alert_row(alert: Mapping[str, Any], lang: Language, *, is_whole: bool = True) -> Row:
    """An alert as a row of the table; the subject is cut unless `is_whole`."""
    status, subject = str(alert["status"]), safe(alert["subject"]["ref"])
    if not is_whole and len(subject) > SUBJECT_CHARACTERS:
        subject = subject[: SUBJECT_CHARACTERS - 1] + "…"
    return [
        local(alert["raised_at"]),
        coloured(safe(alert["severity"]), str(alert["severity"])),
        safe(alert["rule"]),
        coloured(status_word(status, lang) + standing_mark(alert, lang), status),
        subject,
        measured(alert["measures"], lang),
        say("case-number", lang, number=alert["case"]) if alert["case"] else "",
        (safe(alert["alert_id"]), "dim"),
    ]


def change_line(change: Mapping[str, Any], lang: Language) -> Row:
    """A change as one line of the feed."""
    kind = str(change["kind"])
    parts: Row = [
        local(change["recorded_at"]),
        coloured(status_word(kind, lang), kind),
        coloured(safe(change["severity"]), str(change["severity"])),
        (safe(change["rule"]), "bold"),
        safe(change["subject"]["ref"]),
        measured(change["measures"], lang),
        (safe(change["alert_id"]), "dim"),
    ]
    return spaced(parts)


def _columns(lang: Language) -> list[str]:
    names = ("raised-at", "severity", "rule", "status", "subject", "measured", "case", "alert")
    return [say(name, lang) for name in names]


def _checked(reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        raise RefusedError(reply.document)
    return reply.document
