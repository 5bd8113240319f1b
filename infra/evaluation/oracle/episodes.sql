-- Hits as alerts, exempt ones apart from the others (one fact may be several hits of a rule, one a
-- medicine): a pause longer than `rearm` ends one; a run that has lasted 90 days is cut where a
-- calendar half-year begins.
CREATE TABLE known (rule VARCHAR, rearm INTEGER, exempt_days INTEGER);
INSERT INTO known VALUES
    ('early-refill', 30, 180), ('cob', 90, 180), ('mpe', 90, 180), ('impossible-travel', 30, NULL),
    ('opioid-overlap', 90, 180), ('trinity', 90, 180), ('mme-daily', 90, 180),
    ('mme-extreme', 30, 150), ('naive-high', 30, 180), ('possession-excess', 90, 180),
    ('mpe-5x5x180', 90, 180), ('mpe-5x5x90', 90, 180), ('pharmacy-shopping', 90, 180),
    ('overlap-shopping', 90, 180), ('dup-l5', 90, 180), ('dup-l4', 90, NULL),
    ('rx-splitting', 30, 180), ('same-day-multi-facility', 30, 180), ('visit-frequency', 90, 180),
    ('ghost-patient', 90, 180);

CREATE TABLE alert AS
WITH counted AS (
    SELECT hit.rule, hit.patient, fact.at_ms, fact.nth, fact.day, rearm, number,
           EXISTS (
               SELECT 1 FROM fact treated
               WHERE treated.patient = hit.patient AND treated.treatment IN ('CANCER', 'PALLIATIVE')
                 AND treated.day >= fact.day - exempt_days AND treated.at_ms <= fact.at_ms
           ) AS exempt,
           year(d) * 2 + (month(d) > 6)::INTEGER AS half
    FROM (SELECT rule, patient, fact_id, count(*) AS number FROM hit GROUP BY ALL) hit
         JOIN fact USING (patient, fact_id) JOIN known USING (rule),
         LATERAL (SELECT DATE '1970-01-01' + fact.day::INTEGER AS d)
), paused AS (
    SELECT *, coalesce(day - lag(day) OVER w > rearm, true) AS begins, lag(half) OVER w AS half_before
    FROM counted WINDOW w AS (PARTITION BY rule, patient, exempt ORDER BY nth)
), runs AS (
    SELECT *, sum(begins::INTEGER) OVER w AS run FROM paused
    WINDOW w AS (PARTITION BY rule, patient, exempt ORDER BY nth ROWS UNBOUNDED PRECEDING)
), cut AS (
    SELECT *, begins OR (half <> half_before
                         AND day - min(day) OVER (PARTITION BY rule, patient, exempt, run) >= 90) AS anew
    FROM runs
), numbered AS (
    SELECT *, sum(anew::INTEGER) OVER w AS episode FROM cut
    WINDOW w AS (PARTITION BY rule, patient, exempt ORDER BY nth ROWS UNBOUNDED PRECEDING)
)
SELECT rule, patient, min(at_ms) AS starts, max(at_ms) AS ends, sum(number)::BIGINT AS hits, exempt
FROM numbered GROUP BY rule, patient, exempt, episode;
