-- Three days or more of the same medicine from another practice. One row per line.
SELECT now.patient, now.fact_id FROM supply now
WHERE now.key <> '' AND now.practice <> '' AND EXISTS (
    SELECT 1 FROM supply past
    WHERE past.patient = now.patient AND past.key = now.key AND past.place < now.place
      AND past.practice NOT IN ('', now.practice)
      AND least(past.until, now.until) - greatest(past.first, now.first) >= 3)
