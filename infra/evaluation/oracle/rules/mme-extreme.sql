-- The 365 days that end with a dispense's supply: a mean of 240 MME, or above 120 MME on 90 days
-- with four practices and four pharmacies.
WITH dosed AS (
    SELECT patient, place, fact_id, practice, supplier, first, until, mme_milli
    FROM supply WHERE mme_milli IS NOT NULL
), year AS (
    SELECT now.patient, now.place, now.fact_id, now.until AS ends, d.*
               EXCLUDE (patient, place, fact_id)
    FROM dosed now JOIN dosed d ON d.patient = now.patient AND d.place <= now.place
         AND d.until > now.until - 365
), daily AS (
    SELECT patient, place, day, sum(mme_milli) AS dose
    FROM (SELECT patient, place, mme_milli,
                 unnest(range(greatest(first, ends - 365), least(until, ends))) AS day FROM year)
    GROUP BY ALL
), doses AS (
    SELECT patient, place, sum(dose) AS total, count(*) FILTER (dose > 120000) AS days_above
    FROM daily GROUP BY ALL
), places AS (
    SELECT patient, place, fact_id, count(DISTINCT nullif(practice, '')) AS practices,
           count(DISTINCT nullif(supplier, '')) AS pharmacies
    FROM year GROUP BY ALL
)
SELECT patient, fact_id FROM doses JOIN places USING (patient, place)
WHERE total >= 240000 * 365 OR (days_above >= 90 AND practices >= 4 AND pharmacies >= 4)
