"""Why medicines are given, as the law tells it apart, and how long they may be collected."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from services.contracts.terms import Treatment
from services.vietnam.dated_law import LOCAL_TIME, LawInForce, local_day
from services.vietnam.draft import PrescriptionDraft

# The first group that holds one of the diagnoses decides.
_BASES: tuple[tuple[str, Treatment], ...] = (
    ("cancer", "CANCER"),
    ("palliative", "PALLIATIVE"),
    ("annex-vii", "CHRONIC_LISTED"),
    ("long-term", "LONG_TERM"),
    ("acute", "ACUTE"),
)


def treatment_basis(draft: PrescriptionDraft, law: LawInForce) -> Treatment:
    """The treatment the diagnoses stand for; UNKNOWN when no group in force holds one of them."""
    for group, basis in _BASES:
        if is_diagnosed(draft, law, group):
            return basis
    return "UNKNOWN"


def is_diagnosed(draft: PrescriptionDraft, law: LawInForce, *groups: str) -> bool:
    """Whether any diagnosis belongs to one of the groups in force."""
    return any(law.is_in(diagnosis.icd10, *groups) for diagnosis in draft.diagnoses)


def is_batched_narcotic(draft: PrescriptionDraft, law: LawInForce) -> bool:
    """Whether narcotics are given in dated batches to a patient the law grants them (TT 26 Art 8).

    The groups of diagnoses are those of the rule `n-tranche`.
    """
    rule = law.rule("n-tranche")
    return (
        rule is not None
        and draft.prescription_type == "n"
        and bool(draft.batches)
        and is_diagnosed(draft, law, *rule.names("diagnoses"))
    )


def validity(draft: PrescriptionDraft, law: LawInForce) -> tuple[datetime, datetime]:
    """From when until when (UTC) a prescription may be dispensed; the second moment is outside.

    It ends with the last local day within `validity_days` after the day of prescribing (TT 26/2025
    Art 12.9 b), sooner for traditional medicines of a few days given at discharge (TT 55/2025
    Art 15.5 b). Narcotics in batches start with the first batch and end with the last one (TT 26
    Annex II note 10; TT 52/2017 Art 11.3).
    """
    start, last_day = draft.authored_on, local_day(draft.authored_on)
    if is_batched_narcotic(draft, law):
        start = max(start, day_begins(min(batch.start_on for batch in draft.batches)))
        last_day = max(batch.end_on for batch in draft.batches)
    elif is_short_discharge(draft, law):
        last_day += timedelta(days=law.discharge_validity_days)
    else:
        last_day += timedelta(days=law.validity_days)
    return start.astimezone(UTC), day_begins(last_day + timedelta(days=1))


def is_short_discharge(draft: PrescriptionDraft, law: LawInForce) -> bool:
    """Whether it is traditional medicine for a few days given at discharge (TT 55 Art 15.5 b)."""
    return (
        draft.at_discharge
        and draft.prescription_type in {"y", "t"}
        and all(0 < (line.days_supply or 0) <= law.discharge_supply_days for line in draft.lines)
    )


def windows(draft: PrescriptionDraft, law: LawInForce) -> list[tuple[datetime, datetime] | None]:
    """From when until when (UTC) each batch may be collected; the second moment is outside.

    The first batch opens with its first day, later ones up to `early_collection_days` sooner; each
    closes with its last day. None for periods that only say when medicines are taken: those of
    any prescription but narcotics in batches.
    """
    if not is_batched_narcotic(draft, law):
        return [None] * len(draft.batches)
    early = timedelta(days=law.early_collection_days)
    return [
        (
            day_begins(batch.start_on - (early if batch.number > 1 else timedelta())),
            day_begins(batch.end_on + timedelta(days=1)),
        )
        for batch in draft.batches
    ]


def day_begins(day: date) -> datetime:
    """The first moment (UTC) of a local day."""
    return datetime.combine(day, time.min, tzinfo=LOCAL_TIME).astimezone(UTC)
