"""Why a person takes a step in a case: the catalogue, and what each reason says of the rule. Pure.

A reason is mandatory and comes from here: it is counted, it stays on the log for ever, and it must
not name anybody.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from services.contracts.decisions import CaseStep
from services.contracts.rule_texts import Both

Judgement = Literal["confirmed", "explained", "false-positive"]
"""What an alert was worth: worth acting on; a true pattern with a good reason; no such pattern."""


class CaseReason(NamedTuple):
    """`judgement` is what it says of the alerts; None when it says nothing of them."""

    step: CaseStep
    text: Both
    judgement: Judgement | None = None


REASONS: dict[str, CaseReason] = {
    "inquiry": CaseReason(
        "NOTED",
        Both("Đã hỏi hoặc báo cho bên liên quan.", "Somebody concerned was asked or told."),
    ),
    "withdrawal-told": CaseReason(
        "NOTED",
        Both(
            "Đã báo cho bên liên quan rằng dấu hiệu không còn đúng.",
            "Those who were told of it now know that it does not hold.",
        ),
    ),
    "needs-a-look": CaseReason(
        "TRIAGED", Both("Đáng xem kỹ, chờ người xử lý.", "Worth a look; waits for somebody.")
    ),
    "records-requested": CaseReason(
        "UNDER_REVIEW",
        Both("Đang đối chiếu sổ sách của cơ sở.", "Records of the facilities are being checked."),
    ),
    "new-information": CaseReason(
        "UNDER_REVIEW", Both("Có thông tin mới.", "There is new information.")
    ),
    "to-inspectorate": CaseReason(
        "REFERRED",
        Both("Chuyển thanh tra y tế.", "Referred to the health inspectorate."),
        "confirmed",
    ),
    "to-payer": CaseReason(
        "REFERRED",
        Both("Chuyển cơ quan bảo hiểm xã hội.", "Referred to the insurer."),
        "confirmed",
    ),
    "to-police": CaseReason(
        "REFERRED", Both("Chuyển cơ quan điều tra.", "Referred to the police."), "confirmed"
    ),
    "known-treatment": CaseReason(
        "EXPLAINED",
        Both("Điều trị có lý do y khoa.", "There is a medical reason for the treatment."),
        "explained",
    ),
    "one-team": CaseReason(
        "EXPLAINED",
        Both(
            "Các bác sĩ cùng một nhóm, trực thay hoặc chuyển tuyến.",
            "The prescribers work together, stand in for each other or refer to each other.",
        ),
        "explained",
    ),
    "moved-or-travelled": CaseReason(
        "EXPLAINED",
        Both("Người bệnh chuyển nhà hoặc đi xa.", "The patient moved or travelled."),
        "explained",
    ),
    "lost-or-damaged": CaseReason(
        "EXPLAINED", Both("Thuốc bị mất hoặc hỏng.", "Medicines were lost or damaged."), "explained"
    ),
    "lawful-practice": CaseReason(
        "EXPLAINED",
        Both("Hoạt động đúng quy định của cơ sở.", "It is how the facility lawfully works."),
        "explained",
    ),
    "wrong-entry": CaseReason(
        "FALSE_POSITIVE", Both("Dữ liệu nhập sai.", "Something was entered wrongly."),
        "false-positive",
    ),
    "wrong-identity": CaseReason(
        "FALSE_POSITIVE",
        Both("Lẫn người hoặc lẫn cơ sở.", "People or facilities were taken for each other."),
        "false-positive",
    ),
    "rule-does-not-fit": CaseReason(
        "FALSE_POSITIVE",
        Both("Quy tắc không phù hợp trường hợp này.", "The rule does not fit what happened."),
        "false-positive",
    ),
    "settled": CaseReason(
        "CLOSED",
        Both(
            "Dấu hiệu đúng, đã xử lý với bên liên quan.",
            "It was right, and is settled with those concerned.",
        ),
        "confirmed",
    ),
    "withdrawn": CaseReason(
        "CLOSED", Both("Mọi căn cứ đã được rút.", "Everything it rested on was withdrawn.")
    ),
    "cannot-be-decided": CaseReason(
        "CLOSED", Both("Không thể kết luận.", "It cannot be decided.")
    ),
}  # fmt: skip
"""By code."""

RELEASE_REASONS: dict[str, Both] = {
    "rule-is-right": Both(
        "Đã kiểm tra: quy tắc đúng, số cảnh báo tăng là thật.",
        "Checked: the rule is right, so many alerts are real.",
    ),
    "cause-removed": Both(
        "Nguyên nhân gây nhiều cảnh báo đã được khắc phục.",
        "What made it fire so often was put right.",
    ),
}
"""Why a rule that was held back is heard again, by code."""
