"""Opioids handed to patients: how much on whose prescriptions, and where. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.surveillance.measures.measure import Key, Measure
from services.surveillance.measures.ties import Pairs


@dataclass(frozen=True)
class Doses:
    """(patient, practice) and (patient, pharmacy or chain) -> thousandths of morphine milligram
    equivalents in `TIES_MONTHS`. However small: many little ones may be the pattern."""

    of_practice: Pairs = field(default_factory=dict)
    at_pharmacy: Pairs = field(default_factory=dict)


def doses(counters: Mapping[Key, int]) -> Doses:
    """The doses in counters of the months in question."""
    pairs: dict[Measure, dict[tuple[str, str], int]] = {
        Measure.MME_OF_PRACTICE: defaultdict(int),
        Measure.MME_AT_PHARMACY: defaultdict(int),
    }
    for key, value in counters.items():
        if key.measure in pairs:
            pairs[key.measure][key.subject, key.part] += value
    kept = {
        measure: {pair: value for pair, value in of.items() if value > 0}
        for measure, of in pairs.items()
    }
    return Doses(kept[Measure.MME_OF_PRACTICE], kept[Measure.MME_AT_PHARMACY])
