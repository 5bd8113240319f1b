"""`rxlog alerts` and `rxlog alert`: what regulators watch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

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

SIGNS = {"at-least": "≥", "more-than": ">", "less-than": "<"}

Pause = Callable[[float], Awaitable[object]]
Row = list[str | tuple[str, str]]


async def show_alerts(
    client: Client,
    printer: Printer,
    lang: Language,
    *,
    rule: str | None = None,
    only_open: bool = False,
    limit: int = 50,
) -> str:
    """Print the newest alerts; returns where the feed of changes goes on."""
    params: dict[str, Any] = {"limit": min(limit, PAGE_MAX)}
    params |= {"rule": rule} if rule else {}
    params |= {"status": "open"} if only_open else {}
    page = await ask(client, "/alerts", params)
    alerts, feed = page["alerts"], str(page["feed"])
    while page["before"] and len(alerts) < limit:
        params |= {"before": page["before"], "limit": min(limit - len(alerts), PAGE_MAX)}
        page = await ask(client, "/alerts", params)
        alerts += page["alerts"]
    if not alerts:
        printer.line(say("none", lang))
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
    pause: Pause = asyncio.sleep,
) -> None:
    """Print every change as it comes, until cancelled; a lost connection loses no change."""
    is_lost = False
    while True:
        params = {"after": after, "wait_seconds": WAIT_SECONDS, "limit": PAGE_MAX}
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
    alert = await ask(client, f"/alerts/{alert_id}", {})
    printer.line((safe(alert["title"][lang]), "bold"))
    printer.line((safe(alert["indication"][lang]), "italic"))
    for row in _facts(alert, lang):
        printer.line(*row)
    for name in ("means", "does-not-mean", "next"):
        field = {"does-not-mean": "does_not_mean", "next": "next_step"}.get(name, name)
        if alert[field]:
            printer.heading(say(name, lang))
            printer.line(safe(alert[field][lang]))
    printer.heading(say("evidence", lang))
    printer.table(
        (say("when", lang), "", say("facility", lang), say("note", lang)),
        ([local(e["occurred_at"]), safe(e["prescription_code"]), _place(e["facility"]),
          _half(e["note"], lang)] for e in alert["evidence"]),
    )  # fmt: skip
    printer.heading(say("changes", lang))
    for change in alert["changes"]:
        printer.line(*_history_line(change, lang))
    printer.heading(say("figures", lang))
    for figure in alert["figures"]:
        printer.line((safe(figure["label"][lang]), "dim"), ": ", safe(figure["value"]))


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
        coloured(_status(status, lang), status),
        subject,
        measured(alert["measures"], lang),
        (safe(alert["alert_id"]), "dim"),
    ]


def change_line(change: Mapping[str, Any], lang: Language) -> Row:
    """A change as one line of the feed."""
    kind = str(change["kind"])
    parts: Row = [
        local(change["recorded_at"]),
        coloured(_status(kind, lang), kind),
        coloured(safe(change["severity"]), str(change["severity"])),
        (safe(change["rule"]), "bold"),
        safe(change["subject"]["ref"]),
        measured(change["measures"], lang),
        (safe(change["alert_id"]), "dim"),
    ]
    return spaced(parts)


def measured(measures: Sequence[Mapping[str, Any]], lang: Language) -> str:
    """What was held against its limit: "days with both in supply 9 ≥ 7"."""
    return "; ".join(
        " ".join((safe(m["label"][lang]), safe(m["value"]), *_against(m))) for m in measures
    )


def _against(measure: Mapping[str, Any]) -> tuple[str, ...]:
    limit = measure["limit"]
    return () if limit is None else (SIGNS.get(measure["comparison"], "/"), safe(limit))


def spaced(parts: Row) -> Row:
    """The parts that say anything, two spaces apart."""
    row: Row = []
    for part in parts:
        if part if isinstance(part, str) else part[0]:
            row += [part] if not row else ["  ", part]
    return row


def _columns(lang: Language) -> list[str]:
    names = ("raised-at", "severity", "rule", "status", "subject", "measured", "alert")
    return [say(name, lang) for name in names]


def _facts(alert: Mapping[str, Any], lang: Language) -> list[Row]:
    status, episode = str(alert["status"]), alert["episode"]
    severity = safe(f"{alert['severity']}: {alert['severity_means'][lang]}")
    return [
        [(say("status", lang), "dim"), ": ", coloured(_status(status, lang), status)],
        [(say("severity", lang), "dim"), ": ", coloured(severity, str(alert["severity"]))],
        [(say("subject", lang), "dim"), ": ", safe(alert["subject"]["ref"])],
        [(say("rule", lang), "dim"), ": ", safe(f"{alert['rule']} {alert['rule_version']}")],
        [(say("when", lang), "dim"), ": ", f"{local(episode['start'])} – {local(episode['end'])}"],
        [(say("measured", lang), "dim"), ": ", (measured(alert["measures"], lang), "bold")],
    ]


def _history_line(change: Mapping[str, Any], lang: Language) -> Row:
    kind = str(change["kind"])
    added, removed = change["evidence_added"], change["evidence_removed"]
    counts = "" if added is None else f"+{len(added)} −{len(removed)}"
    when = local(change["occurred_at"])
    return spaced([when, coloured(_status(kind, lang), kind), safe(change["severity"]), counts])


def _status(name: str, lang: Language) -> str:
    known = {"open", "raised", "revised", "retracted"}
    return say(name, lang) if name in known else safe(name)


def _place(facility: Mapping[str, Any]) -> str:
    parts = (facility.get("name"), facility.get("province_name"))
    named = ", ".join(safe(part) for part in parts if part)
    code = safe(facility["facility_id"])
    return f"{code} ({named})" if named else code


def _half(note: object, lang: Language) -> str:
    """The notes of the rules read "tiếng Việt / English"."""
    vi, separator, en = safe(note).partition(" / ")
    return en if separator and lang == "en" else vi


def _checked(reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        raise RefusedError(reply.document)
    return reply.document
