"""What an exemption that a rule considers means. An alert names those that did not apply; what is
only on record names those that did."""

from __future__ import annotations

from services.contracts.rule_texts.words import Both

SUPPRESSED = Both(
    "Chỉ lưu hồ sơ: có trường hợp miễn trừ, nên không ai cần làm gì và không được dùng để hỏi hay "
    "xử lý người này. Lưu lại để kiểm tra chính quy định miễn trừ.",
    "On record only: an exemption applies, so nobody has anything to do and nobody may be asked or "
    "sanctioned for it. It is kept so that the exemption itself can be checked.",
)
"""The next step of an alert for which an exemption holds."""

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
