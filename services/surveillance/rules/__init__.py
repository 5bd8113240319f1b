"""The rules in force, one file each. To add or remove a rule: its file, its test, its line here and
its entry in `parameters.yaml`. Nothing else names a rule."""

from __future__ import annotations

from services.surveillance.findings import AnyRule
from services.surveillance.measures.signals import AnyMeasureRule
from services.surveillance.rules.patient import (
    cob,
    dup_l4,
    dup_l5,
    early_refill,
    ghost_patient,
    impossible_travel,
    mme_daily,
    mme_extreme,
    mpe,
    naive_high,
    opioid_overlap,
    overlap_shopping,
    pharmacy_shopping,
    possession_excess,
    rx_splitting,
    same_day_multi_facility,
    shopper_centrality,
    trinity,
    visit_frequency,
)
from services.surveillance.rules.pharmacy import (
    cancel_rate,
    collusion_ring,
    expiry_harvest,
    pharmacy_outlier,
)
from services.surveillance.rules.prescriber import (
    out_of_hours,
    pill_mill,
    prescriber_ctrl_share,
    prescriber_surge,
    prescriber_volume,
    same_pharmacy,
    template_scripts,
    throughput,
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
    *mpe.PROFILES,
    pharmacy_shopping.RULE,
    overlap_shopping.RULE,
    dup_l5.RULE,
    dup_l4.RULE,
    rx_splitting.RULE,
    same_day_multi_facility.RULE,
    visit_frequency.RULE,
    ghost_patient.RULE,
)
"""About patients: each looks at one timeline."""

MEASURE_RULES: tuple[AnyMeasureRule, ...] = (
    prescriber_volume.RULE,
    prescriber_ctrl_share.RULE,
    prescriber_surge.RULE,
    out_of_hours.RULE,
    throughput.RULE,
    same_pharmacy.RULE,
    template_scripts.RULE,
    pill_mill.RULE,
    pharmacy_outlier.RULE,
    cancel_rate.RULE,
    expiry_harvest.RULE,
    collusion_ring.RULE,
    shopper_centrality.RULE,
)
"""About prescribers, pharmacies, and patients among all: each looks at a month's counters."""
