-- Three pharmacies within 180 days, and two supplies of these days from two practices that overlap.
WITH dispense AS (
    SELECT DISTINCT patient, fact_id, nth, day, supplier FROM medicine WHERE dispensed AND opioid
), enough AS (
    SELECT now.patient, now.fact_id, now.nth, now.day
    FROM dispense now JOIN dispense past
      ON past.patient = now.patient AND past.nth <= now.nth AND past.day > now.day - 180
    GROUP BY ALL HAVING count(DISTINCT nullif(past.supplier, '')) >= 3
), opioid AS (
    SELECT patient, nth, practice, first, until FROM supply WHERE opioid AND practice <> ''
)
SELECT patient, fact_id FROM enough
WHERE EXISTS (
    SELECT 1 FROM opioid one JOIN opioid other
      ON other.patient = one.patient AND other.practice < one.practice
         AND other.first < one.until AND one.first < other.until
    WHERE one.patient = enough.patient
      AND one.nth <= enough.nth AND other.nth <= enough.nth
      AND one.first > enough.day - 180 AND other.first > enough.day - 180)
