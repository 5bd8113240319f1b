"""One alert with everything a person needs to judge what it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.contracts.case_texts import FINAL, HELD_BACK, PROVISIONAL, WITHDRAWN
from services.terminal.printing import Printer, coloured
from services.terminal.settings import Language
from services.terminal.texts import local, safe, say

SIGNS = {"at-least": "≥", "more-than": ">", "less-than": "<"}
LIMIT_PREFIX = "limit_"

Row = list[str | tuple[str, str]]


def alert_page(printer: Printer, lang: Language, alert: Mapping[str, Any]) -> None:
    """Print an alert as oversight tells it: the rule in one sentence, what it means and what not,
    what to do, the evidence, the exemptions, the numbers it was held against, its history."""
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
        ([local(e["occurred_at"]), safe(e["prescription_code"]), place(e["facility"]),
          _half(e["note"], lang)] for e in alert["evidence"]),
    )  # fmt: skip
    if alert["suppressed_by"]:
        printer.heading(say("suppressed-by", lang))
        printer.line(exempt_by(alert, lang))
    printer.heading(say("exemptions", lang))
    for exemption in alert["exemptions"]:
        printer.line(safe(exemption["text"][lang]))
    if not alert["exemptions"]:
        printer.line(
            say("no-other-exemptions" if alert["suppressed_by"] else "no-exemptions", lang)
        )
    if alert.get("changes"):
        printer.heading(say("changes", lang))
        for change in alert["changes"]:
            printer.line(*_history_line(change, lang))
    limits = [one for one in alert["figures"] if one["name"].startswith(LIMIT_PREFIX)]
    others = [one for one in alert["figures"] if one not in limits]
    _figures(printer, lang, say("parameters", lang, version=safe(alert["rule_version"])), limits)
    _figures(printer, lang, say("figures", lang), others)


def measured(measures: Sequence[Mapping[str, Any]], lang: Language) -> str:
    """What was held against its limit: "days with both in supply 9 ≥ 7"."""
    return "; ".join(
        " ".join((safe(m["label"][lang]), safe(m["value"]), *_against(m))) for m in measures
    )


def spaced(parts: Row) -> Row:
    """The parts that say anything, two spaces apart."""
    row: Row = []
    for part in parts:
        if part if isinstance(part, str) else part[0]:
            row += [part] if not row else ["  ", part]
    return row


def status_word(name: str, lang: Language) -> str:
    """What an alert's status or a change of it is called."""
    known = {"open", "raised", "revised", "retracted"}
    return say(name, lang) if name in known else safe(name)


def exempt_by(alert: Mapping[str, Any], lang: Language) -> str:
    """The exemptions that hold, in words; empty when none does."""
    return "; ".join(safe(exemption["text"][lang]) for exemption in alert["suppressed_by"])


def standing_mark(alert: Mapping[str, Any], lang: Language) -> str:
    """Behind the status of an alert that stands: whether it is on record only, and whether facts
    may still end it."""
    if alert["status"] != "open":
        return ""
    exempt = f", {say('suppressed', lang)}" if alert["suppressed_by"] else ""
    return f"{exempt}, {say('final' if alert['is_final'] else 'provisional', lang)}"


def place(facility: Mapping[str, Any]) -> str:
    """A facility by its code, name and province."""
    parts = (facility.get("name"), facility.get("province_name"))
    named = ", ".join(safe(part) for part in parts if part)
    code = safe(facility["facility_id"])
    return f"{code} ({named})" if named else code


def _facts(alert: Mapping[str, Any], lang: Language) -> list[Row]:
    status, episode = str(alert["status"]), alert["episode"]
    severity = safe(f"{alert['severity']}: {alert['severity_means'][lang]}")
    finality = getattr(FINAL if alert["is_final"] else PROVISIONAL, lang)
    facts: list[Row] = [
        [(say("status", lang), "dim"), ": ", coloured(status_word(status, lang), status)],
        [(say("severity", lang), "dim"), ": ", coloured(severity, str(alert["severity"]))],
        [(say("subject", lang), "dim"), ": ", safe(alert["subject"]["ref"])],
        [(say("rule", lang), "dim"), ": ", safe(f"{alert['rule']} {alert['rule_version']}")],
        [(say("when", lang), "dim"), ": ", f"{local(episode['start'])} – {local(episode['end'])}"],
        [(say("measured", lang), "dim"), ": ", (measured(alert["measures"], lang), "bold")],
    ]
    if status == "open":
        facts.insert(1, [(say("finality", lang), "dim"), ": ", finality])
    if alert["case"]:
        facts.append([(say("case", lang), "dim"), ": ", str(alert["case"])])
    if alert["held_back"]:
        facts.append([(getattr(HELD_BACK, lang), "yellow")])
    if alert.get("withdrawn_after_acting"):
        facts.append([(getattr(WITHDRAWN, lang), "red")])
    return facts


def _figures(
    printer: Printer, lang: Language, heading: str, figures: Sequence[Mapping[str, Any]]
) -> None:
    if figures:
        printer.heading(heading)
    for figure in figures:
        printer.line((safe(figure["label"][lang]), "dim"), ": ", safe(figure["value"]))


def _history_line(change: Mapping[str, Any], lang: Language) -> Row:
    kind = str(change["kind"])
    added, removed = change["evidence_added"], change["evidence_removed"]
    counts = "" if added is None else f"+{len(added)} −{len(removed)}"
    when = local(change["occurred_at"])
    return spaced([when, coloured(status_word(kind, lang), kind), safe(change["severity"]), counts])


def _against(measure: Mapping[str, Any]) -> tuple[str, ...]:
    limit = measure["limit"]
    return () if limit is None else (SIGNS.get(measure["comparison"], "/"), safe(limit))


def _half(note: object, lang: Language) -> str:
    """The notes of the rules read "tiếng Việt / English"."""
    vi, separator, en = safe(note).partition(" / ")
    return en if separator and lang == "en" else vi
