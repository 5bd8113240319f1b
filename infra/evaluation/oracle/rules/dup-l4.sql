-- Seven common days of two medicines of one listed group. One row per line.
WITH listed AS (
    SELECT *, CASE
        WHEN key LIKE 'A02BC%' THEN 'proton pump inhibitors'
        WHEN key LIKE 'C10AA%' THEN 'statins'
        WHEN key LIKE 'C09AA%' OR key LIKE 'C09CA%' THEN 'renin'
        WHEN key LIKE 'N05BA%' THEN 'anxiolytics'
        WHEN key LIKE 'N05CD%' OR key LIKE 'N05CF%' THEN 'hypnotics'
        WHEN key LIKE 'M01A%' THEN 'anti-inflammatories'
        WHEN key LIKE 'N06AB%' THEN 'serotonin' END AS kind
    FROM supply WHERE length(key) = 7
)
SELECT now.patient, now.fact_id FROM listed now
WHERE EXISTS (
    SELECT 1 FROM listed past
    WHERE past.patient = now.patient AND past.kind = now.kind AND past.key <> now.key
      AND past.place < now.place
      AND least(past.until, now.until) - greatest(past.first, now.first) >= 7)
