"""All places of a country: generated, counted, reviewed, scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from infra.evaluation.oracle.asking_places import (
    PLACE_RULES,
    ComparedMonths,
    Month,
    ask_places,
    compare_months,
)
from infra.evaluation.places.folding import MONTH_NUMBERS, Counted, count_sites, is_asked_twice
from infra.evaluation.places.report import Places
from infra.evaluation.places.reviewing import RULES, Nation, final_panel
from infra.evaluation.places.scoring import score
from infra.evaluation.places.sites import Sites
from infra.evaluation.verdicts import modes_of_places, verdicts
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.measures.ledger import KINDS
from services.surveillance.measures.reviewing import find
from services.surveillance.parameters import Parameters

COMPARE_WITH_PEERS = (
    "prescriber-volume",
    "prescriber-ctrl-share",
    "pill-mill",
    "pharmacy-outlier",
    "cancel-rate",
    "shopper-centrality",
)


def measure(sites: Sites, processes: int, logs: Path | None = None) -> Places:
    """Everything, on so many processes, with the shipped parameters. With `logs`, an empty folder,
    some rules are asked a second time."""
    nation = _nation(count_sites(sites, processes, logs))
    twice: list[ComparedMonths] = []
    if logs is not None:
        asked = ask_places(sorted(logs.iterdir()), MONTH_NUMBERS, processes)
        twice = compare_months(found_by_engine(nation, is_asked_twice), asked)
    return _measured(sites, nation, twice)


def measured(sites: Sites, counted: Iterable[Counted]) -> Places:
    """What sites that were counted come to."""
    return _measured(sites, _nation(counted), [])


def everywhere(_number: int) -> bool:
    """At every site."""
    return True


def found_by_engine(nation: Nation, is_asked: Callable[[int], bool] = everywhere) -> set[Month]:
    """What the rules that are written twice find in the end at the sites that are asked."""
    parameters = MeasureParameters(Parameters.load().document, [RULES[r] for r in PLACE_RULES])
    return {
        Month(found.rule, found.signal.subject, month)
        for one in (*nation.realistic, *nation.enriched)
        if is_asked(one.number)
        for kind in KINDS
        for month in MONTH_NUMBERS
        if (panel := final_panel(one, kind, month)) is not None
        for found in find(panel, parameters)
    }


def _nation(counted: Iterable[Counted]) -> Nation:
    nation = Nation(Parameters.load().document)
    nation.take(counted)
    return nation


def _measured(sites: Sites, nation: Nation, twice: Sequence[ComparedMonths]) -> Places:
    scores = score(nation, nation.review())
    labels = [one.label for one in nation.realistic if one.label is not None]
    found = verdicts(scores, modes_of_places(Parameters.load()), COMPARE_WITH_PEERS)
    return Places(sites, labels, scores, found, twice)
