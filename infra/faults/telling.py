"""From what happened to the lines of the journal, and to what is shown while it happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from infra.faults.bouts import Outcome
from infra.faults.deep import Findings
from infra.faults.history import clock
from infra.faults.journal import Segment, Struck
from infra.faults.kinds import KINDS
from infra.faults.life import Traffic
from infra.faults.plan import Bout


@dataclass
class Period:
    """One segment of traffic while it runs: where it is, what it has seen."""

    life: int
    segment: int
    histories: list[Path]
    faults: int = 0
    bouts: list[int] = field(default_factory=list)
    began: float = field(default_factory=clock)


def struck(bout: Bout, outcome: Outcome, period: Period) -> Iterator[Struck]:
    for strike in outcome.strikes:
        others = (f"{c.kind} {c.target}" for c in bout.cards if c is not strike.card)
        yield Struck(
            number=strike.card.number,
            bout=bout.number,
            life=period.life,
            segment=period.segment,
            kind=strike.card.kind,
            family=KINDS[strike.card.kind].family,
            target=strike.card.target,
            detail=strike.fault.detail,
            at=strike.at,
            held_s=round(strike.held_s, 3),
            answered_s=None if strike.answered_s is None else round(strike.answered_s, 3),
            drained_s=round(strike.drained_s, 3),
            calls=outcome.calls,
            together_with=tuple(others),
        )


def segment(traffic: Traffic, period: Period, found: Findings) -> Segment:
    counted = found.counted()
    order = found.linearizable
    grants = sum(count for check, count in counted.items() if "grant" in check or "hold" in check)
    lost = sum(count for check, count in counted.items() if "acknowledged" in check)
    return Segment(
        segment=period.segment,
        life=period.life,
        faults=period.faults,
        calls=traffic.calls,
        acknowledged=traffic.acknowledged,
        unknown=traffic.unknown,
        records=found.records,
        unreadable=found.unreadable,
        lost=lost,
        overlapping_grants=grants,
        other_violations=len(found.violations) - lost - grants,
        linearizable=order.holds if order is not None and order.was_run else None,
        operations_checked=order.operations if order is not None else 0,
        rebuilds_compared=1,
        rebuilds_differing=0 if found.is_rebuild_same else 1,
        seconds=round(clock() - period.began, 1),
        checks_s=round(found.seconds, 1),
    )


def progress(line: Struck, number: int) -> str:
    answered = "" if line.answered_s is None else f"answered {line.answered_s:5.2f} s  "
    detail = f" ({line.detail})" if line.detail else ""
    beside = "" if not line.together_with else f"  with {', '.join(line.together_with)}"
    return (
        f"{number:5d}  {line.kind:<19}{line.target}{detail}  {answered}"
        f"drained {line.drained_s:5.2f} s  {line.calls} calls{beside}"
    )


def checked(line: Segment, found: Findings) -> str:
    order = found.linearizable
    words = "not checked" if order is None or not order.was_run else str(order.holds).lower()
    return (
        f"checked after {line.faults} faults: {line.calls} calls, {line.acknowledged} "
        f"acknowledged, {line.records} records, linearizable: {words} "
        f"({line.operations_checked} operations), rebuild "
        f"{'same' if found.is_rebuild_same else 'DIFFERENT'}, "
        f"{len(found.violations)} violations ({line.checks_s:.0f} s)"
    )
