-- The opioids of a day without any in the 180 days before: for more than 7 days, or 50 MME.
WITH given AS (
    SELECT patient, day, nth, fact_id, max(coalesce(days, 0)) AS days,
           sum(coalesce(mme_milli, 0)) AS dose
    FROM medicine WHERE dispensed AND opioid GROUP BY ALL
), so_far AS (
    SELECT patient, day, fact_id, max(days) OVER w AS days, sum(dose) OVER w AS dose
    FROM given WINDOW w AS (PARTITION BY patient, day ORDER BY nth ROWS UNBOUNDED PRECEDING)
)
SELECT patient, fact_id FROM so_far
WHERE (days > 7 OR dose >= 50000)
  AND NOT EXISTS (SELECT 1 FROM given past WHERE past.patient = so_far.patient
                  AND past.day < so_far.day AND past.day >= so_far.day - 180)
