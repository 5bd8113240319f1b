-- A visit is a facility on a day: more than 12 within 30 days, or more than 50 within 300.
WITH visit AS (
    SELECT patient, day, practice, min(nth) AS nth FROM fact WHERE NOT dispensed GROUP BY ALL
), counted AS (
    SELECT now.patient, now.nth, count(*) FILTER (past.day > now.day - 30) AS short, count(*) AS long
    FROM visit now JOIN visit past
      ON past.patient = now.patient AND past.nth <= now.nth AND past.day > now.day - 300
    GROUP BY ALL
)
SELECT patient, fact_id FROM counted JOIN fact USING (patient, nth) WHERE short > 12 OR long > 50
