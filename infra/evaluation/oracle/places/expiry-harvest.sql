WITH issued AS (
    SELECT patient, code, arg_min(day, nth) AS issued_on
    FROM of_place WHERE NOT dispensed AND right(lower(code), 1) <> 'n' GROUP BY ALL
)
SELECT pharmacy, month
FROM of_place JOIN issued USING (patient, code)
WHERE dispensed AND pharmacy <> ''
GROUP BY ALL
HAVING count(*) >= 100 AND count(*) FILTER (day - issued_on >= 5) * 100 > 25 * count(*)
