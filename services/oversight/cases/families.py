"""Rules that look at the same thing: what several of them find is one finding. Data."""

from __future__ import annotations

from services.contracts.rule_texts import Both

FAMILIES: dict[str, tuple[Both, frozenset[str]]] = {
    "supply": (
        Both("Nhận quá lượng cần dùng", "More than is needed"),
        frozenset(
            ("early-refill", "possession-excess", "dup-l4", "dup-l5", "rx-splitting",
             "same-day-multi-facility", "visit-frequency")
        ),
    ),
    "shopping": (
        Both("Nhiều nơi kê, nhiều nơi bán", "Many prescribers and pharmacies"),
        frozenset(
            ("mpe", "mpe-5x5x180", "mpe-5x5x90", "pharmacy-shopping", "overlap-shopping",
             "shopper-centrality")
        ),
    ),
    "danger": (
        Both("Phối hợp hoặc liều nguy hiểm", "Dangerous combination or dose"),
        frozenset(
            ("cob", "trinity", "opioid-overlap", "mme-daily", "mme-extreme",
             "naive-high")
        ),
    ),
    "identity": (
        Both("Danh tính đáng ngờ", "Doubtful identity"),
        frozenset(("impossible-travel", "ghost-patient")),
    ),
    "prescribing": (
        Both("Cách kê đơn", "The way of prescribing"),
        frozenset(
            ("prescriber-volume", "prescriber-ctrl-share", "prescriber-surge", "out-of-hours",
             "throughput", "same-pharmacy", "template-scripts", "pill-mill")
        ),
    ),
    "dispensing": (
        Both("Cách bán thuốc", "The way of dispensing"),
        frozenset(("pharmacy-outlier", "cancel-rate", "expiry-harvest")),
    ),
    "network": (
        Both("Thông đồng", "Collusion"),
        frozenset(("collusion-ring",)),
    ),
}  # fmt: skip
"""By name: what it is called, and its rules."""

_FAMILY_OF = {rule: name for name, (_, rules) in FAMILIES.items() for rule in rules}


def family_of(rule: str) -> str:
    """The family of a rule; a rule that is in none is one of its own."""
    return _FAMILY_OF.get(rule, rule)
