"""What an exemption that a rule considers means. An alert names those that did not apply."""

from __future__ import annotations

from services.contracts.rule_texts.words import Both

EXEMPTIONS: dict[str, Both] = {
    "cancer": Both(
        "có đơn điều trị ung thư trong thời gian trước đó",
        "a prescription for cancer treatment not long before",
    ),
    "palliative": Both(
        "có đơn chăm sóc giảm nhẹ trong thời gian trước đó",
        "a prescription for palliative care not long before",
    ),
    "same-practice": Both(
        "mọi đơn thuốc liên quan do cùng một cơ sở khám bệnh kê",
        "every prescription involved written at one practice",
    ),
}
"""By name."""
