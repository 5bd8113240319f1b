"""The figures of a campaign from its journal: JSON for programs, Markdown for RELIABILITY.md.

Nothing is said here that the journal does not hold.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from infra.faults.journal import Journal, Struck
from infra.faults.kinds import KINDS

JSON_FILE, MARKDOWN_FILE = "report.json", "report.md"
MEANS = {
    "mount": "small file systems in memory, filled by a ballast file",
    "rlimit": "RLIMIT_FSIZE: the files of the server may not grow",
    "none": "not possible here",
}


def write(journal: Journal) -> tuple[Path, Path]:
    """Write both forms into the folder of the campaign."""
    found = figures(journal)
    as_json = journal.folder / JSON_FILE
    as_json.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    as_markdown = journal.folder / MARKDOWN_FILE
    as_markdown.write_text(markdown(found), encoding="utf-8")
    return as_json, as_markdown


def figures(journal: Journal) -> dict[str, Any]:
    """Everything that was counted and measured."""
    by_kind: defaultdict[str, list[Struck]] = defaultdict(list)
    for one in journal.struck:
        by_kind[one.kind].append(one)
    segments = journal.segments
    checked = sum(one.faults for one in segments)
    return {
        "began": journal.terms.began,
        "machine": journal.terms.machine,
        "seed": journal.terms.seed,
        "rate_per_s": journal.terms.rate_per_s,
        "disks": journal.terms.disks,
        "faults": len(journal.struck),
        "faults_deeply_checked": checked,
        "lives": len({one.life for one in journal.struck}),
        "totals": {
            "calls": sum(one.calls for one in segments),
            "acknowledged": sum(one.acknowledged for one in segments),
            "unknown": sum(one.unknown for one in segments),
            "records": sum(_records_of_lives(journal)),
            "lost": sum(one.lost for one in segments),
            "double_grants": sum(one.overlapping_grants for one in segments),
            "other_violations": sum(one.other_violations for one in segments),
            "rebuilds_compared": sum(one.rebuilds_compared for one in segments),
            "rebuilds_differing": sum(one.rebuilds_differing for one in segments),
            "histories_checked": sum(one.linearizable is not None for one in segments),
            "histories_linearizable": sum(one.linearizable is True for one in segments),
            "operations_checked": sum(one.operations_checked for one in segments),
            "traffic_s": round(sum(one.seconds for one in segments)),
        },
        "race": journal.race(),
        "kinds": {name: _of_kind(name, by_kind[name]) for name in KINDS if name in by_kind},
    }


def _of_kind(name: str, struck: Sequence[Struck]) -> dict[str, Any]:
    return {
        "family": KINDS[name].family,
        "proves": KINDS[name].proves,
        "faults": len(struck),
        "targets": len({one.target for one in struck}),
        "held_s": quantiles(one.held_s for one in struck),
        "answered_s": quantiles(one.answered_s for one in struck if one.answered_s is not None),
        "drained_s": quantiles(one.drained_s for one in struck),
    }


def quantiles(values: Iterable[float]) -> dict[str, float] | None:
    """Median, 95th percentile (nearest rank) and maximum; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    rank = max(0, -(-95 * len(ordered) // 100) - 1)
    return {"p50": statistics.median(ordered), "p95": ordered[rank], "max": ordered[-1]}


def _records_of_lives(journal: Journal) -> Iterable[int]:
    """A segment counts the whole log of its life, so the last one of each life counts."""
    last: dict[int, int] = {}
    for one in journal.segments:
        last[one.life] = max(last.get(one.life, 0), one.records)
    return last.values()


def markdown(found: dict[str, Any]) -> str:
    """The section of RELIABILITY.md."""
    sections = [_campaign(found)] if found["kinds"] else []
    if found["race"]:
        sections.append(_race(found, found["race"]))
    return "\n".join(sections)


def _race(found: dict[str, Any], race: dict[str, Any]) -> str:
    answered = race["answered_s"]
    beside = f" while {race['faults']} faults struck" if race["faults"] else ""
    lines = [
        "## Race",
        "",
        (
            f"Begun {found['began']} with seed {found['seed']} on {found['machine']}: "
            f"{race['prescriptions']:,} prescriptions, each reserved by several pharmacies at the "
            f"same moment through the HTTP API, {race['requests']:,} reservations in "
            f"{race['seconds']:g} s{beside}."
        ),
        "",
        "| figure | value |",
        "|---|---|",
        f"| prescriptions with exactly one winner | **{race['exactly_one_winner']:,}** |",
        f"| losers, every one told who won | {race['losers_told_the_winner']:,} |",
        f"| anything else | **{race['odd']}** |",
        f"| a whole race, p50 / p95 / max, s | {_three(answered)} |",
        *_totals(found),
        "",
    ]
    return "\n".join(lines)


def _campaign(found: dict[str, Any]) -> str:
    totals = found["totals"]
    lines = [
        "## Fault campaign",
        "",
        (
            f"Begun {found['began']} with seed {found['seed']} on {found['machine']}; "
            f"{found['lives']} networks one after the other, {found['rate_per_s']:g} requests a "
            f"second through the HTTP APIs, {totals['traffic_s'] / 60:.0f} minutes under traffic. "
            f"Full disks: {MEANS[found['disks']]}."
        ),
        "",
        "| figure | value |",
        "|---|---|",
        *_totals(found),
        "",
        (
            "Recovery is counted from the injection: until every partition of the log (or the "
            "room that was hit) has answered a new request with a verdict, and until nothing waits "
            "to be applied in any room. The time that a fault was held is part of it."
        ),
        "",
        (
            "| fault | struck | targets | held p50, s | answered p50 / p95 / max, s "
            "| drained p50 / p95 / max, s |"
        ),
        "|---|---:|---:|---:|---:|---:|",
        *(_row(name, kind) for name, kind in found["kinds"].items()),
        "",
        "What a kind of fault shows when nothing was violated:",
        "",
        *(f"- **{name}**: {kind['proves']}." for name, kind in found["kinds"].items()),
        "",
    ]
    return "\n".join(lines)


def _totals(found: dict[str, Any]) -> list[str]:
    totals = found["totals"]
    faults = found["faults_deeply_checked"]
    bound = f" (a loss per fault below {300 / faults:.2g} % at 95 %)" if faults else ""
    rows = [
        ("faults injected", f"{found['faults']:,}, {faults:,} of them before a deep check"),
        ("calls", f"{totals['calls']:,}"),
        ("answered with a verdict", f"{totals['acknowledged']:,}"),
        ("answers that did not come (503, timeout, reset)", f"{totals['unknown']:,}"),
        ("records of the logs", f"{totals['records']:,}"),
        ("acknowledged and lost", f"**{totals['lost']}**{bound if not totals['lost'] else ''}"),
        ("granted twice", f"**{totals['double_grants']}**"),
        ("other violations", f"**{totals['other_violations']}**"),
        (
            "rebuilds compared, differing",
            f"{totals['rebuilds_compared']}, **{totals['rebuilds_differing']}**",
        ),
        (
            "histories linearizable (porcupine)",
            (
                f"{totals['histories_linearizable']} of {totals['histories_checked']}, "
                f"{totals['operations_checked']:,} operations"
            ),
        ),
    ]
    return [f"| {name} | {value} |" for name, value in rows]


def _row(name: str, kind: dict[str, Any]) -> str:
    held = kind["held_s"]["p50"] if kind["held_s"] else 0.0
    return (
        f"| {name} | {kind['faults']} | {kind['targets']} | {held:.1f} | "
        f"{_three(kind['answered_s'])} | {_three(kind['drained_s'])} |"
    )


def _three(measured: dict[str, float] | None) -> str:
    if measured is None:
        return "not asked"
    return f"{measured['p50']:.1f} / {measured['p95']:.1f} / {measured['max']:.1f}"
