"""Why the registry refuses a submission or keeps it pending, and what to do next."""

from __future__ import annotations

from services.contracts.claim_refusals import CLAIM_REFUSALS
from services.contracts.texts import BATCHES, GPP, LICENCES, RXLOG, TT26, Text

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
    "pharmacy-unlicensed": Text(
        "The licence of your pharmacy was not active on this day.",
        "Do not dispense. Have the licence renewed, or its entry in the directory corrected, and "
        "send the patient to another pharmacy.",
        "Giấy phép của nhà thuốc không có hiệu lực vào ngày này.",
        "Không bán thuốc. Hãy gia hạn giấy phép hoặc đề nghị sửa danh bạ, và hướng dẫn người bệnh "
        "đến nhà thuốc khác.",
        LICENCES,
    ),
    "class-not-permitted": Text(
        "Your pharmacy may not handle medicines of class {control_class}.",
        "Send the patient to a pharmacy that is permitted to.",
        "Nhà thuốc không được phép kinh doanh thuốc nhóm {control_class}.",
        "Hãy hướng dẫn người bệnh đến nhà thuốc được phép.",
        LICENCES,
    ),
    "batches-collected": Text(
        "What may still be collected has been collected; batches nobody collected in time lapsed.",
        "Do not dispense. The patient needs a new prescription for more.",
        "Phần còn được lĩnh đã lĩnh hết; các đợt không lĩnh đúng hạn đã mất hiệu lực.",
        "Không bán thêm. Người bệnh cần đơn mới nếu cần thêm thuốc.",
        BATCHES,
    ),
    **CLAIM_REFUSALS,
}
