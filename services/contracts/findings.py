"""What somebody should know about what is on record nevertheless, and what to do next.

Findings about a dispense say what it broke; those about an issued prescription or a payable claim
say what to look at.
"""

from __future__ import annotations

from services.contracts.texts import BATCHES, GPP, LICENCES, RXLOG, TT26, XML2, Text

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
        "{dispensed} differs from {prescribed} in ingredient, strength, route or form.",
        "Only the same ingredient, strength and route may be substituted; call the prescriber.",
        "{dispensed} khác {prescribed} về hoạt chất, hàm lượng, đường dùng hoặc dạng bào chế.",
        "Chỉ được thay bằng thuốc cùng hoạt chất, hàm lượng, đường dùng; hãy gọi bác sĩ kê đơn.",
        f"{GPP} III.2c",
    ),
    "dispense-unmatched": Text(
        "No prescription arrived in time for what was dispensed at {dispensed_at}.",
        "Keep the paper and ask the clinic why it was never sent; reverse the dispense if the code "
        "was wrong, and record it under the right one.",
        "Không có đơn nào đến kịp cho lần bán lúc {dispensed_at}.",
        "Hãy giữ đơn giấy và hỏi cơ sở kê đơn vì sao chưa gửi; nếu sai mã, hủy lần bán và ghi lại "
        "theo mã đúng.",
        GPP,
    ),
    "before-issue": Text(
        "Dispensed before the prescription was written, at {issued_at}.",
        "Check the date that was entered and the clocks of both sides.",
        "Đã bán trước khi đơn được kê lúc {issued_at}.",
        "Hãy kiểm tra ngày đã nhập và đồng hồ của hai bên.",
        GPP,
    ),
    "cancelled-late": Text(
        "The prescription was cancelled or replaced at {cancelled_at}, after the medicines were "
        "handed over.",
        "Nobody could know. Ask the prescriber whether the patient should stop taking them.",
        "Đơn bị hủy hoặc thay thế lúc {cancelled_at}, sau khi thuốc đã được giao.",
        "Khi đó chưa thể biết. Hãy hỏi bác sĩ kê đơn người bệnh có cần ngừng thuốc không.",
        f"{TT26} Art 6",
    ),
    "duplicate-elsewhere": Text(
        "Pharmacy {pharmacy} handed over the same quantity of this line at {dispensed_at}.",
        "Ask the patient. Reverse it if only one of the two was handed over.",
        "Nhà thuốc {pharmacy} đã bán cùng số lượng của dòng thuốc này lúc {dispensed_at}.",
        "Hãy hỏi người bệnh. Hủy lần bán nếu thực ra chỉ giao một lần.",
        GPP,
    ),
    "repeated-receipt": Text(
        "Receipt {receipt_number} of your pharmacy is recorded already with the same lines; it is "
        "counted once.",
        "Nothing to do. If it was another sale, record it under its own receipt number.",
        "Hóa đơn {receipt_number} của nhà thuốc đã được ghi nhận với cùng các dòng; chỉ tính một "
        "lần.",
        "Không cần làm gì. Nếu là lần bán khác, hãy ghi với số hóa đơn riêng.",
        RXLOG,
    ),
    "batch-early": Text(
        "Batch {batch} was collected before it opened, at {opens_at}.",
        "Reverse it if it was entered wrongly; otherwise note the reason on your books.",
        "Đợt {batch} được lĩnh trước khi mở, lúc {opens_at}.",
        "Hủy lần bán nếu nhập sai; nếu không, ghi rõ lý do vào sổ.",
        BATCHES,
    ),
    "batch-closed": Text(
        "Batch {batch} was collected after it had closed, at {closed_at}.",
        "The patient needs a new prescription; reverse it if it was entered wrongly.",
        "Đợt {batch} được lĩnh sau khi đã đóng, lúc {closed_at}.",
        "Người bệnh cần đơn mới; hủy lần bán nếu nhập sai.",
        BATCHES,
    ),
    "batch-exceeded": Text(
        "{dispensed} were taken from batch {batch}, only {left} were left of it.",
        "Reverse it if it was entered twice; the rest belongs to a later batch.",
        "Đã bán {dispensed} của đợt {batch}, đợt này chỉ còn {left}.",
        "Hủy lần bán nếu bị nhập hai lần; phần còn lại thuộc đợt sau.",
        BATCHES,
    ),
    "unknown-batch": Text(
        "The prescription has no batch {batch}; it counts for the one that was open.",
        "Check the number of the batch against the prescription.",
        "Đơn không có đợt {batch}; lần bán được tính cho đợt đang mở.",
        "Hãy đối chiếu số đợt với đơn.",
        BATCHES,
    ),
    "pharmacy-unlicensed": Text(
        "The licence of the pharmacy was not active on that day.",
        "Stop dispensing until it is renewed, or have its entry in the directory corrected.",
        "Giấy phép của nhà thuốc không có hiệu lực vào ngày đó.",
        "Ngừng bán đến khi được gia hạn, hoặc đề nghị sửa danh bạ.",
        LICENCES,
    ),
    "class-not-permitted": Text(
        "The pharmacy may not handle medicines of class {control_class}.",
        "Stop dispensing them, or have the permission entered in the directory.",
        "Nhà thuốc không được phép kinh doanh thuốc nhóm {control_class}.",
        "Ngừng bán nhóm thuốc này, hoặc đề nghị ghi giấy phép vào danh bạ.",
        LICENCES,
    ),
    "prescriber-unlicensed": Text(
        "The practising licence of the prescriber was not active on that day.",
        "The clinic checks the licence, or has its entry in the directory corrected.",
        "Giấy phép hành nghề của người kê đơn không có hiệu lực vào ngày đó.",
        "Cơ sở kiểm tra giấy phép, hoặc đề nghị sửa danh bạ.",
        "Law 15/2023/QH15",
    ),
    "claim-payable": Text(
        "Claim {claim_id} of {claimant}, which waited, is payable now.",
        "Nothing to do.",
        "Đề nghị {claim_id} của {claimant} đang chờ, nay được thanh toán.",
        "Không cần làm gì.",
        XML2,
    ),
    "claim-flagged-dispense": Text(
        "The claim rests on a dispense with findings: {findings}.",
        "The payer looks at the dispense before reimbursing; it is payable.",
        "Đề nghị dựa trên lần bán có phát hiện: {findings}.",
        "Đơn vị chi trả xem xét lần bán trước khi thanh toán; vẫn được thanh toán.",
        XML2,
    ),
    "claim-before-dispense": Text(
        "The claim is dated {claimed_at}, before the dispense at {dispensed_at}.",
        "Check both dates; it is payable.",
        "Đề nghị đề ngày {claimed_at}, trước lần bán lúc {dispensed_at}.",
        "Hãy kiểm tra cả hai ngày; vẫn được thanh toán.",
        "RxLog policy (a payer's rule)",
    ),
    "claim-after-window": Text(
        "Claimed more than {days} days after the dispense at {dispensed_at}.",
        "The payer decides whether a late claim is accepted; it is payable.",
        "Đề nghị sau hơn {days} ngày kể từ lần bán lúc {dispensed_at}.",
        "Đơn vị chi trả quyết định việc nhận đề nghị muộn; vẫn được thanh toán.",
        "RxLog policy (a payer's rule)",
    ),
}
