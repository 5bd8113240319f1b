-- Prescriptions of one day: three facilities, or two with a group (ATC level 4) in common.
WITH visit AS (
    SELECT patient, fact_id, nth, day, practice FROM fact WHERE NOT dispensed AND practice <> ''
), grouped AS (
    SELECT DISTINCT patient, nth,
           CASE WHEN length(key) = 7 AND key = upper(key) THEN left(key, 5) ELSE key END AS kind
    FROM medicine
    WHERE NOT dispensed AND key <> ''
)
SELECT now.patient, now.fact_id FROM visit now
WHERE (SELECT count(DISTINCT practice) FROM visit v
       WHERE v.patient = now.patient AND v.day = now.day AND v.nth <= now.nth) >= 3
      AND EXISTS (SELECT 1 FROM visit v
                  WHERE v.patient = now.patient AND v.day = now.day AND v.nth < now.nth)
   OR EXISTS (SELECT 1 FROM visit v
              JOIN grouped theirs ON theirs.patient = v.patient AND theirs.nth = v.nth
              JOIN grouped own ON own.patient = now.patient AND own.nth = now.nth
                   AND own.kind = theirs.kind
              WHERE v.patient = now.patient AND v.day = now.day AND v.nth < now.nth
                AND v.practice <> now.practice)
