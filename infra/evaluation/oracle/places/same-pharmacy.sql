WITH sold AS (
    SELECT prescriber, month, day, pharmacy, count(DISTINCT code) AS n
    FROM of_place
    WHERE dispensed AND prescriber <> '' AND pharmacy NOT IN ('', practice)
    GROUP BY ALL
)
SELECT DISTINCT prescriber, month FROM (
    SELECT prescriber, month, day FROM sold GROUP BY ALL
    HAVING sum(n) >= 10 AND max(n) * 100 > 80 * sum(n)
)
