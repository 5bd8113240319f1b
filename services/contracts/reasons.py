"""The catalogue of results: what each code of the registry means and what to do next.

Refusals, and findings (`findings.py`), are read by people with a queue before them. The details of
a reason (`{holder}`, `{until}`) fill the texts; a missing detail reads as an ellipsis.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

GPP = "TT 02/2018/TT-BYT, TT 11/2025/TT-BYT (GPP)"
TT26 = "TT 26/2025/TT-BYT"
RXLOG = "RxLog"


class Text(NamedTuple):
    """Meaning and next step in English and Vietnamese, with the rule's source."""

    en: str
    next_en: str
    vi: str
    next_vi: str
    source: str


REFUSALS: dict[str, Text] = {
    "code-taken": Text(
        "This prescription code is already in use for another prescription.",
        "Send the prescription under a new code.",
        "Mã đơn thuốc này đã được dùng cho một đơn khác.",
        "Hãy gửi lại đơn với mã mới.",
        f"{TT26} Annex I",
    ),
    "not-the-issuer": Text(
        "Only the facility that issued a prescription may cancel it.",
        "Ask the issuing facility.",
        "Chỉ cơ sở đã kê đơn mới được hủy đơn.",
        "Hãy liên hệ cơ sở kê đơn.",
        f"{TT26} Art 6",
    ),
    "already-dispensed": Text(
        "Medicines of this prescription were already handed over, so it cannot be cancelled.",
        "Tell the patient what to stop taking; ask the pharmacy whether it can take back the rest.",
        "Thuốc của đơn này đã được bán, không thể hủy đơn.",
        "Hãy dặn người bệnh thuốc cần ngừng; hỏi nhà thuốc về việc nhận lại thuốc.",
        f"{TT26} Art 6",
    ),
    "already-replaced": Text(
        "This prescription was already replaced by {replaced_by}.",
        "Correct the newer prescription instead.",
        "Đơn này đã được thay bằng đơn {replaced_by}.",
        "Hãy sửa đơn mới hơn.",
        f"{TT26} Art 6.9",
    ),
    "held-by-pharmacy": Text(
        "Pharmacy {holder} is holding the prescription, so it cannot be replaced now.",
        "Call the pharmacy to release it, or cancel it (that applies when the pharmacy lets go), "
        "then send the replacement with a new Idempotency-Key; it is free at {until} at the "
        "latest.",
        "Nhà thuốc {holder} đang giữ đơn nên chưa thể thay đơn.",
        "Hãy gọi nhà thuốc trả đơn, hoặc hủy đơn (có hiệu lực khi nhà thuốc trả đơn), rồi gửi đơn "
        "thay thế với Idempotency-Key mới; chậm nhất lúc {until} đơn sẽ tự do.",
        f"{TT26} Art 6.9",
    ),
    "cancel-pending": Text(
        "Pharmacy {holder} is holding the prescription; the cancellation applies when it lets go, "
        "at {until} at the latest.",
        "Call the pharmacy if the medicines must not be handed over.",
        "Nhà thuốc {holder} đang giữ đơn; việc hủy có hiệu lực khi nhà thuốc trả đơn, "
        "chậm nhất lúc {until}.",
        "Hãy gọi nhà thuốc nếu cần ngăn việc bán thuốc.",
        f"{TT26} Art 6",
    ),
    "cancel-before-issue": Text(
        "No prescription has arrived under this code yet; it will be cancelled when it does.",
        "Nothing else to do. Check the code if you expected it to be there.",
        "Chưa có đơn nào với mã này; đơn sẽ bị hủy ngay khi đến.",
        "Không cần làm gì thêm. Hãy kiểm tra mã nếu đơn đáng lẽ đã có.",
        RXLOG,
    ),
    "unknown-prescription": Text(
        "No prescription with this code has reached the registry.",
        "Check the code on the paper. If it is right, ask the clinic to send the prescription.",
        "Hệ thống chưa có đơn thuốc với mã này.",
        "Hãy kiểm tra mã in trên đơn. Nếu đúng, đề nghị cơ sở kê đơn gửi đơn lên hệ thống.",
        GPP,
    ),
    "nothing-remaining": Text(
        "Everything on this prescription was handed over already, last at {dispensed_at}.",
        "Do not dispense. The patient needs a new prescription for more.",
        "Toàn bộ thuốc trong đơn đã được bán, lần cuối lúc {dispensed_at}.",
        "Không bán thêm. Người bệnh cần đơn mới nếu cần thêm thuốc.",
        GPP,
    ),
    "reserved-elsewhere": Text(
        "Pharmacy {holder} reserved this prescription at {since}. Nobody here did anything wrong: "
        "neither the patient nor the prescriber.",
        "Ask the patient whether {holder} is serving them; it can release the prescription, "
        "otherwise it is free at {until}.",
        "Nhà thuốc {holder} đã giữ đơn này từ {since}. Đây không phải lỗi của người bệnh "
        "hay của bác sĩ.",
        "Hãy hỏi người bệnh có đang mua ở nhà thuốc {holder} không; nhà thuốc đó có thể trả đơn, "
        "nếu không đơn sẽ tự do lúc {until}.",
        RXLOG,
    ),
    "expired": Text(
        "The prescription expired at {valid_until}.",
        "Do not dispense. Send the patient back to the prescriber for a new prescription.",
        "Đơn thuốc đã hết hạn lúc {valid_until}.",
        "Không bán thuốc. Đề nghị người bệnh gặp bác sĩ để có đơn mới.",
        f"{TT26} Art 12.9b; GPP",
    ),
    "not-yet-valid": Text(
        "The prescription may be dispensed from {valid_from} on.",
        "Ask the patient to come back then.",
        "Đơn chỉ được bán từ {valid_from}.",
        "Đề nghị người bệnh quay lại vào thời điểm đó.",
        f"{TT26} Art 8",
    ),
    "cancelled": Text(
        "The prescriber cancelled this prescription at {cancelled_at}.",
        "Do not dispense. Refer the patient to the clinic.",
        "Cơ sở kê đơn đã hủy đơn này lúc {cancelled_at}.",
        "Không bán thuốc. Đề nghị người bệnh liên hệ cơ sở kê đơn.",
        f"{TT26} Art 6",
    ),
    "replaced": Text(
        "This prescription was replaced by {replaced_by}.",
        "Dispense the newer prescription instead.",
        "Đơn này đã được thay bằng đơn {replaced_by}.",
        "Hãy bán theo đơn mới.",
        f"{TT26} Art 6.9",
    ),
    "not-the-holder": Text(
        "The reservation belongs to pharmacy {holder}.",
        "Only that pharmacy can release it.",
        "Nhà thuốc {holder} đang giữ đơn.",
        "Chỉ nhà thuốc đó mới trả đơn được.",
        RXLOG,
    ),
    "no-such-dispense": Text(
        "Your pharmacy has no such dispense on this prescription.",
        "Look at the prescription's history for the right one.",
        "Nhà thuốc của bạn không có lần bán này trong đơn.",
        "Hãy xem lịch sử đơn để chọn đúng lần bán.",
        RXLOG,
    ),
    "claimed-already": Text(
        "A claim rests on this dispense.",
        "Withdraw the claim first, then reverse the dispense.",
        "Lần bán này đã được đề nghị thanh toán.",
        "Hãy rút đề nghị thanh toán trước, rồi hủy lần bán.",
        RXLOG,
    ),
    "claim-id-used": Text(
        "Claim {claim_id} exists already on this prescription.",
        "If it is the same claim, do nothing. If not, give it another identifier.",
        "Đề nghị thanh toán {claim_id} đã có trên đơn này.",
        "Nếu là cùng một đề nghị thì không cần gửi lại. Nếu không, hãy dùng mã khác.",
        RXLOG,
    ),
    "unknown-line": Text(
        "The prescription has no such line.",
        "Check the line number against the prescription.",
        "Đơn không có dòng thuốc này.",
        "Hãy đối chiếu số dòng với đơn.",
        GPP,
    ),
    "claim-without-dispense": Text(
        "Nothing was dispensed for this line by the claimant.",
        "Record the dispense first, or leave the line out of the claim.",
        "Dòng thuốc này chưa được bên đề nghị bán.",
        "Hãy ghi nhận việc bán trước, hoặc bỏ dòng này khỏi đề nghị.",
        "QĐ 130/QĐ-BYT (XML2)",
    ),
    "claimed-before": Text(
        "This line was claimed in full already ({claimed_before} of {dispensed}).",
        "Do not claim it again. Withdraw the earlier claim if it was wrong.",
        "Dòng thuốc này đã được đề nghị thanh toán đủ ({claimed_before}/{dispensed}).",
        "Không đề nghị lại. Hãy rút đề nghị trước nếu nó sai.",
        "QĐ 130/QĐ-BYT (XML2)",
    ),
    "claim-over-quantity": Text(
        "The claim asks for {claimed}; {dispensed} were dispensed, {claimed_before} claimed "
        "before.",
        "Claim no more than what was dispensed and not yet claimed.",
        "Đề nghị {claimed}; đã bán {dispensed}, đã đề nghị trước {claimed_before}.",
        "Chỉ đề nghị phần đã bán và chưa đề nghị.",
        "QĐ 130/QĐ-BYT (XML2)",
    ),
    "no-such-claim": Text(
        "Your facility has no such claim on this prescription.",
        "Check the claim's identifier.",
        "Cơ sở của bạn không có đề nghị này trên đơn.",
        "Hãy kiểm tra mã đề nghị.",
        RXLOG,
    ),
    "same-id-other-content": Text(
        "The same Idempotency-Key was used for another content.",
        "Use a new key for a new request; repeat a request with its content unchanged.",
        "Idempotency-Key này đã được dùng cho nội dung khác.",
        "Hãy dùng khóa mới cho yêu cầu mới; gửi lại thì giữ nguyên nội dung.",
        RXLOG,
    ),
    "unreadable": Text(
        "The record could not be read and counts as never sent.",
        "Send it again; if it happens again, tell the operator.",
        "Bản ghi không đọc được và coi như chưa gửi.",
        "Hãy gửi lại; nếu lặp lại, báo cho đơn vị vận hành.",
        RXLOG,
    ),
}

