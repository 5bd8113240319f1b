"""From the counter to the regulator: dispense -> fact -> timeline -> alert -> oversight."""

from __future__ import annotations

from typing import Any

import pytest

from tests.network.waiting import until
from tests.people import People, a_draft

pytestmark = pytest.mark.network


async def test_an_opioid_with_a_benzodiazepine_reaches_the_regulator(
    people: People,
) -> None:
    patient = a_draft()["patient"] | {"citizen_number": "001090000999"}
    # The longer supply first: seven days overlap even if midnight passes in between.
    for ingredient, letter, days in (("diazepam", "h", 10), ("tramadol", "n", 7)):
        draft = controlled_draft(patient, ingredient, letter, days)
        code = await people.issued_code(draft)
        assert (await people.reserve(code)).json()["result"] == "granted"
        sold = await people.dispense(
            code,
            float(draft["lines"][0]["quantity"]),
            drug_code=draft["lines"][0]["drug_code"],
            days_supply=draft["lines"][0]["days_supply"],
        )
        assert sold.json()["reasons"] == []
    ref = (await people.look_up(f"/prescriptions/{code}")).json()["patient_ref"]

    async def alert_is_there() -> bool:
        found = await people.ask(
            "GET",
            "oversight",
            f"/alerts?subject={ref}&purpose=case-1&statistics=true",
            role="regulator",
            facility="01991",
        )
        return found.status_code == 200 and any(a["rule"] == "cob" for a in found.json()["alerts"])

    await until(alert_is_there, "the alert at oversight")


def controlled_draft(
    patient: dict[str, Any], ingredient: str, letter: str, days: int
) -> dict[str, Any]:
    """A lawful prescription of fourteen tablets of a controlled medicine for so many days."""
    product = CONTROLLED[ingredient]
    return a_draft(
        prescription_type=letter,
        patient=patient,
        lines=[
            {
                "drug_code": product,
                "active_ingredient": ingredient,
                "trade_name": "Thuốc mẫu",
                "unit": "viên",
                "quantity": "14",
                "quantity_in_words": "mười bốn",
                "dosage_instruction": f"Uống trong {days} ngày",
                "days_supply": days,
            }
        ],
    )


CONTROLLED = {"tramadol": "DQGMAU0012", "diazepam": "DQGMAU0023"}
