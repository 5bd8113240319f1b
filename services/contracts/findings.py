"""What each finding about a recorded dispense means and what to do next."""

from __future__ import annotations

from services.contracts.reasons import GPP, RXLOG, TT26, Text

FINDINGS: dict[str, Text] = {
    "unknown-prescription": Text(
        "Dispensed under a code whose prescription has not arrived.",
        "Ask the clinic to send it; the finding goes away when it arrives in time.",
        "Đã bán theo mã chưa có đơn trên hệ thống.",
        "Đề nghị cơ sở kê đơn gửi đơn; phát hiện này sẽ hết khi đơn đến kịp.",
        GPP,
    ),
    "expired": Text(
        "Dispensed after the prescription expired at {valid_until}.",
        "Reverse it if it was entered wrongly; otherwise note the reason on your books.",
        "Đã bán sau khi đơn hết hạn lúc {valid_until}.",
        "Hủy lần bán nếu nhập sai; nếu không, ghi rõ lý do vào sổ.",
        f"{TT26} Art 12.9b; GPP",
    ),
    "before-valid": Text(
        "Dispensed before {valid_from}, when the prescription becomes valid.",
        "Check the date that was entered.",
        "Đã bán trước {valid_from}, khi đơn bắt đầu có hiệu lực.",
        "Hãy kiểm tra ngày đã nhập.",
        f"{TT26} Art 8",
    ),
    "cancelled": Text(
        "Dispensed although the prescription was cancelled at {cancelled_at}.",
        "Call the prescriber now: the patient may have medicines they should not take.",
        "Đã bán dù đơn đã bị hủy lúc {cancelled_at}.",
        "Hãy gọi ngay cơ sở kê đơn: người bệnh có thể đang giữ thuốc không nên dùng.",
        f"{TT26} Art 6",
    ),
    "replaced": Text(
        "Dispensed although the prescription was replaced at {cancelled_at}.",
        "Call the prescriber now: the newer prescription may differ.",
        "Đã bán dù đơn đã được thay thế lúc {cancelled_at}.",
        "Hãy gọi ngay cơ sở kê đơn: đơn mới có thể khác.",
        f"{TT26} Art 6.9",
    ),
    "not-the-holder": Text(
        "Dispensed while pharmacy {holder} held the reservation since {since}.",
        "Reserve before handing anything over.",
        "Đã bán khi nhà thuốc {holder} đang giữ đơn từ {since}.",
        "Hãy giữ đơn trước khi giao thuốc.",
        RXLOG,
    ),
    "unknown-line": Text(
        "The prescription has no such line.",
        "Check the line number; reverse the dispense if it was wrong.",
        "Đơn không có dòng thuốc này.",
        "Hãy kiểm tra số dòng; hủy lần bán nếu sai.",
        GPP,
    ),
    "duplicate": Text(
        "Nothing remained on this line; {dispensed} more were dispensed.",
        "Reverse it if it was entered twice.",
        "Dòng thuốc này đã bán hết; lại bán thêm {dispensed}.",
        "Hủy lần bán nếu bị nhập hai lần.",
        GPP,
    ),
    "over-quantity": Text(
        "{dispensed} were dispensed, only {remaining} remained.",
        "Reverse it and record the right quantity if it was entered wrongly.",
        "Đã bán {dispensed}, chỉ còn {remaining}.",
        "Hủy và ghi lại đúng số lượng nếu nhập sai.",
        GPP,
    ),
    "wrong-substitution": Text(
        "{dispensed} does not have the active ingredients of {prescribed}.",
        "Only the same ingredient, strength and route may be substituted; call the prescriber.",
        "{dispensed} không cùng hoạt chất với {prescribed}.",
        "Chỉ được thay bằng thuốc cùng hoạt chất, hàm lượng, đường dùng; hãy gọi bác sĩ kê đơn.",
        f"{GPP} III.2c",
    ),
}
