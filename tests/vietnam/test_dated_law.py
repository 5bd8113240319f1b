"""A record is judged by the law of its own day."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from vietnam_drafts import BATCHES, LAW, cancer, ordinary

from services.vietnam.law import LAW_FILE, Law, LawError

MIDNIGHT = datetime(2025, 6, 30, 17, 0, tzinfo=UTC)
"""The first moment of 1 July 2025 in Vietnam."""


def test_last_years_record_gets_last_years_rules() -> None:
    """Ninety days for hypertension are lawful since TT 26/2025, not before."""
    given = ordinary().but("diagnoses.0.icd10", "I10").but("lines.0.days_supply", 90)
    assert given.but("authored_on", "2025-07-01T00:00:00+07:00").broken == []
    before = given.but("authored_on", "2025-06-30T23:59:59+07:00").violations
    assert [(v.rule, v.source) for v in before] == [
        ("days-over-maximum", "TT 52/2017/TT-BYT Art 4")
    ]


def test_aids_was_a_reason_for_narcotic_batches_until_tt_26() -> None:
    given = cancer().but("diagnoses.0.icd10", "B20.9")
    batches = [
        batch | {key: str(batch[key]).replace("2026", "2024") for key in ("start_on", "end_on")}
        for batch in BATCHES
    ]
    old = given.but("authored_on", "2024-10-05T08:00:00+07:00").but("batches", batches)
    assert old.broken == []
    assert ("n-over-7d", "lines[0].days_supply") in given.broken


def test_the_law_changes_at_local_midnight() -> None:
    before = LAW.at(MIDNIGHT.replace(hour=16, minute=59, second=59))
    assert before.rule("n-bedless") is None
    assert LAW.at(MIDNIGHT).rule("n-bedless") is not None
    assert before.version != LAW.at(MIDNIGHT).version


def test_between_two_changes_the_version_stays() -> None:
    first, later = datetime(2026, 3, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)
    assert LAW.at(first) is LAW.at(later)
    assert LAW.at(first).version.startswith("vn-2026-03-01-")


def test_before_the_first_known_rule_only_undated_ones_hold() -> None:
    oldest = LAW.at(datetime(1900, 1, 1, tzinfo=UTC))
    assert oldest.version == LAW.versions[0]
    assert oldest.rule("code-malformed") is not None
    assert oldest.rule("days-over-maximum") is None
    assert oldest.validity_days == 5


def test_the_policy_numbers_of_today() -> None:
    law = LAW.at(MIDNIGHT)
    assert (law.validity_days, law.discharge_validity_days) == (5, 2)
    assert (law.early_collection_days, law.hold_minutes) == (3, 30)


def test_the_partial_annex_says_that_it_is_partial() -> None:
    assert LAW.at(MIDNIGHT).diagnosis_groups["annex-vii"].status == "sample"


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        LAW.at(datetime(2026, 1, 1))  # noqa: DTZ001


CONTENT = yaml.safe_load(LAW_FILE.read_text(encoding="utf-8"))


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "law.yaml"
    path.write_text(json.dumps(content, default=str), encoding="utf-8")  # JSON is YAML
    return path


def edited(tmp_path: Path, section: str, index: int, **values: object) -> Path:
    content = copy.deepcopy(CONTENT)
    content[section][index] |= values
    return written(tmp_path, content)


def test_other_words_leave_the_version_and_other_numbers_change_it(tmp_path: Path) -> None:
    title = {"vi": "Khác", "en": "Other"}
    assert Law.load(edited(tmp_path, "policies", -1, title=title)).versions == LAW.versions
    changed = Law.load(edited(tmp_path, "policies", -1, value=31)).versions
    assert not set(changed) & set(LAW.versions)


def test_a_rule_for_tomorrow_leaves_the_versions_of_today(tmp_path: Path) -> None:
    content = copy.deepcopy(CONTENT)
    hold = dict(content["policies"][-1])
    content["policies"][-1]["in_force_until"] = "2030-12-31"
    content["policies"].append(hold | {"in_force_from": "2031-01-01", "value": 20})
    law = Law.load(written(tmp_path, content))
    assert law.versions[:-1] == LAW.versions
    assert law.at(datetime(2031, 1, 1, tzinfo=UTC)).hold_minutes == 20


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("rules", {"severity": "S9"}),
        ("rules", {"unknown": 1}),
        ("rules", {"in_force_from": "yesterday"}),
        ("rules", {"source": ""}),
        ("diagnosis_groups", {"codes": ["C00-"]}),
        ("policies", {"value": -1}),
    ],
)
def test_a_wrong_law_file_is_refused(
    tmp_path: Path, section: str, values: dict[str, object]
) -> None:
    with pytest.raises(LawError, match=r"law\.yaml"):
        Law.load(edited(tmp_path, section, -1, **values))


def test_two_versions_on_one_day_are_refused(tmp_path: Path) -> None:
    content = copy.deepcopy(CONTENT)
    content["policies"].append(content["policies"][-1])
    with pytest.raises(LawError, match="hold-minutes"):
        Law.load(written(tmp_path, content))


def test_a_parameter_of_the_wrong_kind_is_named() -> None:
    rule = LAW.at(MIDNIGHT).rules["n-tranche"]
    for read in (rule.number, rule.limits):
        with pytest.raises(LawError, match="diagnoses"):
            read("diagnoses")
    with pytest.raises(LawError, match="batches"):
        rule.names("batches")
