"""What became of a submission that holds, and what log time brought about (`HAPPENINGS`)."""

from __future__ import annotations

from services.contracts.texts import GPP, RXLOG, TT26, XML2, Text

RESULTS: dict[str, Text] = {
    "issued": Text(
        "Issued.",
        "Give the patient the code.",
        "Đã ghi nhận đơn.",
        "Hãy đưa mã đơn cho người bệnh.",
        f"{TT26} Art 6",
    ),
    "cancelled-before-issue": Text(
        "The prescription arrived after its cancellation and is cancelled.",
        "Issue a new prescription under a new code if the patient needs the medicines.",
        "Đơn đến sau lệnh hủy và đã bị hủy.",
        "Hãy kê đơn mới với mã mới nếu người bệnh cần thuốc.",
        RXLOG,
    ),
    "cancelled": Text(
        "Cancelled.",
        "Tell the patient that the code is void.",
        "Đã hủy đơn.",
        "Hãy báo người bệnh mã đơn không còn hiệu lực.",
        f"{TT26} Art 6",
    ),
    "already-cancelled": Text(
        "It was cancelled already.",
        "Nothing to do.",
        "Đơn đã được hủy trước đó.",
        "Không cần làm gì.",
        RXLOG,
    ),
    "granted": Text(
        "Reserved for you.",
        "Hand the medicines over and record it, or give the prescription back.",
        "Đã giữ đơn cho bạn.",
        "Hãy giao thuốc và ghi nhận lần bán, hoặc trả đơn.",
        RXLOG,
    ),
    "already-held": Text(
        "You already hold it.",
        "Go on; asking again does not make the hold longer.",
        "Bạn đang giữ đơn này.",
        "Hãy tiếp tục; gửi lại không kéo dài thời gian giữ đơn.",
        RXLOG,
    ),
    "released": Text(
        "Released.",
        "Nothing to do: another pharmacy may reserve it.",
        "Đã trả đơn.",
        "Không cần làm gì: nhà thuốc khác có thể giữ đơn.",
        RXLOG,
    ),
    "already-free": Text(
        "Nobody holds it.",
        "Nothing to do.",
        "Không ai đang giữ đơn.",
        "Không cần làm gì.",
        RXLOG,
    ),
    "dispensed": Text(
        "Recorded.",
        "Read the findings, if there are any.",
        "Đã ghi nhận lần bán.",
        "Hãy đọc các phát hiện, nếu có.",
        GPP,
    ),
    "counted-before": Text(
        "This sale is on record already and is counted once.",
        "Nothing to do.",
        "Lần bán này đã được ghi nhận và chỉ tính một lần.",
        "Không cần làm gì.",
        RXLOG,
    ),
    "reversed": Text(
        "The dispense is taken back.",
        "Nothing to do: its quantities may be dispensed again.",
        "Đã hủy lần bán.",
        "Không cần làm gì: số lượng đó có thể được bán lại.",
        RXLOG,
    ),
    "already-reversed": Text(
        "It was taken back already.",
        "Nothing to do.",
        "Lần bán đã được hủy trước đó.",
        "Không cần làm gì.",
        RXLOG,
    ),
    "payable": Text(
        "Payable.",
        "Read the remarks, if there are any.",
        "Được thanh toán.",
        "Hãy đọc các lưu ý, nếu có.",
        XML2,
    ),
    "withdrawn": Text(
        "The claim is withdrawn.",
        "Nothing to do.",
        "Đã rút đề nghị thanh toán.",
        "Không cần làm gì.",
        RXLOG,
    ),
    "already-withdrawn": Text(
        "It was withdrawn already.",
        "Nothing to do.",
        "Đề nghị đã được rút trước đó.",
        "Không cần làm gì.",
        RXLOG,
    ),
    "already-refused": Text(
        "The claim waited in vain for its dispense and was refused: there is nothing to withdraw.",
        "Nothing to do.",
        "Đề nghị đã bị từ chối vì không có lần bán nào đến kịp: không có gì để rút.",
        "Không cần làm gì.",
        RXLOG,
    ),
}
"""Results of what was accepted or recorded; what was refused or waits is in `refusals.py`."""

HAPPENINGS: dict[str, Text] = {
    "reservation-lapsed": Text(
        "The reservation of pharmacy {holder} lapsed at {until}.",
        "The pharmacy reserves anew if the patient is still there; any other may, too.",
        "Lượt giữ đơn của nhà thuốc {holder} đã hết lúc {until}.",
        "Nhà thuốc giữ lại đơn nếu người bệnh vẫn còn đó; nhà thuốc khác cũng có thể giữ.",
        RXLOG,
    ),
    "cancelled": Text(
        "The cancellation of {cancelled_at}, which waited for a pharmacy to let go, applies now.",
        "Tell the patient that the code is void.",
        "Lệnh hủy lúc {cancelled_at}, chờ nhà thuốc trả đơn, nay có hiệu lực.",
        "Hãy báo người bệnh mã đơn không còn hiệu lực.",
        f"{TT26} Art 6",
    ),
    "expired": Text(
        "The prescription expired at {valid_until} with something left to dispense.",
        "The patient needs a new prescription for what is left.",
        "Đơn hết hạn lúc {valid_until} khi chưa bán hết.",
        "Người bệnh cần đơn mới cho phần còn lại.",
        f"{TT26} Art 12.9b; GPP",
    ),
    "dispense-unmatched": Text(
        "No prescription arrived in time for what pharmacy {pharmacy} dispensed at {dispensed_at} "
        "(receipt {receipt_number}).",
        "The pharmacy keeps the paper and asks the clinic; if the code was wrong it reverses the "
        "dispense and records it under the right one.",
        "Không có đơn nào đến kịp cho lần bán của nhà thuốc {pharmacy} lúc {dispensed_at} "
        "(hóa đơn {receipt_number}).",
        "Nhà thuốc giữ đơn giấy và hỏi cơ sở kê đơn; nếu sai mã thì hủy lần bán và ghi lại theo mã "
        "đúng.",
        GPP,
    ),
    "claim-without-dispense": Text(
        "Claim {claim_id} of {claimant} waited in vain for its dispense and is refused.",
        "Record the dispense, then claim anew.",
        "Đề nghị {claim_id} của {claimant} chờ mãi không có lần bán nên bị từ chối.",
        "Hãy ghi nhận lần bán rồi đề nghị lại.",
        XML2,
    ),
}
"""What a tick brought about, for everybody who has to do with the prescription."""
