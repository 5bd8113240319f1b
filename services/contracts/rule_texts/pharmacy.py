"""What alerts about a pharmacy say."""

from __future__ import annotations

from services.contracts.rule_texts.words import Both, Measure, RuleText

PHARMACY: dict[str, RuleText] = {
    "pharmacy-outlier": RuleText(
        Both(
            "Nhà thuốc vượt xa các nhà thuốc cùng nhóm về số lần bán hoặc loại thuốc bán.",
            "The pharmacy lies far above its peers in how much or which medicines it sells.",
        ),
        Both(
            "Ít nhất một trong bốn chỉ số của nhà thuốc vượt rất xa các nhà thuốc cùng loại, cùng"
            " cấp, cùng tỉnh.",
            "At least one of four measures lies far beyond pharmacies of the same kind, level and"
            " province.",
        ),
        Both(
            "Không có nghĩa là có sai phạm: nhà thuốc cạnh phòng khám đau hoặc tâm thần cũng như "
            "vậy.",
            "It does not mean that anything is wrong: a pharmacy beside a pain or psychiatric "
            "clinic looks the same.",
        ),
        Both(
            "Xem quanh nhà thuốc có phòng khám nào giải thích được không.",
            "See whether a clinic nearby explains it.",
        ),
        (
            Measure("components", "at-least", "components_min"),
            Measure("dispenses", "at-least", "dispenses_min"),
        ),
    ),
    "cancel-rate": RuleText(
        Both(
            "Nhà thuốc hủy một tỷ lệ lớn các lần bán thuốc đã báo cáo.",
            "The pharmacy took back a large share of the dispenses it had reported.",
        ),
        Both(
            "Một tỷ lệ lớn các lần bán đã báo cáo bị hủy sau đó, hoặc bị hủy muộn.",
            "A large share of the dispenses that were reported was taken back later, or taken "
            "back late.",
        ),
        Both(
            "Không có nghĩa là gian lận: máy tính tiền lỗi, hàng trả lại hoặc nhân viên mới cũng "
            "cho dấu hiệu này.",
            "It does not mean fraud: a faulty till, returned goods or a new employee look the "
            "same.",
        ),
        Both(
            "Hỏi nhà thuốc vì sao hủy và xem các lần hủy có được bán lại ngay không.",
            "Ask the pharmacy why, and see whether the sales were reported anew at once.",
        ),
        (
            Measure("percent", "beside"),
            Measure("percent_late", "beside"),
            Measure("dispenses", "at-least", "dispenses_min"),
        ),
    ),
    "expiry-harvest": RuleText(
        Both(
            "Nhiều lần bán của nhà thuốc rơi vào ngày cuối cùng đơn còn được nhận thuốc.",
            "Many of the pharmacy's sales fall on the last day a prescription may be collected.",
        ),
        Both(
            "Nhiều lần bán rơi đúng ngày cuối đơn còn được nhận; nhà thuốc có thể dùng các đơn "
            "không ai đến nhận.",
            "Many sales fall on the last day of collection: prescriptions that nobody collected "
            "may have been used up.",
        ),
        Both(
            "Không có nghĩa là nhà thuốc dùng đơn của người khác: chợ phiên hoặc ngày lĩnh lương "
            "cũng cho dấu hiệu này.",
            "It does not mean that the pharmacy used others' prescriptions: a weekly market or a "
            "payday look the same.",
        ),
        Both(
            "Hỏi một số người bệnh của những ngày đó có nhận thuốc không.",
            "Ask some patients of those days whether they received their medicines.",
        ),
        (
            Measure("percent", "more-than", "percent_allowed"),
            Measure("dispenses", "at-least", "dispenses_min"),
        ),
    ),
    "collusion-ring": RuleText(
        Both(
            "Một nhà thuốc, một số người kê đơn và người bệnh tạo thành vòng khép kín về thuốc "
            "kiểm soát đặc biệt.",
            "A pharmacy, prescribers and patients form a closed circle around controlled "
            "medicines.",
        ),
        Both(
            "Trong ba tháng, phần lớn thuốc kiểm soát đặc biệt của nhà thuốc được bán theo đơn của "
            "vài người kê cho cùng một nhóm người bệnh, và nhiều người trong nhóm có cảnh báo.",
            "Over three months most controlled sales of the pharmacy were on prescriptions of a "
            "few prescribers for one group of patients, many of whom have alerts of their own.",
        ),
        Both(
            "Không có nghĩa là có ai thỏa thuận điều gì: một xã có một phòng khám và một nhà thuốc "
            "cũng là vòng khép kín.",
            "It does not mean that anybody agreed on anything: a village with one clinic and one "
            "pharmacy is a circle too.",
        ),
        Both(
            "Xem quanh đó còn phòng khám, nhà thuốc nào khác; đọc cảnh báo của từng người bệnh "
            "trước khi hỏi bất cứ ai.",
            "See which other clinics and pharmacies are near; read the patients' own alerts before "
            "asking anybody.",
        ),
        (
            Measure("internal_percent", "at-least", "internal_percent_min"),
            Measure("flagged_percent", "at-least", "flagged_percent_min"),
            Measure("patients", "at-least", "patients_min"),
        ),
    ),
}
