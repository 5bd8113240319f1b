"""Drug classes: dated lists of ATC codes, and the catalogue's word on control."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from services.contracts.terms import Drug
from services.surveillance.drug_classes import BITS, AtcList, ClassLists, DrugClasses, group_of
from tests.surveillance.artificial import CLASSES

DAY = date(2026, 1, 1)


def classes_of(atc: str, control_class: str = "NONE") -> set[str]:
    drug = Drug(code="MAU", atc=atc, control_class=control_class)
    bits = CLASSES.bits(drug, DAY.toordinal())
    return {name for name, bit in BITS.items() if bits & bit}


@pytest.mark.parametrize(
    ("atc", "expected"),
    [
        pytest.param("N02AX02", {"OPIOID"}, id="tramadol"),
        pytest.param("N02AJ13", {"OPIOID"}, id="tramadol with paracetamol"),
        pytest.param("R05DA04", {"OPIOID"}, id="codeine for cough"),
        pytest.param("R05DA09", set(), id="dextromethorphan is no opiate"),
        pytest.param("N07BC02", set(), id="methadone for maintenance"),
        pytest.param("N05BA01", {"BZD"}, id="diazepam"),
        pytest.param("N03AE01", {"BZD"}, id="clonazepam"),
        pytest.param("N05CF02", {"ZDRUG"}, id="zolpidem"),
        pytest.param("N06BA04", {"STIM"}, id="methylphenidate"),
        pytest.param("N06BA09", set(), id="atomoxetine"),
        pytest.param("N03AX16", {"GABA"}, id="pregabalin by its old code"),
        pytest.param("N02BF02", {"GABA"}, id="pregabalin by its new code"),
        pytest.param("M03BA02", {"MRLX"}, id="carisoprodol"),
        pytest.param("J01CA04", {"ABX"}, id="amoxicillin"),
        pytest.param("C08CA01", set(), id="amlodipine"),
        pytest.param("", set(), id="no code"),
        pytest.param("J0", set(), id="no level of the ATC"),
    ],
)
def test_classes_of_a_medicine(atc: str, expected: set[str]) -> None:
    """By its ATC code."""
    assert classes_of(atc) == expected
    assert classes_of(f" {atc.lower()} ") == expected


@pytest.mark.parametrize(
    ("control_class", "controlled"),
    [
        ("NARCOTIC", True),
        ("PSYCHOTROPIC", True),
        ("PRECURSOR", True),
        ("POISON", False),
        ("NONE", False),
        ("UNKNOWN", True),
    ],
)
def test_the_catalogue_decides_what_is_controlled(control_class: str, controlled: bool) -> None:
    """Only where it does not know does the list of ATC codes."""
    assert ("CTRL" in classes_of("N02AX02", control_class)) is controlled
    assert "CTRL" not in classes_of("C08CA01", "UNKNOWN")


def test_the_day_of_the_fact_decides_on_the_version() -> None:
    """From its first day on; before all versions, the first."""
    opioids, none = AtcList(atc=("N02A",)), AtcList(atc=("N02AA",), without=("N02AA",))
    first = ClassLists(version="1", effective_from=DAY, source="test", classes={"OPIOID": opioids})
    second = ClassLists(
        version="2", effective_from=date(2026, 7, 1), source="test", classes={"OPIOID": none}
    )
    classes = DrugClasses((first, second))
    drug = Drug(code="MAU", atc="N02AA01", control_class="NONE")
    days = (date(2025, 1, 1), date(2026, 6, 30), date(2026, 7, 1))
    assert [classes.bits(drug, day.toordinal()) for day in days] == [1, 1, 0]
    assert [classes.at(day).version for day in days] == ["1", "1", "2"]
    with pytest.raises(ValueError, match="ascending"):
        DrugClasses((second, first))


def test_a_code_that_is_none_is_refused() -> None:
    """The message says what a code looks like."""
    with pytest.raises(ValidationError, match="write levels like N02A"):
        AtcList(atc=("N02AX", "N0"))


@pytest.mark.parametrize(
    ("key", "group"),
    [
        ("N05BA01", "N05BA"),
        ("chlorphenamine", "chlorphenamine"),
        ("codeine", "codeine"),
        ("codeine+paracetamol", "codeine+paracetamol"),
        ("", ""),
    ],
)
def test_medicines_without_a_code_are_a_group_of_their_own(key: str, group: str) -> None:
    assert group_of(key) == group
