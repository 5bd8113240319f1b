"""The rules in force, one file each. To add or remove a rule: its file, its test, its line here and
its entry in `parameters.yaml`. Nothing else names a rule."""

from __future__ import annotations

from services.surveillance.findings import AnyRule
from services.surveillance.rules.patient import (
    cob,
    early_refill,
    impossible_travel,
    mme_daily,
    mme_extreme,
    mpe,
    naive_high,
    opioid_overlap,
    possession_excess,
    trinity,
)

RULES: tuple[AnyRule, ...] = (
    early_refill.RULE,
    cob.RULE,
    mpe.RULE,
    impossible_travel.RULE,
    opioid_overlap.RULE,
    trinity.RULE,
    mme_daily.RULE,
    mme_extreme.RULE,
    naive_high.RULE,
    possession_excess.RULE,
)
