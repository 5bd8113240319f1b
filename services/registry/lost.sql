-- Submissions that the former registry was folded from and the log does not hold any more: their
-- place is empty or another record's, and they were not sent again since. Ticks and what could not
-- be read have no event id: time goes on by itself, and the dead letters keep the others.
SELECT former.partition, former."offset", former.code, former.event_id, former.submission,
       former.recorded_at, former.outcome, former.value
FROM registry_before.record AS former
LEFT JOIN registry.record AS kept
    ON kept.partition = former.partition AND kept."offset" = former."offset"
    AND kept.code = former.code AND kept.event_id = former.event_id
    AND kept.recorded_at = former.recorded_at
WHERE former.event_id <> '' AND kept.code IS NULL
  AND NOT EXISTS (
    SELECT FROM registry.record AS again
    WHERE again.code = former.code AND again.event_id = former.event_id
  )
ORDER BY former.recorded_at, former.partition, former."offset"
