"""Other parameters on the same history: what they would add and remove, and nothing else."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import services.surveillance.parameters as shipped
from infra.evaluation.country.generator import Country
from infra.evaluation.whatif import WhatIf, proposal
from services.surveillance.parameters import Parameters, ParametersError

EVER = datetime(2000, 1, 1, tzinfo=UTC)
LIVE = yaml.safe_load(Path(shipped.__file__).with_name("parameters.yaml").read_text("utf-8"))
COUNTRY = Country.of(5, 100)


def _proposed(folder: Path, rule: str, **limits: Any) -> Parameters:
    entry = deepcopy(LIVE["rules"][rule][-1])
    entry["limits"].update(limits)
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump({"rules": {rule: [entry]}}, allow_unicode=True), "utf-8")
    return proposal(path)


def _judged(proposed: Parameters, since: datetime = EVER) -> WhatIf:
    compared = WhatIf(Parameters.load(), proposed, since)
    for patient in COUNTRY.everybody():
        compared.judge(patient.facts)
    return compared


def test_the_same_parameters_change_nothing(tmp_path: Path) -> None:
    compared = _judged(_proposed(tmp_path, "mpe"))
    assert compared.differences == []
    assert compared.before == compared.after != {}
    assert compared.told()[-1] == "Nothing would change."


def test_a_higher_threshold_removes_alerts_of_its_rule_and_adds_none(tmp_path: Path) -> None:
    compared = _judged(_proposed(tmp_path, "mpe", practices_min=5))
    kinds = {(d.alert.rule, d.kind) for d in compared.differences}
    assert ("mpe", "removed") in kinds
    assert kinds <= {("mpe", "removed"), ("mpe", "changed")}
    assert compared.after["mpe"] < compared.before["mpe"]


def test_a_lower_threshold_adds_alerts_of_its_rule_and_removes_none(tmp_path: Path) -> None:
    compared = _judged(_proposed(tmp_path, "pharmacy-shopping", pharmacies_min=3))
    kinds = {(d.alert.rule, d.kind) for d in compared.differences}
    assert ("pharmacy-shopping", "added") in kinds
    assert not any(kind == "removed" for _, kind in kinds)
    assert {rule for rule, _ in kinds} == {"pharmacy-shopping"}


def test_alerts_that_ended_before_the_day_are_left_out(tmp_path: Path) -> None:
    compared = _judged(
        _proposed(tmp_path, "mpe", practices_min=5), datetime(2030, 1, 1, tzinfo=UTC)
    )
    assert compared.differences == []
    assert not compared.before


def test_a_file_with_an_unknown_rule_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    entry = LIVE["rules"]["mpe"][-1]
    path.write_text(yaml.safe_dump({"rules": {"no-such-rule": [entry]}}), "utf-8")
    with pytest.raises(ParametersError, match="no-such-rule"):
        proposal(path)
