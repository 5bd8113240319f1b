"""What is counted about prescribers, pharmacies and the ties between people.

A counter is a whole number under a `Key`: which measure, of whom, in which period, and, where the
measure has parts, of which part (a pharmacy, a patient, a rule). Counters are additive: those of
several partitions, days or patients may be summed, and a fact that is withdrawn is subtracted.
"""

from __future__ import annotations

from enum import IntEnum, unique
from typing import Literal, NamedTuple

from services.surveillance.measures.months import Month, month_of

Subject = Literal["prescriber", "pharmacy", "patient"]

SLOT_MS = 15 * 60_000
"""Length of the shortest period that is counted: a quarter of an hour."""

SLOTS_A_DAY = 96
_SLOT_SHIFT = 28
"""Quarter hours that local midnight (UTC+7) comes before that of UTC."""


@unique
class Measure(IntEnum):
    """Numbers are kept in tables: one is never given another meaning, new ones get new numbers.

    "Controlled" leaves out what was prescribed for cancer or in palliative care. Ties (41 to 43,
    45 and 46) leave out sales on the prescriber's own site, where everybody is tied to everybody.
    """

    PRESCRIPTIONS = 1
    """Prescriptions of a prescriber on a day."""
    CONTROLLED = 2
    """Of these, in a month, with a controlled medicine."""
    CONTROLLED_AT_NIGHT = 3
    """Of these, issued from 22:00 until before 05:00 local time."""
    BY_QUARTER_HOUR = 4
    """Prescriptions of a prescriber in a quarter of an hour (the period is its number)."""
    TEMPLATES = 5
    """Controlled prescriptions of a month; part: the set of medicines with their days."""
    PRACTICES = 6
    """Prescriptions of a month; part: the practice."""
    SOLD_AT = 7
    """Prescriptions of a prescriber that were sold on a day; part: the pharmacy, and not one on
    the prescriber's own site."""
    PATIENTS = 8
    """Patients with a controlled prescription in a month."""
    OPIOID_MME = 9
    """Thousandths of morphine milligram equivalents prescribed in a month, all days together."""
    OPIOID_DAYS = 10
    """Days' supply these were prescribed for."""
    ALERTS_OF_PATIENTS = 11
    """Open alerts about patients whose evidence names the prescriber; part: the rule."""

    DISPENSES = 21
    """Dispenses of a pharmacy in a month that hold."""
    REVERSED = 22
    """Dispenses of the month that were taken back."""
    REVERSED_LATE = 23
    """Of these, more than 7 days after the dispense."""
    CUSTOMERS = 24
    """Patients with a dispense in a month."""
    PRESCRIBERS_SERVED = 25
    """Dispenses of a month; part: the prescriber."""
    OPIOIDS_SOLD = 26
    """Dispenses of a month with an opioid."""
    SEDATIVES_SOLD = 27
    """Dispenses of a month with a benzodiazepine or a Z-drug."""
    COLLECTED_AFTER = 28
    """Dispenses of a month; part: local days from issue to sale. Those whose prescription is not
    known, and narcotic prescriptions (they have periods of their own), are left out."""

    PATIENT_AT_PHARMACY = 41
    """Controlled dispenses of a pharmacy in a month; part: the patient."""
    PATIENT_OF_PRESCRIBER = 42
    """Controlled dispenses on a prescriber's prescriptions in a month; part: the patient."""
    PRESCRIBER_AT_PHARMACY = 43
    """Controlled dispenses of a pharmacy in a month; part: the prescriber."""
    ALERTS = 44
    """Open alerts about a patient that began in the month; part: the rule."""
    MME_OF_PRACTICE = 45
    """Thousandths of morphine milligram equivalents handed to a patient in a month, all days
    together; part: the practice that prescribed them, whoever in it did."""
    MME_AT_PHARMACY = 46
    """The same; part: the pharmacy's chain, or the pharmacy where it has none."""

    __hash__ = int.__hash__  # an enum hashes its name, in Python: keys are hashed all the time


class Key(NamedTuple):
    """`period` is a local day; months count on their first day, quarter hours by `slot_of`."""

    measure: Measure
    subject: str
    period: int
    part: str = ""

    @property
    def month(self) -> Month:
        """The month the period lies in."""
        by_slot = self.measure is Measure.BY_QUARTER_HOUR
        return month_of(self.period // SLOTS_A_DAY if by_slot else self.period)


def slot_of(at: int) -> int:
    """The local quarter of an hour of epoch milliseconds; 96 make a local day."""
    return at // SLOT_MS + _SLOT_SHIFT


def kind_of(measure: Measure) -> Subject:
    """Whom a measure is about."""
    if measure in (Measure.PATIENT_OF_PRESCRIBER, *_OF_PRESCRIBERS):
        return "prescriber"
    return "patient" if measure in _OF_PATIENTS else "pharmacy"


_OF_PRESCRIBERS = frozenset(measure for measure in Measure if measure < Measure.DISPENSES)
_OF_PATIENTS = frozenset((Measure.ALERTS, Measure.MME_OF_PRACTICE, Measure.MME_AT_PHARMACY))
