-- Days' supply of one group (ATC level 4) within 180 days above 216. One row per line.
WITH counted AS (
    SELECT *, CASE WHEN length(key) = 7 AND key = upper(key) THEN left(key, 5) ELSE key END AS kind
    FROM supply WHERE controlled AND key <> ''
)
SELECT now.patient, now.fact_id
FROM counted now JOIN counted past
  ON past.patient = now.patient AND past.kind = now.kind AND past.place <= now.place
     AND past.first > now.first - 180
GROUP BY now.patient, now.fact_id, now.place
HAVING sum(past.until - past.first) > 216
