"""Rules of the literature that surveillance does not have, and why: the registry judges them, or
our events cannot decide them. No rule pretends to."""

from __future__ import annotations

_SEALED = "identity and addresses are sealed with the patient's key; surveillance never sees them"

JUDGED_BY_REGISTRY: tuple[tuple[str, str], ...] = (
    (
        "claim-no-dispense",
        (
            "waits for its dispense (`claim-pending`) and is refused when none comes "
            "(`claim-without-dispense`)"
        ),
    ),
    (
        "claim-qty-over",
        (
            "refused: `claim-over-quantity`; a dispense that a payable claim rests on is not taken "
            "back (`claimed-already`)"
        ),
    ),
    (
        "claim-duplicate",
        "refused: `claimed-before`, `claimed-by-another-payer`, `claim-id-used`",
    ),
    ("claim-cancelled", "refused: `claim-cancelled`, `claim-expired`, `claim-reversed`"),
    (
        "claim-after-window",
        "payable, with a remark for the payer: `claim-after-window`, `claim-before-dispense`",
    ),
)
"""Name of the rule, and what the registry says, with the codes of its reasons."""

UNDECIDABLE: tuple[tuple[str, str], ...] = (
    ("long-distance", f"where a patient lives: {_SEALED}"),
    ("deceased", "there are no events of deaths"),
    ("shared-phone, shared-id, identity-cluster", _SEALED),
    ("self-prescribing", f"whether prescriber and patient are one person: {_SEALED}"),
    ("cash-bypass", "how a sale was paid for is not among the events"),
    ("no-rx, abx-no-rx", "a sale without a prescription code is no event"),
    (
        "backdate-burst",
        (
            "the pharmacy itself marks a late dispense as `offline`, and surveillance's facts "
            "leave even that out; no event tells when a site had no connection"
        ),
    ),
    ("stock-imbalance", "what pharmacies buy and hold in stock is not among the events"),
    (
        "claim-duplicate",
        (
            "for the part that spans two prescriptions: the registry judges one at a time, and "
            "surveillance is told of no claims"
        ),
    ),
    ("claim-amount-over, upcoding", "claims carry quantities, no prices"),
    (
        "claim-benefit-level",
        "the card's benefit level and the visit's cost are not among the events",
    ),
    ("visit-split", "visits and examination fees are not among the events"),
    ("inpatient-overlap", "hospital stays are not among the events"),
)
"""Name of the rule or rules, and the reason."""
