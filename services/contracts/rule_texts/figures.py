"""The names of the figures an alert shows."""

from __future__ import annotations

from services.contracts.rule_texts.words import Both

FIGURES: dict[str, Both] = {
    "controlled": Both("thuốc kiểm soát đặc biệt", "controlled medicine"),
    "days_in_hand_after_last_dispense": Both(
        "số ngày thuốc có sau lần nhận trước", "days in hand after the last dispense"
    ),
    "days_left": Both("số ngày thuốc còn lại", "days of supply left"),
    "days_since_last_dispense": Both("số ngày từ lần nhận trước", "days since the last dispense"),
    "dispenses": Both("số lần bán", "dispenses"),
    "dispenses_of_unknown_days": Both(
        "số lần bán không rõ số ngày dùng", "dispenses of unknown days' supply"
    ),
    "distance_km": Both("khoảng cách (km)", "distance (km)"),
    "events_without_place": Both("số lần không rõ địa điểm", "events without a place"),
    "evidence_facts": Both("số sự kiện làm căn cứ", "facts of evidence"),
    "exemptions_considered": Both("trường hợp miễn trừ đã xét", "exemptions considered"),
    "from_facility": Both("từ cơ sở", "from facility"),
    "hits": Both("số lần khớp quy tắc", "hits of the rule"),
    "medicine": Both("thuốc", "medicine"),
    "minutes_between": Both("số phút giữa hai lần", "minutes between"),
    "mode": Both("chế độ của quy tắc", "mode of the rule"),
    "overlap_days": Both("số ngày có cả hai thuốc", "days with both in supply"),
    "overlap_first_day": Both("ngày đầu có cả hai thuốc", "first day with both"),
    "overlap_last_day": Both("ngày cuối có cả hai thuốc", "last day with both"),
    "pharmacies": Both("số nhà thuốc", "pharmacies"),
    "practices": Both("số cơ sở kê đơn", "practices"),
    "speed_kmh_needed": Both("tốc độ cần có (km/giờ)", "speed needed (km/h)"),
    "supply_until": Both("thuốc đủ dùng đến", "supply lasts until"),
    "suppressed_by": Both("trường hợp miễn trừ áp dụng", "exemptions that apply"),
    "to_facility": Both("đến cơ sở", "to facility"),
    "used_percent": Both("tỷ lệ đã dùng (%)", "used (%)"),
    "window_first_day": Both("ngày đầu của khoảng xét", "first day of the window"),
    "window_last_day": Both("ngày cuối của khoảng xét", "last day of the window"),
    "limit_days_left_allowed": Both("số ngày còn lại cho phép", "days left that are allowed"),
    "limit_distance_km_allowed": Both("khoảng cách cho phép (km)", "distance allowed (km)"),
    "limit_lookback_days": Both("số ngày xét về trước", "days looked back"),
    "limit_overlap_days_min": Both("số ngày trùng tối thiểu", "fewest days of overlap"),
    "limit_pharmacies_min": Both("số nhà thuốc tối thiểu", "fewest pharmacies"),
    "limit_practices_min": Both("số cơ sở kê đơn tối thiểu", "fewest practices"),
    "limit_speed_kmh_allowed": Both("tốc độ cho phép (km/giờ)", "speed allowed (km/h)"),
    "limit_speed_kmh_allowed_between_airports": Both(
        "tốc độ cho phép giữa hai tỉnh có sân bay (km/giờ)",
        "speed allowed between provinces with airports (km/h)",
    ),
    "limit_supply_days_max": Both("số ngày dùng tối đa mỗi lần", "most days one dispense counts"),
    "limit_used_percent_min_controlled": Both(
        "tỷ lệ phải dùng, thuốc kiểm soát (%)", "to be used first, controlled (%)"
    ),
    "limit_used_percent_min_other": Both(
        "tỷ lệ phải dùng, thuốc khác (%)", "to be used first, others (%)"
    ),
    "limit_window_days": Both("độ dài khoảng xét (ngày)", "length of the window (days)"),
    "limit_window_hours": Both("độ dài khoảng xét (giờ)", "length of the window (hours)"),
    "by": Both("theo tiêu chí", "by which measure"),
    "days_exceeded": Both("số ngày vượt liều", "days above the dose"),
    "dispenses_of_unknown_dose": Both(
        "số lần bán không rõ liều quy đổi", "dispenses of unknown dose"
    ),
    "mean_last_day": Both("ngày cuối của số trung bình", "last day of the mean"),
    "mme_per_day": Both("liều morphin quy đổi mỗi ngày (MME)", "morphine equivalents a day (MME)"),
    "mme_per_day_mean": Both("liều trung bình mỗi ngày (MME)", "mean dose a day (MME)"),
    "percent_of_days": Both("phần trăm số ngày", "per cent of the days"),
    "supply_days": Both("số ngày dùng đã cấp", "days of supply"),
    "limit_days_exceeded_min": Both("số ngày vượt liều tối thiểu", "fewest days above the dose"),
    "limit_days_without": Both("số ngày không dùng trước đó", "days without before"),
    "limit_mean_days": Both("số ngày tính trung bình", "days of the mean"),
    "limit_mme_per_day_exceeded": Both(
        "liều mỗi ngày bị vượt (MME)", "dose a day that is exceeded (MME)"
    ),
    "limit_mme_per_day_high": Both(
        "liều mỗi ngày rất cao (MME)", "dose a day that weighs heavier (MME)"
    ),
    "limit_mme_per_day_mean_min": Both(
        "liều trung bình tối thiểu (MME)", "lowest mean dose a day (MME)"
    ),
    "limit_mme_per_day_min": Both("liều mỗi ngày tối thiểu (MME)", "lowest dose a day (MME)"),
    "limit_percent_allowed": Both("phần trăm cho phép", "per cent allowed"),
    "limit_supply_days_allowed": Both("số ngày dùng cho phép", "days of supply allowed"),
    "days_allowed": Both("số ngày luật cho phép", "days the law allows"),
    "facilities": Both("số cơ sở", "facilities"),
    "facilities_common_group": Both(
        "số cơ sở kê cùng nhóm thuốc", "facilities with a group in common"
    ),
    "pharmacy": Both("nhà thuốc", "pharmacy"),
    "prescriber": Both("người kê đơn", "prescriber"),
    "prescriptions": Both("số đơn", "prescriptions"),
    "visits": Both("số lần khám", "visits"),
    "visits_within_days": Both("trong số ngày", "within so many days"),
    "limit_days_allowed": Both("số ngày cho phép", "days allowed"),
    "limit_days_allowed_acute_narcotic": Both(
        "số ngày cho phép, gây nghiện cấp tính", "days allowed, acute narcotic"
    ),
    "limit_days_allowed_acute_psychotropic": Both(
        "số ngày cho phép, hướng thần cấp tính", "days allowed, acute psychotropic"
    ),
    "limit_days_allowed_chronic": Both(
        "số ngày cho phép, bệnh Phụ lục VII", "days allowed, diseases of Annex VII"
    ),
    "limit_facilities_min": Both("số cơ sở tối thiểu", "fewest facilities"),
    "limit_facilities_min_common_group": Both(
        "số cơ sở tối thiểu cùng nhóm thuốc", "fewest facilities with a group in common"
    ),
    "limit_footprint_days": Both("số ngày xét dấu vết", "days looked back for anything else"),
    "limit_prescriptions_min": Both("số đơn tối thiểu", "fewest prescriptions"),
    "limit_visits_allowed_long": Both("số lần khám cho phép, dài hạn", "visits allowed, long"),
    "limit_visits_allowed_short": Both("số lần khám cho phép, ngắn hạn", "visits allowed, short"),
    "limit_window_days_long": Both("độ dài khoảng xét dài hạn (ngày)", "long window (days)"),
    "limit_window_days_short": Both("độ dài khoảng xét ngắn hạn (ngày)", "short window (days)"),
    "month": Both("tháng", "month"),
    "months_found": Both("số tháng có dấu hiệu", "months that show it"),
    "deviations": Both(
        "số độ lệch chuẩn trên mức thường", "standard deviations above what is usual"
    ),
    "prescriptions_this_month": Both("số đơn tháng này", "prescriptions this month"),
    "prescriptions_month_before": Both("số đơn tháng trước", "prescriptions the month before"),
    "peers": Both("số người hoặc nơi được so sánh", "peers compared with"),
    "peer_group": Both("nhóm so sánh", "peer group"),
    "peer_median": Both("trung vị của nhóm", "median of the peers"),
    "probability_percent": Both(
        "xác suất cao hơn nhóm (%)", "probability of being above the peers (%)"
    ),
    "controlled_prescriptions": Both(
        "số đơn có thuốc kiểm soát đặc biệt", "controlled prescriptions"
    ),
    "share_percent": Both("tỷ lệ (%)", "share (%)"),
    "peers_share_percent": Both(
        "mức hầu hết nhóm không vượt (%)", "what almost all peers stay below (%)"
    ),
    "at_night": Both("số đơn ban đêm", "prescriptions at night"),
    "percent": Both("phần trăm", "per cent"),
    "prescriptions_an_hour": Both("số đơn trong một giờ", "prescriptions within an hour"),
    "hour_from": Both("giờ bắt đầu", "hour from"),
    "expected": Both("số đơn dự kiến", "prescriptions to be expected"),
    "percent_of_expected": Both("phần trăm so với dự kiến", "per cent of what was expected"),
    "highest_on": Both("cao nhất vào ngày", "highest on"),
    "at_one_pharmacy": Both("số đơn bán tại một nhà thuốc", "prescriptions at one pharmacy"),
    "on_day": Both("vào ngày", "on day"),
    "days": Both("số ngày", "days"),
    "variety": Both("độ đa dạng (0 đến 1)", "variety (0 to 1)"),
    "different": Both("số đơn khác nhau", "different prescriptions"),
    "most_frequent": Both("số đơn giống nhau nhiều nhất", "most of one kind"),
    "components": Both("số chỉ số vượt", "measures that stand out"),
    "which": Both("các chỉ số", "which measures"),
    "score": Both("tổng thứ hạng", "sum of the ranks"),
    "customers": Both("số người bệnh đã mua", "patients served"),
    "prescribers_served": Both("số người kê đơn", "prescribers served"),
    "opioids_sold": Both("số lần bán opioid", "dispenses with an opioid"),
    "sedatives_sold": Both("số lần bán thuốc an thần", "dispenses with a sedative"),
    "reversed": Both("số lần bán bị hủy", "dispenses taken back"),
    "percent_late": Both("phần trăm hủy muộn", "per cent taken back late"),
    "on_last_day": Both("số lần bán vào ngày cuối", "sales on the last day"),
    "limit_deviations_allowed": Both("số độ lệch chuẩn cho phép", "standard deviations allowed"),
    "limit_peers_percent": Both("so với phần trăm của nhóm", "per cent of the peers"),
    "limit_probability_percent_allowed": Both("xác suất cho phép (%)", "probability allowed (%)"),
    "limit_prescriptions_an_hour_allowed": Both(
        "số đơn một giờ cho phép", "prescriptions an hour allowed"
    ),
    "limit_dispenses_min": Both("số lần bán tối thiểu", "fewest dispenses"),
    "limit_percent_late_allowed": Both(
        "phần trăm hủy muộn cho phép", "per cent taken back late allowed"
    ),
    "limit_percent_min": Both(
        "phần trăm tối thiểu so với dự kiến", "lowest per cent of what was expected"
    ),
    "limit_day_weight_percent": Both("trọng số của một ngày (%)", "weight of one day (%)"),
    "limit_past_days_min": Both("số ngày quá khứ tối thiểu", "fewest days of past"),
    "limit_days_min": Both("số ngày tối thiểu", "fewest days"),
    "limit_variety_min": Both("độ đa dạng tối thiểu", "lowest variety"),
    "limit_peers_min": Both("số người so sánh tối thiểu", "fewest peers"),
    "limit_components_min": Both("số chỉ số tối thiểu", "fewest measures"),
    "limit_components_high": Both("số chỉ số cần xem xét", "measures that ask for a look"),
    "limit_highest_percent": Both("phần cao nhất của nhóm (%)", "highest part of the group (%)"),
    "limit_quartile_ranges_allowed": Both(
        "số khoảng tứ phân vị cho phép", "quartile ranges allowed"
    ),
    "limit_last_day_after_issue": Both(
        "ngày nhận cuối sau khi kê", "last day of collection after the issue"
    ),
    "patients": Both("số người bệnh", "patients"),
    "prescribers": Both("số người kê đơn trong vòng", "prescribers in the circle"),
    "which_prescribers": Both("những người kê đơn", "which prescribers"),
    "inside": Both("số lần bán trong vòng", "sales within the circle"),
    "internal_percent": Both("phần bán trong vòng (%)", "sales within the circle (%)"),
    "flagged_percent": Both("người bệnh có cảnh báo (%)", "patients with alerts (%)"),
    "limit_pair_dispenses_min": Both(
        "số lần bán tối thiểu giữa người kê đơn và nhà thuốc",
        "fewest sales between prescriber and pharmacy",
    ),
    "limit_patient_dispenses_min": Both(
        "số lần bán tối thiểu cho một người bệnh", "fewest sales to a patient"
    ),
    "limit_lift_min": Both("số lần hơn dự kiến tối thiểu", "lowest ratio to what size lets expect"),
    "limit_patients_min": Both("số người bệnh tối thiểu", "fewest patients"),
    "limit_members_max": Both("số thành viên tối đa", "most members"),
    "limit_internal_percent_min": Both(
        "phần bán trong vòng tối thiểu (%)", "lowest share of sales within (%)"
    ),
    "limit_flagged_percent_min": Both(
        "phần người bệnh có cảnh báo tối thiểu (%)", "lowest share of patients with alerts (%)"
    ),
    "centrality": Both("độ trung tâm (1 là mức chia đều)", "centrality (1 is the even share)"),
    "peers_centrality": Both(
        "độ trung tâm hầu hết người bệnh không vượt", "centrality almost all patients stay below"
    ),
    "mme_handed_over": Both(
        "tổng opioid đã cấp (MME, mọi ngày)", "opioids handed over (MME, all days)"
    ),
    "limit_damping": Both(
        "phần điểm nhận từ phía kia (0 đến 1)", "part of a score from the other side (0 to 1)"
    ),
}
