WITH written AS (
    SELECT prescriber, month, template, count(*) AS n
    FROM of_place JOIN (
        SELECT fact_id, string_agg(key || '*' || coalesce(days::VARCHAR, '?'), ';' ORDER BY key, days)
            AS template
        FROM medicine GROUP BY fact_id
    ) USING (fact_id)
    WHERE NOT dispensed AND prescriber <> '' AND suspect
    GROUP BY ALL
)
SELECT prescriber, month FROM written GROUP BY ALL
HAVING sum(n) >= 50 AND 1 - sum(n * ln(n)) / (sum(n) * ln(sum(n))) < 0.3
