"""One entry of every directory, and a law, with every field set."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.contracts.directories import (
    FacilityListed,
    FacilityPeriod,
    LawPublished,
    MedicineListed,
    MedicinePeriod,
    Practice,
    PractisingLicence,
    PractitionerListed,
)


def directory_events() -> list[msgspec.Struct]:
    days = {"valid_from": date(2018, 1, 1), "valid_until": date(2026, 11, 22)}
    origin = {"entry_version": "0123456789ab", "load_id": "facilities-ba9876543210"}
    return [
        FacilityListed(
            facility_id="01001",
            periods=(
                FacilityPeriod(
                    **days,
                    licence_number="GP-1",
                    name="Bệnh viện mẫu",
                    kind="hospital",
                    level="specialised",
                    specialty="oncology",
                    has_beds=True,
                    permitted_classes=("NONE", "NARCOTIC"),
                    province="01",
                    latitude=21.0278,
                    longitude=105.8342,
                    chain_id="chain-1",
                ),
            ),
            **origin,
        ),
        PractitionerListed(
            practitioner_id="PERSON-1",
            licences=(
                PractisingLicence(
                    **days,
                    number="000001/HNO-CCHN",
                    specialties=("general", "oncology"),
                    permitted_classes=("PSYCHOTROPIC",),
                ),
            ),
            practices=(Practice(**days, facility_id="01001", narcotic_signature=True),),
            **origin,
        ),
        MedicineListed(
            drug_code="DQG00001",
            periods=(
                MedicinePeriod(
                    **days,
                    registration_numbers=("VD-90001-19", "893111900126"),
                    name="Morphin mẫu 30",
                    ingredients=("morphine",),
                    atc="N02AA01",
                    strength_mg=Decimal("30.000"),
                    control_class="NARCOTIC",
                    prescription_only=True,
                    form="tablet",
                    route="oral",
                    unit="viên",
                    pack_size=Decimal("10.000"),
                ),
            ),
            **origin,
        ),
        LawPublished(
            country="VN",
            versions=("vn-origin-01234567", "vn-2025-07-01-89abcdef"),
            text="rules: []",
            sha256="0" * 64,
        ),
    ]
