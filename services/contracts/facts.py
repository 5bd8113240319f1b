"""What happened to patients, as the registry tells surveillance."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from services.contracts.terms import Contract, Drug, FactKind


class FactLine(Contract, frozen=True, kw_only=True):
    """One medicine prescribed or handed over."""

    line: int
    drug: Drug
    quantity: Decimal
    days_supply: int | None = None


class FactRecorded(Contract, frozen=True, kw_only=True):
    """A prescription or a dispense, enriched with what detection rules need."""

    fact_id: str
    kind: FactKind = "UNKNOWN"
    patient_ref: str
    prescription_code: str
    occurred_at: datetime
    recorded_at: datetime
    prescriber_id: str
    practice_id: str
    practice_province: str = ""
    practice_latitude: float | None = None
    practice_longitude: float | None = None
    pharmacy_id: str | None = None
    pharmacy_chain_id: str = ""
    pharmacy_province: str = ""
    pharmacy_latitude: float | None = None
    pharmacy_longitude: float | None = None
    treatment: str = "UNKNOWN"
    in_person: bool = True
    lines: tuple[FactLine, ...]
    findings: tuple[str, ...] = ()


class FactWithdrawn(Contract, frozen=True, kw_only=True):
    """A fact no longer holds: its dispense was reversed or its prescription cancelled."""

    fact_id: str
    patient_ref: str
    prescription_code: str
    cause_event_id: str
    occurred_at: datetime
    recorded_at: datetime


class LogTimePassed(Contract, frozen=True, kw_only=True):
    """Every fact that follows from one of the log's partitions until `at` (append time) was told;
    `log_partitions` is how many there are."""

    log_partition: int
    log_partitions: int
    at: datetime


Fact = FactRecorded | FactWithdrawn