RESULTS: dict[str, tuple[str, str]] = {
    "issued": ("Issued.", "Đã ghi nhận đơn."),
    "cancelled-before-issue": (
        "The prescription arrived after its cancellation and is cancelled.",
        "Đơn đến sau lệnh hủy và đã bị hủy.",
    ),
    "cancelled": ("Cancelled.", "Đã hủy đơn."),
    "already-cancelled": ("It was cancelled already.", "Đơn đã được hủy trước đó."),
    "granted": ("Reserved for you.", "Đã giữ đơn cho bạn."),
    "already-held": ("You already hold it.", "Bạn đang giữ đơn này."),
    "released": ("Released.", "Đã trả đơn."),
    "already-free": ("Nobody holds it.", "Không ai đang giữ đơn."),
    "dispensed": ("Recorded.", "Đã ghi nhận lần bán."),
    "reversed": ("The dispense is taken back.", "Đã hủy lần bán."),
    "already-reversed": ("It was taken back already.", "Lần bán đã được hủy trước đó."),
    "payable": ("Payable.", "Được thanh toán."),
    "withdrawn": ("The claim is withdrawn.", "Đã rút đề nghị thanh toán."),
    "already-withdrawn": ("It was withdrawn already.", "Đề nghị đã được rút trước đó."),
}


LOCAL_TIME = timezone(timedelta(hours=7))
"""The texts are read in Vietnam, which knows no daylight saving time."""


class _Details(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def fill(template: str, details: Mapping[str, str]) -> str:
    """The text with its details: times as on a clock in Vietnam, what is not known as an
    ellipsis."""
    return template.format_map(_Details({k: _readable(v) for k, v in details.items()}))


def _readable(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{moment.astimezone(LOCAL_TIME):%H:%M %d/%m/%Y}" if moment.tzinfo else value
