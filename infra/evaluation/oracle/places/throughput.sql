WITH quarter AS (
    SELECT prescriber, month, at_ms // 900000 AS slot, count(*) AS n
    FROM of_place WHERE NOT dispensed AND prescriber <> '' GROUP BY ALL
)
SELECT DISTINCT prescriber, month FROM (
    SELECT last.prescriber, last.month
    FROM quarter last JOIN quarter earlier USING (prescriber, month)
    WHERE earlier.slot BETWEEN last.slot - 3 AND last.slot
    GROUP BY last.prescriber, last.month, last.slot
    HAVING sum(earlier.n) > 30
)
