-- Seven days in a row, one of them the dispense's own, that come to 7 x 50 MME or more.
WITH dosed AS (
    SELECT patient, place, fact_id, first, until, mme_milli FROM supply WHERE mme_milli IS NOT NULL
), tried AS (
    SELECT patient, place, fact_id, unnest(range(first - 6, until)) AS start FROM dosed
), summed AS (
    SELECT tried.patient, tried.place, tried.fact_id, tried.start,
           sum(d.mme_milli * (least(d.until, start + 7) - greatest(d.first, start))) AS dose
    FROM tried JOIN dosed d ON d.patient = tried.patient AND d.place <= tried.place
         AND d.first < start + 7 AND d.until > start
    GROUP BY ALL
)
SELECT patient, fact_id FROM summed
GROUP BY patient, place, fact_id HAVING max(dose) // 7 >= 50000
