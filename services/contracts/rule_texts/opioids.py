"""What alerts about a patient's opioids and other depressants say."""

from __future__ import annotations

from services.contracts.rule_texts.words import Both, Measure, RuleText

OPIOIDS: dict[str, RuleText] = {
    "cob": RuleText(
        Both(
            "Người bệnh có đồng thời thuốc opioid và thuốc benzodiazepin trong nhiều ngày.",
            "The patient has an opioid and a benzodiazepine in supply on the same days.",
        ),
        Both(
            "Hai nhóm thuốc đều làm giảm hô hấp, dùng cùng nhau nguy hiểm hơn dùng riêng. Những "
            "ngày còn trong tương lai được tính theo số ngày dùng đã cấp.",
            "Both kinds depress breathing, and together more than each alone. Days still to come "
            "count as supplied.",
        ),
        Both(
            "Không có nghĩa là hai thuốc đã được uống cùng lúc, liều cao, hay việc kê cả hai là "
            "sai: có người bệnh cần cả hai, và một thuốc có thể đã được ngừng.",
            "It does not mean that the medicines were taken together, that the dose was high, or "
            "that prescribing both was wrong: some patients need both, and one of them may have "
            "been stopped.",
        ),
        Both(
            "Hỏi từng người kê đơn có biết thuốc của người kia không; nếu không, báo ngay cho cả "
            "hai.",
            "Ask whether each prescriber knows of the other's medicine; if not, tell both now.",
        ),
        (Measure("overlap_days", "at-least", "overlap_days_min"),),
    ),
    "opioid-overlap": RuleText(
        Both(
            "Người bệnh có đồng thời thuốc opioid do các cơ sở khác nhau kê trong nhiều ngày.",
            "The patient has opioids that different practices prescribed in supply at once.",
        ),
        Both(
            "Người kê đơn sau có thể không biết thuốc của người kê đơn trước; hai nguồn opioid "
            "cùng lúc làm tăng nguy cơ quá liều.",
            "The second prescriber may not know of the first one's opioid; two at once make an "
            "overdose more likely.",
        ),
        Both(
            "Không có nghĩa là cả hai thuốc đã được dùng hay có người gian dối: sau phẫu thuật "
            "hoặc chuyển viện, nơi khác thường tiếp nhận khi thuốc cũ chưa hết.",
            "It does not mean that both were taken or that anybody deceived anyone: after an "
            "operation or a referral another practice often takes over before the first supply "
            "is used up.",
        ),
        Both(
            "Báo cho hai cơ sở kê đơn biết về nhau và hỏi ai theo dõi việc dùng opioid.",
            "Tell the two practices of each other and ask who follows the opioid treatment.",
        ),
        (Measure("overlap_days", "at-least", "overlap_days_min"),),
    ),
    "trinity": RuleText(
        Both(
            "Người bệnh có đồng thời thuốc opioid, benzodiazepin và carisoprodol.",
            "The patient has an opioid, a benzodiazepine and carisoprodol in supply at once.",
        ),
        Both(
            "Cả ba đều làm giảm hô hấp và tăng tác dụng của nhau.",
            "All three depress breathing and deepen each other's effect.",
        ),
        Both(
            "Không có nghĩa là ba thuốc đã được uống cùng lúc hay bị lạm dụng: một thuốc có thể đã "
            "được ngừng khi thuốc khác bắt đầu.",
            "It does not mean that the three were taken together or are misused: one may have been "
            "stopped when the next began.",
        ),
        Both(
            "Báo ngay cho những người kê đơn; đề nghị một người xem lại toàn bộ thuốc.",
            "Tell the prescribers now; ask that one of them reviews all the medicines.",
        ),
        (Measure("overlap_days", "at-least", "overlap_days_min"),),
    ),
    "mme-daily": RuleText(
        Both(
            "Liều opioid mỗi ngày của người bệnh cao, quy đổi theo morphin.",
            "The patient's opioids come to a high daily dose in morphine equivalents.",
        ),
        Both(
            "Liều quy đổi tính từ hàm lượng, số lượng và số ngày dùng đã ghi; thuốc không rõ hệ số "
            "không được tính, nên liều thật có thể cao hơn.",
            "The dose is computed from strength, quantity and days' supply on record; medicines "
            "without a known factor are not counted, so the true dose may be higher.",
        ),
        Both(
            "Không có nghĩa là liều sai: có người bệnh cần liều này. Ngừng đột ngột là nguy hiểm.",
            "It does not mean that the dose is wrong: some patients need it. Stopping suddenly is "
            "dangerous.",
        ),
        Both(
            "Hỏi người kê đơn đã cân nhắc lợi ích, nguy cơ và naloxon dự phòng chưa.",
            "Ask whether the prescriber has weighed benefit and risk and offered naloxone.",
        ),
        (Measure("mme_per_day", "at-least", "mme_per_day_min"),),
    ),
    "mme-extreme": RuleText(
        Both(
            "Trong một năm, liều opioid của người bệnh ở mức rất cao.",
            "Over a year the patient's opioids come to an extreme dose.",
        ),
        Both(
            "Liều quy đổi tính từ hàm lượng, số lượng và số ngày dùng đã ghi; thuốc không rõ hệ số "
            "không được tính, nên liều thật có thể cao hơn.",
            "The dose is computed from strength, quantity and days' supply on record; medicines "
            "without a known factor are not counted, so the true dose may be higher.",
        ),
        Both(
            "Không có nghĩa là có người bán thuốc: một số người bệnh đạt liều này khi điều trị. "
            "Ngừng đột ngột là nguy hiểm.",
            "It does not mean that anybody sells the medicines: some patients reach such doses in "
            "treatment. Stopping suddenly is dangerous.",
        ),
        Both(
            "Tìm xem ai điều phối việc điều trị; trao đổi với người đó trước khi làm việc gì khác.",
            "Find out who coordinates the treatment; talk to them before anything else is done.",
        ),
        (
            Measure("mme_per_day_mean", "at-least", "mme_per_day_mean_min", ("by", "mean")),
            Measure("days_exceeded", "at-least", "days_exceeded_min", ("by", "days")),
            Measure("practices", "at-least", "practices_min", ("by", "days")),
            Measure("pharmacies", "at-least", "pharmacies_min", ("by", "days")),
        ),
    ),
    "naive-high": RuleText(
        Both(
            "Người bệnh lần đầu dùng opioid với số ngày dài hoặc liều cao.",
            "A patient's first opioid was for many days or of a high dose.",
        ),
        Both(
            "Lần đầu dùng dài hoặc liều cao làm tăng khả năng phải dùng lâu dài.",
            "A long or strong first use makes long-term use more likely.",
        ),
        Both(
            "Không có nghĩa là có sai sót: sau một cuộc mổ lớn điều đó có thể đúng.",
            "It does not mean that anything was done wrong: after a large operation it may be "
            "right.",
        ),
        Both(
            "Chỉ dùng cho thống kê; không liên hệ riêng từng trường hợp.",
            "For statistics only; nobody is contacted about a single case.",
        ),
        (
            Measure("supply_days", "more-than", "supply_days_allowed", ("by", "days")),
            Measure("mme_per_day", "at-least", "mme_per_day_min", ("by", "dose")),
        ),
    ),
    "possession-excess": RuleText(
        Both(
            "Người bệnh nhận thuốc kiểm soát đặc biệt nhiều hơn số ngày có thể dùng.",
            "The patient was handed more of a controlled medicine than there were days to take it.",
        ),
        Both(
            "Tổng số ngày dùng đã cấp trong khoảng thời gian này vượt quá số ngày của nó.",
            "The days' supply handed over in the period add up to more than its days.",
        ),
        Both(
            "Không có nghĩa là đã dùng hoặc bán nhiều hơn: liều có thể tăng, thuốc có thể mất, "
            "hai hàm lượng có thể được dùng cùng nhau cho đủ một liều.",
            "It does not mean that more was taken or sold: doses are raised, medicines are lost, "
            "two strengths are given side by side to make up one dose.",
        ),
        Both(
            "Đối chiếu liều đã kê với số lượng đã cấp; nếu không khớp, hỏi người kê đơn.",
            "Compare the prescribed dose with what was handed over; if they do not agree, ask the "
            "prescriber.",
        ),
        (Measure("percent_of_days", "more-than", "percent_allowed"),),
    ),
    "shopper-centrality": RuleText(
        Both(
            "Người bệnh thuộc nhóm ở vị trí trung tâm nhất của mạng lưới opioid giữa người bệnh, "
            "cơ sở kê đơn và nhà thuốc.",
            "The patient is among the most central in the network of opioids between patients, "
            "practices and pharmacies.",
        ),
        Both(
            "Trong ba tháng, người bệnh nhận nhiều opioid, từ nhiều cơ sở kê đơn và nhiều nhà "
            "thuốc; tính theo liều quy đổi, rất ít người có vị trí trung tâm hơn.",
            "Over three months much opioid reached the patient, from several practices through "
            "several pharmacies; weighed by dose, very few stand nearer the middle.",
        ),
        Both(
            "Không có nghĩa là người bệnh gian dối, lạm dụng hay bán thuốc: bao giờ cũng có người "
            "đứng cao nhất. Đau nặng, chuyển nhà, chuyển viện, nhà thuốc hết hàng cũng có dấu hiệu "
            "này. Ngừng thuốc đột ngột là nguy hiểm.",
            "It does not mean that the patient deceived anyone, or misuses or sells the medicines: "
            "somebody is always among the highest. Severe pain, a move, referrals and pharmacies "
            "without stock look the same. Stopping suddenly is dangerous.",
        ),
        Both(
            "Chỉ dùng cho thống kê, để chọn xem lại việc điều trị của ai trước; đọc các cảnh báo "
            "khác của người bệnh.",
            "For statistics only, to choose whose treatment is reviewed first; read the patient's "
            "other alerts.",
        ),
        (
            Measure("centrality", "beside"),
            Measure("peers_centrality", "beside"),
            Measure("practices", "at-least", "practices_min"),
            Measure("pharmacies", "at-least", "pharmacies_min"),
            Measure("patients", "at-least", "patients_min"),
        ),
    ),
}
