"""What the page says of the rules of the literature that surveillance does not have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.evaluation.report import not_ours
from infra.evaluation.undecidable import JUDGED_BY_REGISTRY, UNDECIDABLE
from services.contracts.reasons import FINDINGS, HAPPENINGS, REFUSALS
from services.contracts.rule_texts import RULE_TEXTS

PAGE = Path(__file__).parents[2] / "DETECTION.md"
CODES = {*REFUSALS, *FINDINGS, *HAPPENINGS}


def test_the_page_shows_these_lists() -> None:
    assert not_ours() in PAGE.read_text("utf-8")


def test_every_claims_rule_and_the_burst_are_listed() -> None:
    """No rule of the literature is left out in silence."""
    listed = {
        name for names, *_ in (*JUDGED_BY_REGISTRY, *UNDECIDABLE) for name in names.split(", ")
    }
    assert listed >= {
        "claim-no-dispense",
        "claim-qty-over",
        "claim-duplicate",
        "claim-cancelled",
        "claim-after-window",
        "backdate-burst",
    }
    assert not listed & RULE_TEXTS.keys()


@pytest.mark.parametrize(("rule", "told"), JUDGED_BY_REGISTRY)
def test_what_the_registry_says_of_a_claim_is_among_its_reasons(rule: str, told: str) -> None:
    codes = re.findall(r"`([^`]+)`", told)
    assert codes
    assert set(codes) <= CODES, rule
