"""Dated parameters: which apply when, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.surveillance.parameters import Document, Parameters, ParametersError
from tests.surveillance.artificial import CLASSES, at, parameters

ENTRY: dict[str, Any] = {
    "effective_from": date(2026, 1, 2),
    "enabled": True,
    "mode": "advisory",
    "source": "test",
    "exemptions": ["cancer"],
    "exemption_days": 180,
    "rearm_days": 90,
    "limits": {"practices_min": 4, "pharmacies_min": 4, "window_days": 180},
}


def load(*entries: dict[str, Any], rule: str = "mpe") -> Parameters:
    document = Document.model_validate({"rules": {rule: [{**ENTRY, **e} for e in entries]}})
    return Parameters(document, CLASSES)


def test_an_entry_applies_from_local_midnight_until_the_next() -> None:
    """Nothing applies before the first entry."""
    dated = load({}, {"effective_from": date(2026, 2, 1)})
    assert dated.at(at(0, 23.99)) == {}
    assert dated.at(at(1, 0))["mpe"].name == "1/2026-01-02"
    assert dated.at(at(30, 23.99))["mpe"].name == "1/2026-01-02"
    assert dated.at(at(31, 0))["mpe"].name == "1/2026-02-01"
    assert dated.at(at(9999))["mpe"].name == "1/2026-02-01"


@pytest.mark.parametrize(
    ("entries", "rule", "said"),
    [
        pytest.param([{}], "no-such-rule", "no rule named no-such-rule", id="an unknown rule"),
        pytest.param([{}, {}], "mpe", "ascending effective_from", id="the same day twice"),
        pytest.param([{"exemptions": ["rich"]}], "mpe", "use one of cancer", id="no exemption"),
        pytest.param([{"limits": {"practices_min": 4}}], "mpe", "limits of mpe", id="a gap"),
        pytest.param(
            [{"limits": {**ENTRY["limits"], "window_days": 700}}],
            "mpe",
            "shorten its window",
            id="longer than the horizon",
        ),
    ],
)
def test_what_does_not_fit_is_refused(entries: list[Any], rule: str, said: str) -> None:
    """The message names the place and says what to do."""
    with pytest.raises(ParametersError, match=said):
        load(*entries, rule=rule)


def test_a_file_that_is_no_parameters_is_refused(tmp_path: Path) -> None:
    """With the name of the file."""
    place = tmp_path / "mine.yaml"
    place.write_text("rules: {mpe: [{mode: loud}]}", "utf-8")
    with pytest.raises(ParametersError, match=r"Correct mine\.yaml"):
        Parameters.load(place)


def test_alerts_carry_the_numbers_they_were_found_with() -> None:
    """Every single number, the mode and the exemptions considered."""
    assert dict(parameters("mpe").at(at(0))["mpe"].figures) == {
        "limit_practices_min": "4",
        "limit_pharmacies_min": "4",
        "limit_window_days": "180",
        "exemptions_considered": "cancer, palliative",
        "mode": "advisory",
    }
