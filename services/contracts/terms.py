"""Terms several events share: a drug, a submitter, a reason, the closed vocabularies."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

ControlClass = Literal["UNKNOWN", "NONE", "NARCOTIC", "PSYCHOTROPIC", "PRECURSOR", "POISON"]
Treatment = Literal["UNKNOWN", "ACUTE", "LONG_TERM", "CHRONIC_LISTED", "CANCER", "PALLIATIVE"]
Verdict = Literal["UNKNOWN", "ACCEPTED", "REFUSED", "PENDING", "RECORDED", "UNREADABLE"]
FactKind = Literal["UNKNOWN", "PRESCRIBED", "DISPENSED"]
LicenceStatus = Literal["UNKNOWN", "ACTIVE", "INACTIVE"]
Severity = Literal["UNKNOWN", "S1", "S2", "S3", "S4"]


class Contract(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A value of the published language: immutable, compared by content.

    It is made of what was there before it and never changes, so it is in no cycle, and the garbage
    collector need not look at it.
    """


class Drug(Contract, frozen=True, kw_only=True):
    """A product as the writer found it in the drug catalogue; unknown is said as unknown."""

    code: str
    name: str = ""
    ingredients: tuple[str, ...] = ()
    atc: str = ""
    strength_mg: Decimal | None = None
    control_class: ControlClass = "UNKNOWN"
    catalogue_version: str = ""
    form: str = ""
    route: str = ""
    pack_size: Decimal | None = None


class Submitter(Contract, frozen=True, kw_only=True):
    """Who sent a record (from the signed token) and where it works (from the directory)."""

    facility_id: str
    role: str
    person_id: str = ""
    licence: str = ""
    province: str = ""
    latitude: float | None = None
    longitude: float | None = None
    chain_id: str = ""
    directory_version: str = ""
    licence_status: LicenceStatus = "UNKNOWN"
    permitted_classes: tuple[str, ...] = ()


class Reason(Contract, frozen=True, kw_only=True):
    """One reason of a refusal, or one finding about a recorded fact. Never personal."""

    code: str
    line: int | None = None
    details: dict[str, str] = {}


def plain(quantity: Decimal) -> str:
    """A quantity as people write it: 20, not 20.000 nor 2E+1."""
    return f"{quantity.normalize():f}"
