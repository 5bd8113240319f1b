"""Why a decision does not count, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from services.contracts.rule_texts import Both
from services.kernel.http.problems import Problem, not_found
from services.oversight.cases.deciding import Ruling

RETRY_AFTER_S = 1


class _Refusal(NamedTuple):
    title: Both
    next_step: Both


_REFUSALS: dict[Ruling, _Refusal] = {
    "overtaken": _Refusal(
        Both("Hồ sơ đã thay đổi trong lúc bạn quyết định", "The case changed while you decided"),
        Both("Xem lại hồ sơ rồi quyết định.", "Look at the case again, then decide."),
    ),
    "not-from-here": _Refusal(
        Both("Hồ sơ chưa thể chuyển sang bước này", "The case cannot take this step from here"),
        Both(
            "Chọn một bước trong `may`; muốn chuyển cơ quan khác phải đối chiếu trước, hồ sơ đã "
            "kết thúc phải mở lại trước.",
            "Take one of the steps in `may`; what is referred is under review before, and what "
            "has ended is taken up again before.",
        ),
    ),
    "reason-not-known": _Refusal(
        Both("Lý do không thuộc bước này", "The reason does not belong to this step"),
        Both("Chọn một mã lý do trong `may`.", "Give one of the codes in `may`."),
    ),
    "names-no-authority": _Refusal(
        Both("Chưa ghi chuyển cho cơ quan nào", "It does not say to whom it is referred"),
        Both(
            "Ghi trong `informed` cơ quan (AUTHORITY hoặc PAYER) nhận thông báo SUSPICION.",
            "Name in `informed` the AUTHORITY or PAYER that was told the SUSPICION.",
        ),
    ),
    "tells-nobody": _Refusal(
        Both("Ghi chú không cho biết đã báo cho ai", "The note does not say who was told"),
        Both("Ghi trong `informed` đã báo cho ai điều gì.", "Say in `informed` who was told what."),
    ),
    "nothing-to-tell": _Refusal(
        Both(
            "Không có cảnh báo nào còn đúng mà được phép báo",
            "None of its alerts holds and may be told: statistics and rules held back are not",
        ),
        Both(
            "Kết thúc hồ sơ kèm lý do, hoặc chờ quy tắc được cho hiện lại.",
            "End the case with a reason, or wait until its rule is released.",
        ),
    ),
    "nothing-to-take-back": _Refusal(
        Both(
            "Nơi này không được báo điều gì nay không còn đúng",
            "This party was told nothing that does not hold",
        ),
        Both("Bỏ mục đó khỏi `informed`.", "Leave it out of `informed`."),
    ),
}

RULINGS: dict[Ruling, Both] = {
    "accepted": Both("có hiệu lực", "counts"),
    "unknown-case": Both("không có hồ sơ này", "there is no such case"),
    **{ruling: refusal.title for ruling, refusal in _REFUSALS.items()},
}
"""What became of a decision, in a few words."""


def refused(ruling: Ruling, may: Sequence[Mapping[str, Any]] = ()) -> Problem:
    """409: the log ruled against the decision; it stays on record."""
    refusal = _REFUSALS.get(ruling)
    if refusal is None:
        return not_found()
    return Problem(
        f"decision-{ruling}",
        409,
        title=refusal.title.en,
        title_vi=refusal.title.vi,
        what_next=refusal.next_step.en,
        what_next_vi=refusal.next_step.vi,
        may=may,
    )


def still_provisional(alert_ids: Sequence[str]) -> Problem:
    """409: nothing is on the log; these alerts are not final."""
    return Problem(
        "case-provisional",
        409,
        title="Not all that would be told is final yet",
        title_vi="Chưa phải mọi cảnh báo sẽ báo ra ngoài đều chắc chắn",
        detail="Facts that come late may still end it; whoever is told now may be told wrongly.",
        detail_vi="Sự kiện đến muộn còn có thể làm mất dấu hiệu; báo lúc này có thể báo oan.",
        what_next="Wait, or send it again with although_provisional, which stays on record.",
        what_next_vi="Hãy chờ, hoặc gửi lại với although_provisional; điều đó được ghi lại.",
        alerts=list(alert_ids),
    )


def key_used_before() -> Problem:
    """409: the same key named another decision."""
    return Problem(
        "idempotency-key-reused",
        409,
        title="This Idempotency-Key was used for another decision",
        title_vi="Idempotency-Key này đã dùng cho quyết định khác",
        what_next="Send this decision with a fresh key.",
        what_next_vi="Hãy gửi quyết định này với một khóa mới.",
    )


def rule_not_held_back() -> Problem:
    """409: there is nothing to release."""
    return Problem(
        "rule-not-held-back",
        409,
        title="The rule is not held back",
        title_vi="Quy tắc này không bị tạm giữ",
        what_next="Nothing is to be done: its alerts are shown.",
        what_next_vi="Không cần làm gì: cảnh báo của quy tắc vẫn hiện.",
    )
