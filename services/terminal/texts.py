"""The words of the terminal, in Vietnamese and in English."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.contracts.rule_texts import Both
from services.terminal.settings import Language
from services.vietnam.dated_law import LOCAL_TIME

WORDS: dict[str, Both] = {
    "counted": Both("tính {counted} trên {value}", "counted {counted} of {value}"),
    "shadow": Both("nên về chế độ thử", "belongs in shadow"),
    "too-few": Both("quá ít", "too few"),
    "held-back": Both("tạm giữ từ {day}", "held back since {day}"),
    "no-rules": Both("Chưa quy tắc nào có cảnh báo.", "No rule has found anything yet."),
    "fired": Both("số cảnh báo", "alerts"),
    "judged": Both("đã đánh giá", "judged"),
    "precision": Both("độ chính xác", "precision"),
    "decision-counts": Both("Quyết định đã có hiệu lực.", "The decision counts."),
    "decision-late": Both(
        "Đã ghi nhận; chưa rõ có hiệu lực không. Xem lại hồ sơ sau ít phút.",
        "Recorded; whether it counts is not known yet. Look at the case again in a while.",
    ),
    "alert-of": Both("Cảnh báo {place} trên {count}", "Alert {place} of {count}"),
    "how-to-decide": Both(
        "rxlog case {number} --seen {version} --step BƯỚC --reason LÝ-DO",
        "rxlog case {number} --seen {version} --step STEP --reason REASON",
    ),
    "may": Both("Có thể làm tiếp", "What may be decided"),
    "decisions": Both("Quyết định", "Decisions"),
    "told": Both("Đã báo cho", "Who was told"),
    "score-parts": Both("Điểm gồm", "What the score is made of"),
    "not-known": Both("chưa rõ", "not known"),
    "facts-until": Both("dữ liệu đủ đến", "facts complete until"),
    "changed": Both("thay đổi lúc", "changed"),
    "opened": Both("mở lúc", "opened"),
    "version": Both("phiên bản", "version"),
    "left-out": Both(
        "Còn {count} hồ sơ chờ ngày khác (mỗi ngày {a_day}). Xem tất cả: rxlog cases --all",
        "{count} more wait for another day ({a_day} a day). To see all: rxlog cases --all",
    ),
    "new-cases": Both("Mới, nặng nhất trước", "New, the heaviest first"),
    "in-hand": Both("Đang xử lý", "In hand"),
    "must-tell": Both(
        "Phải báo lại: dấu hiệu không còn đúng", "Must be told: it does not hold any more"
    ),
    "no-cases": Both("Không có hồ sơ nào.", "There are no cases."),
    "rules": Both("quy tắc", "rules"),
    "score": Both("điểm", "score"),
    "finality": Both("độ chắc chắn", "certainty"),
    "provisional": Both("tạm thời", "provisional"),
    "final": Both("chắc chắn", "final"),
    "parameters": Both("Tham số, phiên bản {version}", "Parameters, version {version}"),
    "no-exemptions": Both(
        "Quy tắc này không có trường hợp miễn trừ.", "This rule has no exemptions."
    ),
    "no-other-exemptions": Both("Không còn trường hợp nào khác.", "No others."),
    "exemptions": Both(
        "Trường hợp miễn trừ đã xét và không áp dụng", "Exemptions considered that did not apply"
    ),
    "suppressed": Both("miễn trừ", "exempt"),
    "suppressed-by": Both("Trường hợp miễn trừ áp dụng", "Exemptions that apply"),
    "on-record": Both(
        "Chỉ lưu hồ sơ vì được miễn trừ", "On record only, because an exemption applies"
    ),
    "case-number": Both("hồ sơ {number}", "case {number}"),
    "case": Both("hồ sơ", "case"),
    "accepted": Both("chấp nhận", "accepted"),
    "again": Both("gửi lại của bản ghi {offset}", "a repeat of record {offset}"),
    "alert": Both("mã cảnh báo", "alert"),
    "alerts": Both(
        "Cảnh báo, mới nhất trước (giờ Việt Nam)", "Alerts, the newest first (Vietnam time)"
    ),
    "at-most": Both("Chỉ hiện {count} cảnh báo mới nhất.", "Only the newest {count} are shown."),
    "bad-file": Both("không đọc được", "cannot be read"),
    "cancellation": Both("hủy đơn", "cancellation"),
    "changes": Both("Diễn biến", "What changed"),
    "claimed": Both("đã đề nghị", "claimed"),
    "claims": Both("Đề nghị thanh toán", "Claims"),
    "dispensed": Both("đã bán", "dispensed"),
    "does-not-mean": Both("Không có nghĩa", "What it does not mean"),
    "evidence": Both("Căn cứ", "Evidence"),
    "facility": Both("cơ sở", "facility"),
    "figures": Both("Số liệu", "Figures"),
    "finding": Both("phát hiện", "finding"),
    "following": Both("Đang theo dõi; Ctrl-C để dừng.", "Following; Ctrl-C to stop."),
    "free": Both("không ai giữ đơn", "nobody holds it"),
    "held": Both("{holder} đang giữ đến {until}", "held by {holder} until {until}"),
    "history": Both("Mọi bản ghi của đơn (giờ Việt Nam)", "Every record (Vietnam time)"),
    "holder": Both("giữ đơn", "holder"),
    "invalid": Both("không hợp lệ", "not valid"),
    "issued-at": Both("kê lúc", "issued"),
    "late": Both("chưa có kết quả", "no verdict yet"),
    "line": Both("dòng", "line"),
    "lost": Both("Mất kết nối, đang thử lại.", "The connection is lost; trying again."),
    "means": Both("Có nghĩa", "What it means"),
    "measured": Both("đo được", "measured"),
    "medicine": Both("thuốc", "medicine"),
    "next": Both("Việc nên làm", "What to do next"),
    "no-sign-in": Both(
        "Máy chủ cấp mã từ chối {reason} Hãy kiểm tra mã người kê đơn và giấy phép.",
        "The issuer refused {reason} Check the prescriber's code and licence.",
    ),
    "none": Both("Không có cảnh báo nào.", "There are no alerts."),
    "no-answer": Both("Không có câu trả lời dùng được.", "There is no usable answer."),
    "nothing": Both("Không có gì để gửi.", "There is nothing to submit."),
    "note": Both("lưu ý", "note"),
    "open": Both("đang mở", "open"),
    "patient": Both("người bệnh", "patient"),
    "pending": Both("chờ", "pending"),
    "practice": Both("cơ sở kê đơn", "practice"),
    "quantity": Both("số lượng", "quantity"),
    "raised": Both("mới", "raised"),
    "raised-at": Both("phát hiện lúc", "raised"),
    "recorded": Both("ghi nhận", "recorded"),
    "refused": Both("từ chối", "refused"),
    "remaining": Both("còn lại", "remaining"),
    "replaced-by": Both("được thay bằng", "replaced by"),
    "replaces": Both("thay cho", "replaces"),
    "retracted": Both("đã rút", "retracted"),
    "revised": Both("cập nhật", "revised"),
    "rule": Both("quy tắc", "rule"),
    "correct-and-send": Both(
        "Sửa các tệp bị nêu rồi gửi lại cả thư mục: đơn đã nhận không bị gửi hai lần.",
        "Correct what is named and submit the folder again: nothing is taken twice.",
    ),
    "send-again": Both(
        "Hãy chạy lại lệnh này khi mạng hoạt động: đơn đã nhận không bị gửi hai lần.",
        "Run this command again when the network answers: nothing is taken twice.",
    ),
    "severity": Both("mức", "severity"),
    "status": Both("trạng thái", "status"),
    "subject": Both("đối tượng", "subject"),
    "unconfirmed": Both("chưa xác nhận", "not confirmed"),
    "unreadable": Both("không đọc được", "unreadable"),
    "unreachable": Both(
        "Không kết nối được với phòng {room}. Hãy khởi động mạng bằng `rxlog up` rồi thử lại.",
        "The room {room} does not answer. Start the network with `rxlog up`, then try again.",
    ),
    "valid-until": Both("hiệu lực đến", "valid until"),
    "when": Both("lúc", "when"),
    "withdrawn": Both("đã rút", "withdrawn"),
}

TICK = "TimeTicked"
"""Not submitted by anybody: what passed with time."""

SUBMISSIONS: dict[str, Both] = {
    "PrescriptionIssued": Both("kê đơn", "issue"),
    "PrescriptionCancelled": Both("hủy đơn", "cancel"),
    "DispensingReserved": Both("giữ đơn", "reserve"),
    "ReservationReleased": Both("trả đơn", "release"),
    "PrescriptionDispensed": Both("bán thuốc", "dispense"),
    "DispenseReversed": Both("hủy lần bán", "reverse"),
    "PrescriptionClaimed": Both("đề nghị thanh toán", "claim"),
    "ClaimWithdrawn": Both("rút đề nghị", "withdraw"),
    TICK: Both("theo thời gian", "with time"),
}

STATUSES: dict[str, Both] = {
    "active": Both("còn hiệu lực", "active"),
    "cancelled": Both("đã hủy", "cancelled"),
    "completed": Both("đã bán hết", "completed"),
    "expired": Both("hết hạn", "expired"),
    "not-issued": Both("chưa có đơn", "not issued"),
    "partly-dispensed": Both("đã bán một phần", "partly dispensed"),
    "replaced": Both("đã được thay", "replaced"),
    "reserved": Both("đang được giữ", "reserved"),
}

_UNSHOWN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


SUBJECTS: dict[str, Both] = {
    "patient": Both("người bệnh", "patient"),
    "pharmacy": Both("nhà thuốc", "pharmacy"),
    "prescriber": Both("người kê đơn", "prescriber"),
}
"""Whom an alert or a case is about."""


def say(name: str, lang: Language, **values: object) -> str:
    """A text in one language, its placeholders filled."""
    return getattr(WORDS[name], lang).format(**values)  # type: ignore[no-any-return]


def word(table: Mapping[str, Both], name: str, lang: Language) -> str:
    """What a table calls a thing; a thing it does not have keeps its own name."""
    return getattr(table[name], lang) if name in table else safe(name)


def told(document: Mapping[str, Any], name: str, lang: Language) -> str:
    """A text of an answer that comes as `name` and `name_vi`."""
    text = (document.get(f"{name}_vi") if lang == "vi" else None) or document.get(name)
    return safe(text)


def local(moment: object) -> str:
    """A moment of an answer as Vietnam's clocks show it, to the minute."""
    if not isinstance(moment, str):
        return ""
    try:
        return datetime.fromisoformat(moment).astimezone(LOCAL_TIME).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return safe(moment)


def safe(text: object) -> str:
    """A text on one line without characters that steer a terminal or turn the reading direction.

    What comes from files and from the network is shown only so.
    """
    if text is None:
        return ""
    shown = (
        " "
        if character in "\t\n\r"
        else "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(character) in _UNSHOWN
        else character
        for character in str(text)
    )
    return "".join(shown)
