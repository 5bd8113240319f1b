"""Why a claim is not payable, or not yet, and what to do next."""

from __future__ import annotations

from services.contracts.texts import GPP, RXLOG, TT26, XML2, Text

CLAIM_REFUSALS: dict[str, Text] = {
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
        XML2,
    ),
    "claimed-before": Text(
        "This line was claimed in full already ({claimed_before} of {dispensed}).",
        "Do not claim it again. Withdraw the earlier claim if it was wrong.",
        "Dòng thuốc này đã được đề nghị thanh toán đủ ({claimed_before}/{dispensed}).",
        "Không đề nghị lại. Hãy rút đề nghị trước nếu nó sai.",
        XML2,
    ),
    "claim-over-quantity": Text(
        "The claim asks for {claimed}; {dispensed} were dispensed, {claimed_before} claimed "
        "before.",
        "Claim no more than what was dispensed and not yet claimed.",
        "Đề nghị {claimed}; đã bán {dispensed}, đã đề nghị trước {claimed_before}.",
        "Chỉ đề nghị phần đã bán và chưa đề nghị.",
        XML2,
    ),
    "no-such-claim": Text(
        "Your facility has no such claim on this prescription.",
        "Check the claim's identifier.",
        "Cơ sở của bạn không có đề nghị này trên đơn.",
        "Hãy kiểm tra mã đề nghị.",
        RXLOG,
    ),
    "claimed-by-another-payer": Text(
        "Payer {payer} holds a claim for this line ({claimed_before} of {dispensed}).",
        "Agree with {payer} who reimburses; one of the claims has to be withdrawn.",
        "Đơn vị chi trả {payer} đã có đề nghị cho dòng thuốc này ({claimed_before}/{dispensed}).",
        "Hãy thống nhất với {payer} bên nào thanh toán; một trong hai đề nghị phải được rút.",
        XML2,
    ),
    "claim-cancelled": Text(
        "The prescription was cancelled or replaced before this line was dispensed.",
        "Do not claim it. If the day of dispensing is wrong, the pharmacy reverses the dispense "
        "and records it anew.",
        "Đơn đã bị hủy hoặc thay thế trước khi bán dòng thuốc này.",
        "Không đề nghị thanh toán. Nếu ngày bán bị ghi sai, nhà thuốc hủy lần bán và ghi lại.",
        f"{TT26} Art 6; {XML2}",
    ),
    "claim-expired": Text(
        "This line was dispensed after the prescription had expired.",
        "Do not claim it. If the day of dispensing is wrong, the pharmacy reverses the dispense "
        "and records it anew.",
        "Dòng thuốc này được bán sau khi đơn hết hạn.",
        "Không đề nghị thanh toán. Nếu ngày bán bị ghi sai, nhà thuốc hủy lần bán và ghi lại.",
        f"{TT26} Art 12.9b; {XML2}",
    ),
    "claim-reversed": Text(
        "The dispense of this line was taken back.",
        "Do not claim it. If it was dispensed after all, record that first, then claim anew.",
        "Lần bán dòng thuốc này đã bị hủy.",
        "Không đề nghị thanh toán. Nếu thực sự đã bán, hãy ghi nhận lần bán rồi đề nghị lại.",
        XML2,
    ),
    "claim-pending": Text(
        "Claim {claim_id} waits for its dispense, until {until} at the latest.",
        "Nothing to do if the dispense is on its way: the claim becomes payable by itself. "
        "Otherwise record the dispense, or withdraw the claim.",
        "Đề nghị {claim_id} đang chờ ghi nhận lần bán, chậm nhất đến {until}.",
        "Nếu lần bán sắp được gửi thì không cần làm gì: đề nghị sẽ tự được chấp nhận. "
        "Nếu không, hãy ghi nhận lần bán hoặc rút đề nghị.",
        XML2,
    ),
}
