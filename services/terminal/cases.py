"""`rxlog cases`, `rxlog case` and `rxlog rules`: what regulators look at, and what they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.terminal.alert_page import Row, alert_page, exempt_by, place, spaced
from services.terminal.alerts import PAGE_MAX, SUBJECT_CHARACTERS, ask
from services.terminal.client import Client
from services.terminal.printing import Printer, coloured
from services.terminal.settings import REGULATOR, Language
from services.terminal.texts import SUBJECTS, local, safe, say, word
from services.terminal.trouble import RefusedError


async def show_work(client: Client, printer: Printer, lang: Language) -> None:
    """Print what to look at today, the most pressing first."""
    work = await ask(client, "/work", {})
    budget, shown = work["budget"], False
    for part, heading in (("must_tell", "must-tell"), ("in_hand", "in-hand"), ("new", "new-cases")):
        if work[part]:
            printer.heading(say(heading, lang))
            _table(printer, lang, work[part])
            shown = True
    if not shown:
        printer.line(say("no-cases", lang))
    if budget["left_out"]:
        printer.line()
        told = say("left-out", lang, count=budget["left_out"], a_day=budget["a_day"])
        printer.line((told, "yellow"))


async def show_cases(
    client: Client,
    printer: Printer,
    lang: Language,
    *,
    statuses: Sequence[str] = (),
    rule: str | None = None,
    owing: bool = False,
    limit: int = 50,
) -> None:
    """Print cases, the heaviest first, whatever the day's budget."""
    params: dict[str, Any] = {"limit": min(limit, PAGE_MAX)}
    params |= {"status": list(statuses)} if statuses else {}
    params |= {"rule": rule} if rule else {}
    params |= {"owing": True} if owing else {}
    page = await ask(client, "/cases", params)
    cases = page["cases"]
    while page["before"] and len(cases) < limit:
        params |= {"before": page["before"], "limit": min(limit - len(cases), PAGE_MAX)}
        page = await ask(client, "/cases", params)
        cases += page["cases"]
    if cases:
        _table(printer, lang, cases)
    else:
        printer.line(say("no-cases", lang))


async def show_case(client: Client, printer: Printer, lang: Language, number: int) -> None:
    """Print a case with every alert of it and all that may be decided."""
    case_page(printer, lang, await ask(client, f"/cases/{number}", {}))


async def decide(
    client: Client,
    printer: Printer,
    lang: Language,
    number: int,
    *,
    decision: Mapping[str, Any],
    key: str,
) -> None:
    """Take a step in a case. Raises `RefusedError` when it does not count."""
    reply = await client.post(
        "oversight",
        f"/cases/{number}/decisions",
        dict(decision),
        client_id=REGULATOR,
        idempotency_key=key,
    )
    if reply.status == 202:
        printer.line((say("decision-late", lang), "yellow"))
        return
    if reply.status != 201:
        raise RefusedError(reply.document)
    printer.line((say("decision-counts", lang), "green"))
    case = reply.document["case"]
    printer.line(*_head(case, lang))
    printer.line(safe(case["next_step"][lang]))
    _duties(printer, lang, case)


async def show_rules(client: Client, printer: Printer, lang: Language) -> None:
    """Print how often each rule fired and how often it was right."""
    rules = (await ask(client, "/rules", {}))["rules"]
    if not rules:
        printer.line(say("no-rules", lang))
        return
    names = ("rule", "fired", "retracted", "suppressed", "judged", "precision", "status")
    printer.table([say(name, lang) for name in names], (_rule_row(rule, lang) for rule in rules))


def case_page(printer: Printer, lang: Language, case: Mapping[str, Any]) -> None:
    """Print a case as oversight tells it."""
    printer.line(*_head(case, lang))
    printer.line((safe(case["indication"][lang]), "italic"))
    for name, value in _facts(case, lang):
        printer.line((name, "dim"), ": ", value)
    _duties(printer, lang, case)
    printer.heading(say("next", lang))
    printer.line(safe(case["next_step"][lang]))
    _score(printer, lang, case["score"])
    for which, alert in enumerate(case["alerts"], start=1):
        printer.heading(say("alert-of", lang, place=which, count=len(case["alerts"])))
        alert_page(printer, lang, alert)
    _on_record(printer, lang, case)
    if case["told"]:
        printer.heading(say("told", lang))
    for told in case["told"]:
        printer.line(*spaced([local(told["told_at"]), _party(told, lang)]))
    if case["decisions"]:
        printer.heading(say("decisions", lang))
    for decision in case["decisions"]:
        printer.line(*_decision(decision, lang))
    printer.heading(say("may", lang))
    for step in case["may"]:
        printer.line((safe(step["step"]), "bold"))
        for reason in step["reasons"]:
            printer.line("    ", (safe(reason["code"]), "cyan"), "  ", safe(reason["text"][lang]))
    printer.line(
        (say("how-to-decide", lang, number=case["number"], version=case["version"]), "dim")
    )


