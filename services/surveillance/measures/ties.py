"""Who has to do with whom: controlled sales that tie patients, prescribers and pharmacies. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.surveillance.measures.measure import Key, Measure

TIES_MONTHS = 3
"""The month under review and two before: some 90 days."""

TIE_MIN = 3
"""Fewer sales in that time tie nobody: a monthly refill makes three."""

Pairs = Mapping[tuple[str, str], int]
"""(one, other) -> controlled sales."""


@dataclass(frozen=True)
class Ties:
    """Ties of at least `TIE_MIN` sales; `of_pharmacy` and `of_prescriber` are all the controlled
    sales of each, tied or not, and `flags` the rules that found something about a patient."""

    patient_pharmacy: Pairs = field(default_factory=dict)
    patient_prescriber: Pairs = field(default_factory=dict)
    prescriber_pharmacy: Pairs = field(default_factory=dict)
    of_pharmacy: Mapping[str, int] = field(default_factory=dict)
    of_prescriber: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, frozenset[str]] = field(default_factory=dict)


_TIES = {
    Measure.PATIENT_AT_PHARMACY: "patient_pharmacy",
    Measure.PATIENT_OF_PRESCRIBER: "patient_prescriber",
    Measure.PRESCRIBER_AT_PHARMACY: "prescriber_pharmacy",
}


def ties(counters: Mapping[Key, int]) -> Ties:
    """The ties in counters of the months in question."""
    pairs: dict[Measure, dict[tuple[str, str], int]] = {
        measure: defaultdict(int) for measure in _TIES
    }
    of_pharmacy: dict[str, int] = defaultdict(int)
    of_prescriber: dict[str, int] = defaultdict(int)
    flags: dict[str, set[str]] = defaultdict(set)
    for key, count in counters.items():
        if key.measure in pairs:
            pairs[key.measure][key.part, key.subject] += count
        if key.measure is Measure.PRESCRIBER_AT_PHARMACY:
            of_pharmacy[key.subject] += count
            of_prescriber[key.part] += count
        if key.measure is Measure.ALERTS:
            flags[key.subject].add(key.part)
    kept = {
        name: {pair: n for pair, n in pairs[measure].items() if n >= TIE_MIN}
        for measure, name in _TIES.items()
    }
    return Ties(
        **kept,
        of_pharmacy=of_pharmacy,
        of_prescriber=of_prescriber,
        flags={patient: frozenset(rules) for patient, rules in flags.items()},
    )
