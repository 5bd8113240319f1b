"""Rules of the literature that our events cannot decide, and why. No rule pretends to."""

from __future__ import annotations

_SEALED = "identity and addresses are sealed with the patient's key; surveillance never sees them"

UNDECIDABLE: tuple[tuple[str, str], ...] = (
    ("long-distance", f"where a patient lives: {_SEALED}"),
    ("deceased", "there are no events of deaths"),
    ("shared-phone, shared-id, identity-cluster", _SEALED),
    ("self-prescribing", f"whether prescriber and patient are one person: {_SEALED}"),
    ("cash-bypass", "how a sale was paid for is not among the events"),
    ("no-rx, abx-no-rx", "a sale without a prescription code is no event"),
    ("stock-imbalance", "what pharmacies buy and hold in stock is not among the events"),
    ("claim-amount-over, upcoding", "claims carry quantities, no prices"),
    (
        "claim-benefit-level",
        "the card's benefit level and the visit's cost are not among the events",
    ),
    ("visit-split", "visits and examination fees are not among the events"),
    ("inpatient-overlap", "hospital stays are not among the events"),
)
"""Name of the rule or rules, and the reason."""
