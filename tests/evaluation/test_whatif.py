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
from infra.evaluation.whatif_command import whatif
from infra.problem import Problem
from services.surveillance.parameters import Parameters, ParametersError
from services.surveillance.rules import MEASURE_RULES

EVER = datetime(2000, 1, 1, tzinfo=UTC)
LIVE = yaml.safe_load(Path(shipped.__file__).with_name("parameters.yaml").read_text("utf-8"))
COUNTRY = Country.of(5, 100)


def _proposed(folder: Path, rule: str, **limits: Any) -> Parameters:
    entry = deepcopy(LIVE["rules"][rule][-1])
    entry["limits"].update(limits)
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump({"rules": {rule: [entry]}}, allow_unicode=True), "utf-8")
    return proposal(path, Parameters.load())


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
        proposal(path, Parameters.load())


@pytest.mark.parametrize("rule", [rule.name for rule in MEASURE_RULES])
def test_a_rule_about_more_than_one_patient_is_refused_by_name(tmp_path: Path, rule: str) -> None:
    """Saying that nothing would change would be untrue: nobody looked."""
    with pytest.raises(ParametersError, match=f"{rule}.*one patient"):
        _proposed(tmp_path, rule, some_limit=1)


def test_a_copy_of_the_live_file_changes_nothing_and_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump(LIVE), "utf-8")
    assert proposal(path, Parameters.load()).document == Parameters.load().document


def test_rules_a_file_leaves_out_stay_as_they_are_live(tmp_path: Path) -> None:
    """Live is the configured file, not the shipped one."""
    live = _live_file(tmp_path, "pharmacy-shopping", pharmacies_min=3)
    entry = LIVE["rules"]["mpe"][-1]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"rules": {"mpe": [entry]}}), "utf-8")
    both = proposal(path, Parameters.load(live))
    assert both.document.rules["pharmacy-shopping"][-1].limits["pharmacies_min"] == 3


def _live_file(folder: Path, rule: str, **limits: Any) -> Path:
    document = deepcopy(LIVE)
    document["rules"][rule][-1]["limits"].update(limits)
    path = folder / "live.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    return path


def test_the_command_compares_with_the_configured_parameters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a live file with a changed limit; then proposing that very file changes nothing, and
    proposing the shipped number does."""
    live = _live_file(tmp_path, "pharmacy-shopping", pharmacies_min=3)
    monkeypatch.setenv("RXLOG_PARAMETERS_FILE", str(live))
    whatif(live, generated=100)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"Live: {live}."
    assert said[-1] == "Nothing would change."
    path = tmp_path / "rules.yaml"
    path.write_text(
        yaml.safe_dump({"rules": {"pharmacy-shopping": LIVE["rules"]["pharmacy-shopping"]}}),
        "utf-8",
    )
    whatif(path, generated=100)
    assert "pharmacy-shopping:" in capsys.readouterr().out


def test_the_command_says_that_the_shipped_parameters_are_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RXLOG_PARAMETERS_FILE", raising=False)
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"rules": {"mpe": LIVE["rules"]["mpe"]}}), "utf-8")
    whatif(path, generated=1)
    assert capsys.readouterr().out.splitlines()[0] == "Live: the shipped parameters."


def test_the_command_ends_with_the_problem_of_a_file_it_cannot_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rules.yaml"
    entry = deepcopy(LIVE["rules"]["throughput"][-1])
    entry["rearm_days"] += 1
    path.write_text(yaml.safe_dump({"rules": {"throughput": [entry]}}), "utf-8")
    with pytest.raises(Problem, match="throughput"):
        whatif(path, generated=1)
    monkeypatch.setenv("RXLOG_PARAMETERS_FILE", str(tmp_path / "missing.yaml"))
    with pytest.raises(Problem, match=r"missing\.yaml"):
        whatif(path, generated=1)
