"""Every shipped sample does what its name says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from vietnam_drafts import LAW

from services.vietnam import decision_808
from services.vietnam.catalogue import DRUGS_FILE, DrugCatalogue
from services.vietnam.decision_808 import UnreadableFileError, issuing_facility
from services.vietnam.directory import FACILITIES_FILE, FacilityDirectory
from services.vietnam.draft import PrescriptionDraft
from services.vietnam.law import IssueCase, check_issue, local_day
from services.vietnam.prescription_code import parse
from tests.doctors import DOCTOR

SAMPLES = Path(decision_808.__file__).parent / "samples"
GOOD = sorted((SAMPLES / "808").glob("*.json"))
CATALOGUE = DrugCatalogue.load(DRUGS_FILE)
DIRECTORY = FacilityDirectory.load(FACILITIES_FILE)
RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)

# What each wrong sample is found to be: (where, rule); None where it does not become a draft.
WRONG: dict[str, list[tuple[str, str | None]]] = {
    "ambiguous-quantity": [("thong_tin_don_thuoc[0].so_luong", None)],
    "bad-date": [("ngay_sinh_benh_nhan", None)],
    "bad-sex-code": [("gioi_tinh", None)],
    "cancer-batch-of-15-days": [
        ("batches[0].end_on", "n-tranche"),
        ("batches[1].end_on", "n-tranche"),
    ],
    "child-without-guardian": [("patient.guardian_name", "child-incomplete")],
    "code-of-another-facility": [("prescription_code", "code-forged")],
    "malformed-json": [("line 15, column 1", None)],
    "missing-fields": [
        ("ho_ten_benh_nhan", None),
        ("chan_doan[0].ma_chan_doan", None),
        ("thong_tin_don_thuoc", None),
    ],
    "narcotic-acute-10-days": [("lines[0].days_supply", "n-over-7d")],
    "narcotic-from-clinic-without-beds": [("prescription_type", "n-bedless")],
    "narcotic-on-ordinary": [
        ("lines[0].drug_code", "type-mismatch"),
        ("lines[0].quantity_in_words", "narcotic-words-missing"),
    ],
    "ordinary-120-days": [("lines[0].days_supply", "days-over-maximum")],
    "personal-number-contradicts-sex": [("patient.sex", "personal-number-sex")],
    "psychotropic-acute-20-days": [("lines[0].days_supply", "h-over-limit")],
    "repeated-field": [("gioi_tinh", None)],
    "revisit-is-a-date": [("ngay_tai_kham", None)],
    "two-spellings-disagree": [("ma_so_the_bao_hiem_y_te", None)],
    "unknown-field": [("ten_benh_nhan", None)],
}


def found(document: object) -> list[tuple[str, str | None]]:
    """Where a document is wrong, with the rule when it is the law that finds it."""
    draft = decision_808.parse(document)
    if not isinstance(draft, PrescriptionDraft):
        return [(problem.path, None) for problem in draft]
    day = local_day(draft.authored_on)
    facility = DIRECTORY.find(issuing_facility(document) or "", day)
    assert facility is not None
    drugs = [CATALOGUE.find(line.drug_code, day, line.trade_name) for line in draft.lines]
    assert all(drug.ingredients for drug in drugs)
    law = LAW.at(draft.authored_on)
    violations = check_issue(IssueCase(draft, drugs, facility, DOCTOR, law, RECEIVED))
    assert all(violation.refuses for violation in violations)
    return [(violation.field, violation.rule) for violation in violations]


def found_in(text: str) -> list[tuple[str, str | None]]:
    """Where a file is wrong."""
    try:
        documents = decision_808.read(text)
    except UnreadableFileError as unreadable:
        return [(unreadable.problem.path, None)]
    return [place for document in documents for place in found(document)]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_sample_breaks_nothing(path: Path) -> None:
    assert found_in(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_wrong_sample_is_wrong_where_it_should_be(name: str) -> None:
    text = (SAMPLES / "808-wrong" / f"{name}.json").read_text(encoding="utf-8")
    assert found_in(text) == WRONG[name]


def test_every_wrong_sample_is_known() -> None:
    assert {path.stem for path in (SAMPLES / "808-wrong").glob("*.json")} == set(WRONG)


def test_there_are_about_fifty_prescriptions_of_every_type_under_codes_of_their_own() -> None:
    codes = [
        parse(document["ma_don_thuoc"])
        for path in GOOD
        for document in decision_808.read(path.read_text(encoding="utf-8"))
        if isinstance(document, dict)
    ]
    assert 45 <= len(codes) == len(set(codes))
    assert {code.type for code in codes} == set("cnhyt")


def test_sample_people_are_obviously_made_up() -> None:
    for path in GOOD:
        for document in decision_808.read(path.read_text(encoding="utf-8")):
            assert isinstance(document, dict)
            name = document["ho_ten_benh_nhan"]
            assert name.startswith(("BỆNH NHÂN MẪU ", "Nguyễn Thử "))
