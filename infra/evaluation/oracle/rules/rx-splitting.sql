-- One prescriber, one medicine, 72 hours: each within the legal days, together beyond them.
WITH written AS (
    SELECT *, CASE
        WHEN treatment = 'CHRONIC_LISTED' THEN 90
        WHEN treatment = 'ACUTE' AND controlled AND opioid THEN 7
        WHEN treatment = 'ACUTE' AND controlled THEN 10
        ELSE 30 END AS allowed
    FROM medicine WHERE NOT dispensed AND prescriber <> '' AND key <> '' AND days IS NOT NULL
)
SELECT now.patient, now.fact_id
FROM written now JOIN written past
  ON past.patient = now.patient AND past.prescriber = now.prescriber AND past.key = now.key
     AND past.place <= now.place AND past.at_ms >= now.at_ms - 72 * 3600000
     AND past.days <= now.allowed
WHERE now.days <= now.allowed
GROUP BY now.patient, now.fact_id, now.place, now.allowed
HAVING count(DISTINCT past.code) > 1 AND sum(past.days) > now.allowed