def case_row(case: Mapping[str, Any], lang: Language, *, is_whole: bool = True) -> Row:
    """A case as a row of the queue; the subject is cut unless `is_whole`."""
    subject = safe(case["subject"]["ref"])
    if not is_whole and len(subject) > SUBJECT_CHARACTERS:
        subject = subject[: SUBJECT_CHARACTERS - 1] + "…"
    return [
        (str(case["number"]), "bold"),
        coloured(safe(case["severity"]), str(case["severity"])),
        f"{case['score']:.2f}",
        safe(case["status_title"][lang]),
        word(SUBJECTS, case["subject"]["kind"], lang),
        subject,
        safe(", ".join(case["rules"])),
        local(case["changed_at"]),
    ]


def _table(printer: Printer, lang: Language, cases: Sequence[Mapping[str, Any]]) -> None:
    names = ("case", "severity", "score", "status", "", "subject", "rules", "changed")
    columns = [say(name, lang) if name else "" for name in names]
    rows = (case_row(case, lang, is_whole=printer.is_plain) for case in cases)
    printer.table(columns, rows, unbroken=say("case", lang))


def _head(case: Mapping[str, Any], lang: Language) -> Row:
    number = say("case-number", lang, number=case["number"])
    return [(number, "bold"), "  ", (safe(case["status_title"][lang]), "bold")]


def _facts(case: Mapping[str, Any], lang: Language) -> list[tuple[str, str]]:
    subject, found = case["subject"], case["subject_place"]
    named = place(found) if found else safe(subject["ref"])
    until = local(case["facts_complete_until"]) or say("not-known", lang)
    return [
        (say("subject", lang), f"{word(SUBJECTS, subject['kind'], lang)} {named}"),
        (say("severity", lang), safe(case["severity"])),
        (say("opened", lang), local(case["opened_at"])),
        (say("changed", lang), local(case["changed_at"])),
        (say("facts-until", lang), until),
        (say("version", lang), str(case["version"])),
    ]


def _duties(printer: Printer, lang: Language, case: Mapping[str, Any]) -> None:
    if not case["duties"]:
        return
    printer.line()
    printer.line((safe(case["duty"][lang]), "bold red"))
    for duty in case["duties"]:
        printer.line("    ", _party(duty, lang), "  ", safe(", ".join(duty["alerts"])))


def _on_record(printer: Printer, lang: Language, case: Mapping[str, Any]) -> None:
    if case["suppressed"]:
        printer.heading(say("on-record", lang))
    for alert in case["suppressed"]:
        printer.line(
            *spaced([local(alert["raised_at"]), (safe(alert["rule"]), "bold"),
                     exempt_by(alert, lang), (safe(alert["alert_id"]), "dim")])
        )  # fmt: skip


def _score(printer: Printer, lang: Language, score: Mapping[str, Any]) -> None:
    printer.heading(f"{say('score-parts', lang)}: {score['value']:.2f}")
    printer.line((safe(score["means"][lang]), "italic"))
    for family in score["families"]:
        sums = say(
            "counted", lang, counted=f"{family['counted']:.2f}", value=f"{family['value']:.2f}"
        )
        printer.line((safe(family["label"][lang]), "bold"), "  ", sums)
        for part in score["parts"]:
            if part["family"] == family["family"]:
                made = f"{part['points']:g} × {part['weight']:g} × {part['recency']:.2f}"
                printer.line("    ", safe(part["rule"]), f"  {made} = {part['value']:.2f}")


def _decision(decision: Mapping[str, Any], lang: Language) -> Row:
    reason = decision["reason_text"]
    informed = "; ".join(
        f"{_party(one, lang)} {safe(one['message_text'][lang])}" for one in decision["informed"]
    )
    counts = decision["ruling"] == "accepted"
    return spaced(
        [
            local(decision["recorded_at"]),
            (safe(decision["step"]), "bold" if counts else "dim"),
            safe(reason[lang]) if reason else safe(decision["reason"]),
            safe(decision["reference"]),
            informed,
            safe(f"{decision['decided_by']} ({decision['facility_id']})"),
            say("provisional", lang) if decision["although_provisional"] else "",
            "" if counts else (safe(decision["ruling_title"][lang]), "red"),
        ]
    )


def _rule_row(rule: Mapping[str, Any], lang: Language) -> Row:
    precision = "" if rule["precision"] is None else f"{rule['precision']:.2f}"
    if precision:
        precision += f" ({rule['precision_low']:.2f}-{rule['precision_high']:.2f})"
        precision += "" if rule["enough_judged"] else f", {say('too-few', lang)}"
    state = say("shadow", lang) if rule["belongs_in_shadow"] else ""
    if rule["held_back_since"]:
        state = say("held-back", lang, day=safe(rule["held_back_since"]))
    return [
        (safe(rule["rule"]), "bold"),
        str(rule["raised"]),
        str(rule["retracted"]),
        str(rule["suppressed"]),
        str(rule["judged"]),
        precision,
        (state, "yellow"),
    ]


def _party(party: Mapping[str, Any], lang: Language) -> str:
    return safe(f"{party['party_title'][lang]} {party['ref']}")
