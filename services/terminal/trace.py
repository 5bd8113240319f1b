"""`rxlog trace CODE`: the life of a prescription, record by record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.terminal.alert_page import Row, spaced
from services.terminal.client import Client
from services.terminal.printing import Printer, coloured
from services.terminal.settings import REGULATOR, Language
from services.terminal.texts import STATUSES, SUBMISSIONS, TICK, local, safe, say, told, word
from services.terminal.trouble import RefusedError

PAGES_MAX = 100


async def trace(client: Client, printer: Printer, lang: Language, code: str) -> None:
    """Print the state of a prescription now, then everything that was ever submitted about it."""
    state = await _ask(client, f"/prescriptions/{code}", {})
    records = await _history(client, code)
    printer.line((safe(state["prescription_code"]), "bold"), "  ", *status_of(state, lang))
    for row in facts_of(state, lang):
        printer.line(*row)
    if state["lines"]:
        printer.line()
        printer.table(_columns(lang), (line_row(line) for line in state["lines"]))
    printer.heading(say("history", lang))
    for record in records:
        for row in record_lines(record, lang):
            printer.line(*row)
    if state["claims"]:
        printer.heading(say("claims", lang))
        for claim in state["claims"]:
            printer.line(*claim_line(claim, lang))


def status_of(state: Mapping[str, Any], lang: Language) -> Row:
    """One word for the state."""
    status = str(state["status"])
    colour = {"active": "green", "reserved": "yellow", "partly-dispensed": "yellow"}
    return [(word(STATUSES, status, lang), colour.get(status, "cyan"))]


def facts_of(state: Mapping[str, Any], lang: Language) -> list[Row]:
    """Who wrote it for whom, until when it is valid, who holds it."""
    held = state["reservation"]
    holder = (
        say("held", lang, holder=safe(held["pharmacy_id"]), until=local(held["until"]))
        if held
        else say("free", lang)
    )
    facts = [
        ("issued-at", local(state["issued_at"])),
        ("valid-until", local(state["valid_until"])),
        ("practice", safe(state["practice_id"])),
        ("patient", safe(state["patient_ref"])),
        ("holder", holder),
        ("replaces", safe(state["replaces"])),
        ("replaced-by", safe(state["replaced_by"])),
        ("cancellation", _cancellation(state["cancellation"], lang)),
    ]
    return [[(say(name, lang), "dim"), ": ", value] for name, value in facts if value]


def line_row(line: Mapping[str, Any]) -> Row:
    """One medicine and what is left of it."""
    return [
        str(line["line"]),
        safe(line["drug_name"] or line["drug_code"]),
        safe(f"{line['quantity']} {line['unit']}"),
        safe(line["dispensed"]),
        (safe(line["remaining"]), "bold"),
        safe(line["claimed"]),
    ]


def record_lines(record: Mapping[str, Any], lang: Language) -> list[Row]:
    """One record: what was submitted and what became of it, then each reason with what to do."""
    verdict = str(record["verdict"])
    said = told(record, "message", lang)
    is_repeat = bool(record["is_repeat"])
    first = record["log"]["offset"]
    head = spaced(
        [
            (f"#{record['position']['offset']}", "dim"),
            local(record["recorded_at"]),
            (word(SUBMISSIONS, str(record["submission"]), lang), "bold"),
            safe(record["facility_id"]),
            coloured(_verdict(verdict, lang), verdict),
            said,
            (f"({say('again', lang, offset=first)})", "dim") if is_repeat else "",
        ]
    )
    return [head, *_reasons(record, lang)]


def claim_line(claim: Mapping[str, Any], lang: Language) -> Row:
    """One claim: who, of whom, how much of which line."""
    lines = ", ".join(f"{say('line', lang)} {c['line']}: {c['quantity']}" for c in claim["lines"])
    payer = f"{claim['facility_id']} → {claim['payer_id']}"
    gone = (say("withdrawn", lang), "dim") if claim["withdrawn"] else ""
    return spaced([safe(claim["claim_id"]), safe(payer), safe(lines), gone])


def _cancellation(cancellation: Mapping[str, Any] | None, lang: Language) -> str:
    if cancellation is None:
        return ""
    when = local(cancellation["applied_at"] or cancellation["recorded_at"])
    pending = f" ({say('pending', lang)})" if cancellation["pending"] else ""
    return f"{safe(cancellation['reason'])}, {when}{pending}"


def _reasons(record: Mapping[str, Any], lang: Language) -> Iterable[Row]:
    by_time = record["submission"] == TICK
    is_finding = record["verdict"] == "recorded" and not by_time
    for reason in record["reasons"]:
        where = f"{say('line', lang)} {reason['line']}: " if "line" in reason else ""
        kind = (f"{say('finding', lang)}: ", "yellow") if is_finding else ""
        yield ["    ", kind, where, told(reason, "message", lang) or safe(reason["code"])]
        if what_next := told(reason, "what_next", lang):
            yield ["    → ", (what_next, "italic")]


def _verdict(verdict: str, lang: Language) -> str:
    known = {"accepted", "refused", "pending", "recorded", "unreadable"}
    return say(verdict, lang) if verdict in known else safe(verdict)


def _columns(lang: Language) -> list[str]:
    names = ("line", "medicine", "quantity", "dispensed", "remaining", "claimed")
    return [say(name, lang) for name in names]


async def _history(client: Client, code: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    params: dict[str, Any] = {}
    for _ in range(PAGES_MAX):
        page = await _ask(client, f"/prescriptions/{code}/history", params)
        records += page["records"]
        if page["after_offset"] is None:
            break
        params = {"after_offset": page["after_offset"]}
    return records


async def _ask(client: Client, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
    reply = await client.get("registry", path, client_id=REGULATOR, params=params)
    if reply.status != 200:
        raise RefusedError(reply.document)
    return reply.document
