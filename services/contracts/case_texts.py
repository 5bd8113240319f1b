"""What people read of cases: the status, what may be done next, who can be told."""

from __future__ import annotations

from typing import NamedTuple

from services.contracts.decisions import Message, Party
from services.contracts.rule_texts import Both


class StatusText(NamedTuple):
    """What a status is called, and what a regulator may do next."""

    title: Both
    next_step: Both


SCORE_MEANS = Both(
    "Điểm chỉ để xếp thứ tự xem xét; không phải xác suất, không nói ai có lỗi.",
    "The score only orders the queue; it is no probability and says nothing of guilt.",
)

CASE_STATUSES: dict[str, StatusText] = {
    "provisional": StatusText(
        Both("tạm thời", "provisional"),
        Both(
            "Có thể xem và tự kiểm tra, chưa báo cho ai: sự kiện đến muộn còn có thể làm mất dấu "
            "hiệu. Nếu không thể chờ, quyết định phải ghi rõ là biết dấu hiệu còn tạm thời.",
            "Look and check, but tell nobody yet: facts that come late may still end it. If it "
            "cannot wait, the decision says on record that it is provisional.",
        ),
    ),
    "open": StatusText(
        Both("mới, chờ xem", "open"),
        Both(
            "Đọc căn cứ và mục “Không có nghĩa”; rồi đưa vào danh sách xử lý, bắt đầu đối chiếu, "
            "hoặc kết thúc kèm lý do.",
            "Read the evidence and what it does not mean; then put it in hand, begin to check "
            "records, or end it with a reason.",
        ),
    ),
    "triaged": StatusText(
        Both("đáng xem, chờ người xử lý", "triaged"),
        Both(
            "Bắt đầu đối chiếu với sổ sách của cơ sở, hoặc kết thúc kèm lý do.",
            "Begin to check it against the facilities' records, or end it with a reason.",
        ),
    ),
    "under_review": StatusText(
        Both("đang đối chiếu", "under review"),
        Both(
            "Hỏi cơ sở liên quan trước; ghi lại đã báo cho ai. Sau đó chuyển cơ quan có thẩm "
            "quyền hoặc kết thúc kèm lý do. Không tự động xử phạt ai.",
            "Ask the facilities concerned first, and note who was told. Then refer it to an "
            "authority or end it with a reason. Nobody is ever sanctioned automatically.",
        ),
    ),
    "referred": StatusText(
        Both("đã chuyển cơ quan có thẩm quyền", "referred"),
        Both(
            "Khi có kết quả, ghi lại: đã xử lý, có lý do chính đáng, hay dấu hiệu sai.",
            "When its outcome is known, note it: settled, explained or false.",
        ),
    ),
    "explained": StatusText(
        Both("có lý do chính đáng", "explained"),
        Both(
            "Không cần làm gì thêm; mở lại nếu có thông tin mới.",
            "Nothing more is to be done; take it up again when there is new information.",
        ),
    ),
    "false_positive": StatusText(
        Both("dấu hiệu sai", "false positive"),
        Both(
            "Không cần làm gì thêm; nếu do dữ liệu sai, nhờ cơ sở gửi bản đính chính.",
            "Nothing more is to be done; if an entry is wrong, ask the facility to correct it.",
        ),
    ),
    "retracted": StatusText(
        Both("đã rút mọi căn cứ", "retracted"),
        Both(
            "Không cần làm gì: không còn cảnh báo nào đúng.",
            "Nothing is to be done: none of its alerts holds any more.",
        ),
    ),
    "closed": StatusText(
        Both("đã kết thúc", "closed"),
        Both(
            "Không cần làm gì thêm; mở lại nếu có thông tin mới.",
            "Nothing more is to be done; take it up again when there is new information.",
        ),
    ),
}

DUTY = Both(
    "PHẢI BÁO LẠI: những nơi dưới đây đã được báo về dấu hiệu nay không còn đúng.",
    "MUST BE TOLD: those below were told of something that does not hold any more.",
)
WITHDRAWN = Both(
    "căn cứ đã bị rút sau khi có người xử lý", "evidence withdrawn after somebody had acted"
)
HELD_BACK = Both(
    "quy tắc phát quá nhiều cảnh báo nên tạm không hiện; người phụ trách cần kiểm tra",
    "held back: its rule fired far too often, and somebody has to look at it",
)
PROVISIONAL = Both(
    "tạm thời: sự kiện đến muộn còn có thể làm mất dấu hiệu",
    "provisional: facts that come late may still end it",
)
FINAL = Both("chắc chắn: dữ liệu đã đủ", "final: the facts are complete")

PARTIES: dict[Party, Both] = {
    "UNKNOWN": Both("chưa rõ", "not known"),
    "PRESCRIBER": Both("người kê đơn", "prescriber"),
    "PRACTICE": Both("cơ sở kê đơn", "practice"),
    "PHARMACY": Both("nhà thuốc", "pharmacy"),
    "PAYER": Both("cơ quan bảo hiểm", "payer"),
    "AUTHORITY": Both("cơ quan có thẩm quyền", "authority"),
    "PATIENT": Both("người bệnh", "patient"),
}
MESSAGES: dict[Message, Both] = {
    "UNKNOWN": Both("chưa rõ", "not known"),
    "SUSPICION": Both("được báo về dấu hiệu", "told of it"),
    "WITHDRAWAL": Both("được báo là không còn đúng", "told that it does not hold"),
}
