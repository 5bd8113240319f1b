"""What alerts about a patient say."""

from __future__ import annotations

from services.contracts.rule_texts.words import Both, Measure, RuleText

PATIENT: dict[str, RuleText] = {
    "early-refill": RuleText(
        Both(
            "Người bệnh nhận lại cùng một thuốc khi thuốc đã nhận còn dùng được nhiều ngày.",
            "The patient received a medicine again while much of the last supply must be left.",
        ),
        Both(
            "Theo số ngày dùng đã ghi, lượng thuốc nhận các lần trước chưa thể dùng hết khi người "
            "bệnh nhận cùng thuốc đó theo một đơn khác.",
            "By the days' supply on record, what was handed over before cannot have been used up "
            "when the same medicine was handed over on another prescription.",
        ),
        Both(
            "Không có nghĩa là lạm dụng hay bán lại: liều có thể đã tăng, thuốc có thể bị mất, "
            "người bệnh có thể dự trữ trước ngày lễ hoặc mưa bão, hoặc số ngày dùng bị ghi sai.",
            "It does not mean misuse or resale: doses are raised, medicines get lost, holidays and "
            "storms make people stock up, and a days' supply may have been written down wrongly.",
        ),
        Both(
            "Đối chiếu số ngày dùng với nhà thuốc đã bán; nếu đúng, hỏi người kê đơn gần nhất về "
            "việc đổi liều, mất thuốc hoặc đi xa.",
            "Check the days' supply with the pharmacies; if it is right, ask the last prescriber "
            "about a changed dose, lost medicines or a journey.",
        ),
        (
            Measure("days_left", "more-than", "days_left_allowed"),
            Measure(
                "used_percent", "less-than", "used_percent_min_controlled", ("controlled", "yes")
            ),
            Measure("used_percent", "less-than", "used_percent_min_other", ("controlled", "no")),
        ),
    ),
    "mpe": RuleText(
        Both(
            "Người bệnh nhận thuốc kiểm soát đặc biệt từ nhiều cơ sở kê đơn và nhiều nhà thuốc "
            "trong cùng một khoảng thời gian.",
            "Controlled medicines reached the patient from many practices and many pharmacies "
            "within one period.",
        ),
        Both(
            "Không ai trong số những người kê đơn có thể thấy toàn bộ việc điều trị; nguy cơ trùng "
            "thuốc và quá liều tăng lên.",
            "None of the prescribers may see the whole treatment, so duplicates and overdoses are "
            "more likely.",
        ),
        Both(
            "Không có nghĩa là người bệnh gian dối, lạm dụng hay bán thuốc: trong một nghiên cứu, "
            "gần một phần năm số người bị nêu mắc ung thư. Người chuyển nhà, đi xa hoặc được "
            "chuyển viện cũng có dấu hiệu này.",
            "It does not mean that the patient deceived anyone, or misuses or sells the medicines: "
            "in one study nearly one in five of those found had cancer. People who move, travel "
            "or are sent from hospital to hospital look the same.",
        ),
        Both(
            "Tìm xem ai điều phối việc điều trị này; báo cho những người kê đơn biết về nhau trước "
            "khi làm bất cứ việc gì khác.",
            "Find out who coordinates this treatment; tell the prescribers of each other before "
            "anything else is done.",
        ),
        (
            Measure("practices", "at-least", "practices_min"),
            Measure("pharmacies", "at-least", "pharmacies_min"),
        ),
    ),
    "impossible-travel": RuleText(
        Both(
            "Người bệnh có mặt tại hai nơi cách xa nhau nhanh hơn thời gian đi lại có thể.",
            "The patient was in person at two distant places sooner than anyone can travel.",
        ),
        Both(
            "Theo giờ đã ghi, không thể đi từ nơi này đến nơi kia kịp. Khoảng cách tính theo đường "
            "chim bay giữa hai địa chỉ đăng ký.",
            "By the recorded times nobody can get from one place to the other. The distance is as "
            "the crow flies between the registered sites.",
        ),
        Both(
            "Không có nghĩa là người bệnh đã làm gì: rất có thể người khác dùng giấy tờ của họ, "
            "một cơ sở nhập muộn hoặc nhập sai giờ, hoặc chọn nhầm người bệnh.",
            "It does not mean that this patient did anything: most likely somebody else used the "
            "identity, a facility entered an event late or with a wrong time, or it chose the "
            "wrong patient.",
        ),
        Both(
            "Đề nghị hai cơ sở kiểm tra giờ và người bệnh của lần ghi nhận; nếu đều đúng, hỏi "
            "người bệnh có mất giấy tờ không.",
            "Ask both facilities to check time and patient of their record; if both are right, ask "
            "the patient about lost documents.",
        ),
        (
            Measure("distance_km", "more-than", "distance_km_allowed"),
            Measure("minutes_between", "beside"),
            Measure("speed_kmh_needed", "more-than", "speed_kmh_allowed"),
        ),
    ),
    "pharmacy-shopping": RuleText(
        Both(
            "Người bệnh nhận thuốc kiểm soát đặc biệt tại nhiều nhà thuốc trong thời gian ngắn.",
            "The patient was handed controlled medicines at many pharmacies within a short time.",
        ),
        Both(
            "Không nhà thuốc nào thấy toàn bộ thuốc đã cấp.",
            "None of the pharmacies sees all that was handed over.",
        ),
        Both(
            "Không có nghĩa là người bệnh tránh bị phát hiện: nhà thuốc hết hàng thì phải mua nơi"
            " khác, và người ta đi xa.",
            "It does not mean that anybody avoids being seen: what one pharmacy does not have in "
            "stock is bought at the next, and people travel.",
        ),
        Both(
            "Đối chiếu các lần bán với đơn; nếu mỗi lần đều có đơn riêng, hỏi những người kê đơn "
            "có biết về nhau không.",
            "Compare the dispenses with their prescriptions; if each has its own, ask whether the"
            " prescribers know of each other.",
        ),
        (Measure("pharmacies", "at-least", "pharmacies_min"),),
    ),
    "overlap-shopping": RuleText(
        Both(
            "Người bệnh có opioid của hai cơ sở kê đơn cùng lúc và nhận tại nhiều nhà thuốc.",
            "Opioids of two practices were in supply at once and fetched at several pharmacies.",
        ),
        Both(
            "Việc trùng thuốc và việc đổi nhà thuốc cùng xảy ra trong một khoảng thời gian.",
            "Overlap and change of pharmacies came together within one period.",
        ),
        Both(
            "Không có nghĩa là đi mua gom thuốc: chuyển nhà, chuyển viện và nhà thuốc hết hàng "
            "cũng cho dấu hiệu này.",
            "It does not mean that anybody shops for opioids: moving, a referral and an empty "
            "shelf together look the same.",
        ),
        Both(
            "Báo cho hai cơ sở kê đơn biết về nhau trước khi làm việc gì khác.",
            "Tell the two practices of each other before anything else is done.",
        ),
        (
            Measure("overlap_days", "at-least", "overlap_days_min"),
            Measure("pharmacies", "at-least", "pharmacies_min"),
        ),
    ),
    "dup-l5": RuleText(
        Both(
            "Người bệnh có cùng một thuốc do hai cơ sở kê trong cùng những ngày.",
            "The patient has the same medicine of two practices in supply on the same days.",
        ),
        Both(
            "Nếu dùng cả hai, người bệnh sẽ uống gấp đôi liều.",
            "Who takes both takes a double dose.",
        ),
        Both(
            "Không có nghĩa là thuốc đã được uống hai lần: bệnh viện thường tiếp tục điều trị của"
            " phòng khám, đơn sau thay đơn trước.",
            "It does not mean that anybody took it twice: a hospital often goes on with what a "
            "clinic began, and the second prescription replaces the first.",
        ),
        Both(
            "Hỏi người kê đơn sau đã dặn người bệnh dùng đơn nào chưa.",
            "Ask the second prescriber whether the patient was told which one to take.",
        ),
        (Measure("overlap_days", "at-least", "overlap_days_min"),),
    ),
    "dup-l4": RuleText(
        Both(
            "Người bệnh có đồng thời hai thuốc cùng nhóm vốn không dùng phối hợp.",
            "The patient has two medicines of one group in supply that are not combined.",
        ),
        Both(
            "Hai thuốc cùng tác dụng làm tăng tác dụng phụ mà ít thêm lợi ích.",
            "Two medicines of one effect add side effects and little benefit.",
        ),
        Both(
            "Không có nghĩa là có sai sót: thuốc thường được đổi khi thuốc cũ chưa dùng hết.",
            "It does not mean an error: one medicine is often changed for the other while some of"
            " it is left.",
        ),
        Both(
            "Chỉ dùng cho thống kê; không liên hệ riêng từng trường hợp.",
            "For statistics only; nobody is contacted about a single case.",
        ),
        (Measure("overlap_days", "at-least", "overlap_days_min"),),
    ),
    "rx-splitting": RuleText(
        Both(
            "Một thuốc được chia ra nhiều đơn để mỗi đơn không vượt số ngày luật cho phép.",
            "One medicine was split over prescriptions, none of which exceeds the legal days.",
        ),
        Both(
            "Cộng lại, số ngày dùng vượt giới hạn của TT 26/2025/TT-BYT.",
            "Together they exceed the limit of TT 26/2025/TT-BYT.",
        ),
        Both(
            "Không có nghĩa là cố ý lách luật: đơn bị mất, thêm hàm lượng khác, hoặc đơn sửa "
            "không ghi thay thế cũng như vậy.",
            "It does not mean that the limit was evaded: a lost paper, a second strength or a "
            "correction that was not linked to the first look the same.",
        ),
        Both(
            "Hỏi người kê đơn vì sao có nhiều đơn; nếu là đơn sửa, đề nghị hủy đơn cũ.",
            "Ask the prescriber why there are several; if one is a correction, ask that the older"
            " one be cancelled.",
        ),
        (
            Measure("supply_days", "beside"),
            Measure("days_allowed", "beside"),
        ),
    ),
    "same-day-multi-facility": RuleText(
        Both(
            "Trong một ngày, người bệnh được kê đơn tại nhiều cơ sở khác nhau.",
            "On one day the patient got prescriptions at several facilities.",
        ),
        Both(
            "Có thể thẻ hoặc số định danh đã được người khác dùng.",
            "A card or number may have been used by somebody else.",
        ),
        Both(
            "Không có nghĩa là ai đó cho mượn thẻ: người bệnh được chuyển viện trong ngày thường "
            "được kê lại thuốc.",
            "It does not mean that anybody lent a card: people are sent on to another hospital on"
            " the same day, which often repeats the prescription.",
        ),
        Both(
            "Hỏi các cơ sở có chuyển người bệnh cho nhau không và đã kiểm tra giấy tờ chưa.",
            "Ask the facilities whether one sent the patient to the other, and whether documents "
            "were checked.",
        ),
        (
            Measure("facilities", "at-least", "facilities_min", ("by", "facilities")),
            Measure(
                "facilities_common_group",
                "at-least",
                "facilities_min_common_group",
                ("by", "common-group"),
            ),
        ),
    ),
    "visit-frequency": RuleText(
        Both(
            "Người bệnh đi khám và được kê đơn rất nhiều lần.",
            "The patient visited and was prescribed medicines very often.",
        ),
        Both(
            "Số lần khám vượt mức mà Bảo hiểm xã hội Việt Nam theo dõi.",
            "The visits exceed the line that Vietnam Social Security reports.",
        ),
        Both(
            "Không có nghĩa là gom thuốc để bán: người bệnh nặng nhất đi khám nhiều nhất, và chạy"
            " thận, lao, HIV không nhận ra được từ dữ liệu này.",
            "It does not mean that medicines are collected to sell: the sickest visit most, and "
            "dialysis, tuberculosis and HIV cannot be told from these data.",
        ),
        Both(
            "Xem các thuốc đã cấp có lặp lại không trước khi liên hệ với bất kỳ ai.",
            "See whether the medicines repeat before anybody is contacted.",
        ),
        (
            Measure("visits", "beside"),
            Measure("visits_within_days", "beside"),
        ),
    ),
    "ghost-patient": RuleText(
        Both(
            "Người bệnh chỉ xuất hiện tại một người kê đơn và một nhà thuốc, với nhiều đơn.",
            "A patient with many prescriptions is known to one prescriber and one pharmacy only.",
        ),
        Both(
            "Đơn có thể được lập cho người không tồn tại để thanh toán.",
            "Prescriptions may have been made up to be reimbursed.",
        ),
        Both(
            "Không có nghĩa là người bệnh không tồn tại: nơi nhỏ chỉ có một phòng khám và một nhà"
            " thuốc.",
            "It does not mean that the patient does not exist: in a small place there is one "
            "clinic and one pharmacy.",
        ),
        Both(
            "Đối chiếu với lượt khám và xét nghiệm của cơ sở trước khi liên hệ với bất kỳ ai.",
            "Compare with the facility's visits and tests before anybody is contacted.",
        ),
        (Measure("prescriptions", "at-least", "prescriptions_min"),),
    ),
}

for _profile in ("mpe-5x5x180", "mpe-5x5x90"):
    PATIENT[_profile] = PATIENT["mpe"]
