"""Entries of the directories, and the law: what the writers look up and stamp into submissions.

Each value is the whole entry of its key, with everything that ever was in force: its topic is
compacted, so only the last value of a key stays. Days are days of the country's calendar; an
interval holds from `valid_from` to `valid_until`, both included, None while it has no end.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.contracts.terms import Contract, ControlClass


class Period(Contract, frozen=True, kw_only=True):
    """An interval of days."""

    valid_from: date
    valid_until: date | None = None


class FacilityPeriod(Period, frozen=True, kw_only=True):
    """A facility under one licence. A day in no period is a day without a licence."""

    licence_number: str
    name: str
    kind: str
    level: str = ""
    specialty: str = ""
    has_beds: bool = False
    permitted_classes: tuple[str, ...] = ()
    province: str = ""
    latitude: float | None = None
    longitude: float | None = None
    chain_id: str = ""


class FacilityListed(Contract, frozen=True, kw_only=True):
    """A facility was listed, or its entry changed."""

    facility_id: str
    periods: tuple[FacilityPeriod, ...]
    entry_version: str
    load_id: str


class PractisingLicence(Period, frozen=True, kw_only=True):
    """A licence to practise and what it covers: specialties, controlled classes."""

    number: str
    specialties: tuple[str, ...] = ()
    permitted_classes: tuple[str, ...] = ()


class Practice(Period, frozen=True, kw_only=True):
    """Somebody prescribes at a facility."""

    facility_id: str
    narcotic_signature: bool = False


class PractitionerListed(Contract, frozen=True, kw_only=True):
    """A prescriber was listed, or the entry changed. No name, no contact, nothing of the person."""

    practitioner_id: str
    licences: tuple[PractisingLicence, ...]
    practices: tuple[Practice, ...] = ()
    entry_version: str
    load_id: str


class MedicinePeriod(Period, frozen=True, kw_only=True):
    """A medicine under its registration numbers. A day in no period is one without registration."""

    registration_numbers: tuple[str, ...] = ()
    name: str
    ingredients: tuple[str, ...]
    atc: str = ""
    strength_mg: Decimal | None = None
    control_class: ControlClass = "UNKNOWN"
    prescription_only: bool | None = None
    form: str = ""
    route: str = ""
    unit: str
    pack_size: Decimal | None = None


class MedicineListed(Contract, frozen=True, kw_only=True):
    """A medicine was listed, or its entry changed."""

    drug_code: str
    periods: tuple[MedicinePeriod, ...]
    entry_version: str
    load_id: str


class LawPublished(Contract, frozen=True, kw_only=True):
    """The law was published: the whole file, with every period of the past."""

    country: str
    versions: tuple[str, ...]
    text: str
    sha256: str


Entry = FacilityListed | PractitionerListed | MedicineListed
"""What a directory holds one of per key."""
