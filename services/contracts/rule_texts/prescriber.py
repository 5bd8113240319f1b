"""What alerts about a prescriber say."""

from __future__ import annotations

from services.contracts.rule_texts.words import Both, Measure, RuleText

PRESCRIBER: dict[str, RuleText] = {
    "prescriber-volume": RuleText(
        Both(
            "Người kê đơn kê nhiều đơn hơn hẳn các đồng nghiệp cùng nhóm trong hai tháng liền.",
            "The prescriber wrote far more prescriptions than peers did, for two months running.",
        ),
        Both(
            "Trong hai tháng liền, số đơn của người này vượt xa mức thường thấy ở đồng nghiệp "
            "cùng chuyên khoa, cùng cấp, cùng tỉnh.",
            "For two months the number of prescriptions lay far beyond what is usual among peers "
            "of the same specialty, level and province.",
        ),
        Both(
            "Không có nghĩa là đơn nào sai: thay đồng nghiệp nghỉ, dịch bệnh, đợt khám sàng lọc "
            "hoặc cả nhóm dùng chung một tài khoản cũng cho dấu hiệu này.",
            "It does not mean that any prescription is wrong: a colleague's leave, an outbreak, a"
            " screening campaign or one account shared by a team look the same.",
        ),
        Both(
            "Hỏi cơ sở vì sao số đơn tăng và ai thật sự kê dưới mã này.",
            "Ask the facility why there are so many, and who really prescribes under this code.",
        ),
        (
            Measure("deviations", "more-than", "deviations_allowed"),
            Measure("prescriptions", "at-least", "prescriptions_min"),
        ),
    ),
    "prescriber-ctrl-share": RuleText(
        Both(
            "Tỷ lệ đơn có thuốc kiểm soát đặc biệt của người kê đơn cao hơn hầu hết đồng nghiệp.",
            "The prescriber's share of controlled medicines is above that of almost all peers.",
        ),
        Both(
            "Tỷ lệ đơn có thuốc kiểm soát đặc biệt gần như chắc chắn cao hơn mức mà 99 % đồng "
            "nghiệp không vượt; đơn điều trị ung thư và chăm sóc giảm nhẹ không tính.",
            "The share of controlled medicines is almost surely above what 99 % of peers stay "
            "below; cancer and palliative care are not counted.",
        ),
        Both(
            "Không có nghĩa là đơn nào sai: người điều trị đau, động kinh hoặc nghiện giữa các "
            "đồng nghiệp không làm việc đó sẽ nổi lên.",
            "It does not mean that any prescription is wrong: who treats pain, epilepsy or "
            "addiction among colleagues who do not stands out.",
        ),
        Both(
            "Xem chuyên khoa ghi trong danh mục có đúng không; nếu đúng, xem một số đơn cùng "
            "người kê.",
            "Check whether the directory has the right specialty; if so, go through some "
            "prescriptions with the prescriber.",
        ),
        (
            Measure("probability_percent", "more-than", "probability_percent_allowed"),
            Measure("prescriptions", "at-least", "prescriptions_min"),
        ),
    ),
    "prescriber-surge": RuleText(
        Both(
            "Số đơn mỗi ngày của người kê đơn tăng vọt so với nửa năm trước của chính họ.",
            "The prescriber's daily prescriptions rose far above their own past half-year.",
        ),
        Both(
            "Số đơn mỗi ngày vượt mức thường thấy của chính người này theo từng thứ trong tuần, "
            "tính từ 180 ngày trước.",
            "The daily numbers rose above what is usual for this prescriber on each weekday, by "
            "the 180 days before.",
        ),
        Both(
            "Không có nghĩa là đơn sai hay do chính người này kê: dịch bệnh, phòng khám mới hoặc "
            "tài khoản bị lấy cắp cũng cho dấu hiệu này.",
            "It does not mean that the prescriptions are wrong or the prescriber's own: an "
            "outbreak, a new clinic or a stolen account look the same.",
        ),
        Both(
            "Hỏi từ ngày tăng đã có gì thay đổi; nếu không ai biết, kiểm tra việc dùng tài khoản.",
            "Ask what changed when the rise began; if nobody knows, check who uses the account.",
        ),
        (
            Measure("deviations", "more-than", "deviations_allowed"),
            Measure("percent_of_expected", "at-least", "percent_min"),
            Measure("prescriptions", "at-least", "prescriptions_min"),
        ),
    ),
    "out-of-hours": RuleText(
        Both(
            "Người kê đơn kê nhiều thuốc kiểm soát đặc biệt vào ban đêm.",
            "The prescriber issues many controlled medicines at night.",
        ),
        Both(
            "Một phần lớn đơn thuốc kiểm soát đặc biệt được kê từ 22 giờ đến trước 5 giờ.",
            "A large share of controlled prescriptions was issued from 22:00 until before 05:00.",
        ),
        Both(
            "Không có nghĩa là đơn sai: người trực đêm kê đơn ban đêm.",
            "It does not mean that the prescriptions are wrong: who works at night prescribes at "
            "night.",
        ),
        Both(
            "Đối chiếu với lịch trực; nếu không trực, hỏi ai đã dùng tài khoản.",
            "Compare with the duty roster; if there was no duty, ask who used the account.",
        ),
        (
            Measure("percent", "more-than", "percent_allowed"),
            Measure("prescriptions", "at-least", "prescriptions_min"),
        ),
    ),
    "throughput": RuleText(
        Both(
            "Số đơn kê trong một giờ nhiều hơn số người bệnh mà một người có thể khám.",
            "More prescriptions were issued in an hour than one person can see patients.",
        ),
        Both(
            "Trong một giờ có nhiều đơn hơn số người bệnh mà một người có thể khám, kể cả hai "
            "phút mỗi người.",
            "Within an hour there were more prescriptions than one person can see patients, even "
            "at two minutes each.",
        ),
        Both(
            "Không có nghĩa là người kê đơn đã làm việc đó: người khác có thể dùng tài khoản, "
            "hoặc các đơn viết tay được nhập cùng lúc.",
            "It does not mean that the prescriber did it: somebody else may use the account, or "
            "prescriptions written by hand were entered together.",
        ),
        Both(
            "Hỏi cơ sở về giờ đó; nếu không có lời giải thích, đề nghị đổi khóa của tài khoản.",
            "Ask the facility about that hour; without an explanation, have the account's "
            "credentials changed.",
        ),
        (Measure("prescriptions_an_hour", "more-than", "prescriptions_an_hour_allowed"),),
    ),
    "same-pharmacy": RuleText(
        Both(
            "Hầu hết đơn của người kê đơn trong một ngày được bán tại cùng một nhà thuốc.",
            "Almost all of the prescriber's prescriptions of a day were sold at one pharmacy.",
        ),
        Both(
            "Trong một ngày, gần như mọi đơn của người này được bán ở một nhà thuốc nằm ngoài cơ "
            "sở của họ.",
            "On a day almost all of the prescriptions were sold at one pharmacy that is not on "
            "the prescriber's own site.",
        ),
        Both(
            "Không có nghĩa là hai bên thỏa thuận: nơi chỉ có một nhà thuốc gần phòng khám thì "
            "người bệnh đều đến đó.",
            "It does not mean that the two have an agreement: where one pharmacy is near, "
            "patients go there.",
        ),
        Both(
            "Xem quanh cơ sở có nhà thuốc nào khác gần như vậy không, rồi mới hỏi hai bên.",
            "See whether other pharmacies are as near before asking either of them.",
        ),
        (
            Measure("percent", "more-than", "percent_allowed"),
            Measure("prescriptions", "at-least", "prescriptions_min"),
            Measure("days", "at-least", "days_min"),
        ),
    ),
    "template-scripts": RuleText(
        Both(
            "Người kê đơn lặp lại gần như cùng một đơn thuốc kiểm soát đặc biệt cho mọi người "
            "bệnh.",
            "The prescriber repeats nearly the same controlled prescription for everybody.",
        ),
        Both(
            "Các đơn thuốc kiểm soát đặc biệt gần như giống hệt nhau về thuốc và số ngày dùng.",
            "The controlled prescriptions are nearly all the same in medicines and days.",
        ),
        Both(
            "Không có nghĩa là đơn sai: phòng khám một bệnh cho cùng một điều trị.",
            "It does not mean that the prescriptions are wrong: a clinic for one disease gives "
            "one treatment.",
        ),
        Both(
            "Xem một số đơn cùng người kê: điều trị có được chọn cho từng người bệnh không.",
            "Go through some prescriptions with the prescriber: was the treatment chosen for each"
            " patient?",
        ),
        (
            Measure("variety", "less-than", "variety_min"),
            Measure("prescriptions", "at-least", "prescriptions_min"),
        ),
    ),
    "pill-mill": RuleText(
        Both(
            "Người kê đơn nổi bật so với đồng nghiệp ở nhiều chỉ số thuốc kiểm soát cùng lúc.",
            "The prescriber stands out among peers in several measures of controlled medicines.",
        ),
        Both(
            "Ở nhiều chỉ số cùng lúc, người này cao hơn 95 % đồng nghiệp, và tổng thứ hạng thuộc "
            "nhóm cao nhất.",
            "In several measures at once the prescriber lies above 95 % of peers, and the sum of "
            "the ranks is among the highest.",
        ),
        Both(
            "Không có nghĩa đây là nơi bán đơn: phòng khám đau hoặc điều trị nghiện cũng nổi bật "
            "ở mọi chỉ số này.",
            "It does not mean that prescriptions are for sale here: pain and addiction clinics "
            "stand out in all of these.",
        ),
        Both(
            "Xem các chỉ số nêu ra và chuyên khoa thật của cơ sở trước khi hỏi bất cứ ai.",
            "Look at the measures named and at what the facility really treats before asking "
            "anybody.",
        ),
        (
            Measure("components", "at-least", "components_min"),
            Measure("prescriptions", "at-least", "prescriptions_min"),
            Measure("peers", "at-least", "peers_min"),
            Measure("score", "beside"),
        ),
    ),
}
