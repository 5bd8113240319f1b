-- The same medicine on another prescription, more than 3 days left, too little used. What is left
-- after fills of d1..dn days on days t1..tn lasts until the largest ti + di + ... + dn.
WITH fill AS (
    SELECT patient, fact_id, nth, day, code, key, max(CASE WHEN days > 90 THEN 90 ELSE days END) AS days,
           bool_or(controlled) AS controlled
    FROM medicine WHERE dispensed AND key <> ''
    GROUP BY ALL
), earlier AS (
    SELECT now.patient, now.fact_id, now.key, now.day AS today, now.controlled, past.day AS past_day,
           past.day + sum(coalesce(past.days, 0)) OVER (
               PARTITION BY now.patient, now.fact_id, now.key ORDER BY past.nth DESC) AS lasts
    FROM fill now JOIN fill past
      ON past.patient = now.patient AND past.key = now.key AND past.nth < now.nth
         AND past.day >= now.day - 100 AND past.code <> now.code
)
SELECT patient, fact_id FROM earlier
GROUP BY patient, fact_id, key, today, controlled
HAVING max(lasts) - today > 3
   AND (today - max(past_day)) * 100
       < CASE WHEN controlled THEN 85 ELSE 75 END * (max(lasts) - max(past_day))
