"""Panels of sites put together: what the counters of all of them would come to. Pure.

No prescriber, pharmacy or patient is at two sites, so nothing is added up, and who is compared with
whom is decided afterwards.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from services.surveillance.measures.doses import Doses
from services.surveillance.measures.ledger import places
from services.surveillance.measures.months import Month
from services.surveillance.measures.panel import Panel, with_peers
from services.surveillance.measures.peers import Peers, Place
from services.surveillance.measures.signals import SubjectKind
from services.surveillance.measures.ties import Ties

K = TypeVar("K")
V = TypeVar("V")


def merged(kind: SubjectKind, month: Month, panels: Sequence[Panel]) -> Panel:
    """One panel of all, without peers. Raises ValueError if somebody is in two of them."""
    return Panel(
        kind=kind,
        month=month,
        totals=_union(panel.totals for panel in panels),
        totals_before=_union(panel.totals_before for panel in panels),
        parts=_union(panel.parts for panel in panels),
        series=_union(panel.series for panel in panels),
        peaks=_union(panel.peaks for panel in panels),
        sold_at=_union(panel.sold_at for panel in panels),
        ties=_ties([panel.ties for panel in panels]),
        doses=Doses(
            of_practice=_union(panel.doses.of_practice for panel in panels),
            at_pharmacy=_union(panel.doses.at_pharmacy for panel in panels),
        ),
    )


def compared(panel: Panel, directory: Mapping[str, Place]) -> Panel:
    """The same panel with the peers that a directory gives."""
    nowhere = Place()
    return with_peers(panel, Peers(places(panel, lambda at, _month: directory.get(at, nowhere))))


def joined(*directories: Mapping[str, Place]) -> Mapping[str, Place]:
    """Several directories as one."""
    return ChainMap(*map(dict, directories))


def _ties(all_ties: Sequence[Ties]) -> Ties:
    return Ties(
        patient_pharmacy=_union(ties.patient_pharmacy for ties in all_ties),
        patient_prescriber=_union(ties.patient_prescriber for ties in all_ties),
        prescriber_pharmacy=_union(ties.prescriber_pharmacy for ties in all_ties),
        of_pharmacy=_union(ties.of_pharmacy for ties in all_ties),
        of_prescriber=_union(ties.of_prescriber for ties in all_ties),
        flags=_union(ties.flags for ties in all_ties),
    )


def _union(parts: Iterable[Mapping[K, V]]) -> dict[K, V]:
    found: dict[K, V] = {}
    expected = 0
    for part in parts:
        expected += len(part)
        found.update(part)
    if len(found) < expected:
        raise ValueError("Somebody is at two sites: give every place an id of its own.")
    return found
