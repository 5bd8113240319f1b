-- A dispense that is part of a 90-day window with 7 days on which both are in hand. A day counts
-- for a dispense when it was covered by then (`since`).
WITH covered AS (
    SELECT patient, nth, opioid, bzd, unnest(range(first, until)) AS day FROM supply
    WHERE opioid OR bzd
), together AS (
    SELECT patient, day,
           greatest(min(nth) FILTER (opioid), min(nth) FILTER (bzd)) AS since
    FROM covered GROUP BY patient, day
    HAVING bool_or(opioid) AND bool_or(bzd)
), own AS (
    SELECT DISTINCT patient, nth, day FROM covered
)
SELECT DISTINCT fact.patient, fact.fact_id
FROM (
    SELECT own.patient, own.nth, own.day
    FROM own
    JOIN together here ON here.patient = own.patient AND here.day = own.day AND here.since <= own.nth
    JOIN together t ON t.patient = own.patient AND t.since <= own.nth
         AND t.day BETWEEN own.day - 89 AND own.day
    GROUP BY own.patient, own.nth, own.day
    HAVING count(*) >= 7
) found JOIN fact USING (patient, nth)
