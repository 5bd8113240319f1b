-- The facts that hold, as rules about prescribers and pharmacies look at them: month by month.
-- `month` counts from January of year 0; suspect is what is controlled and not for the dying.
CREATE TABLE of_place AS
SELECT fact.*,
       year(DATE '1970-01-01' + day::INTEGER) * 12 + month(DATE '1970-01-01' + day::INTEGER) - 1
           AS month,
       (at_ms // 60000 + 7 * 60) % 1440 AS minute_of_day,
       coalesce(controlled, false) AND treatment NOT IN ('CANCER', 'PALLIATIVE') AS suspect
FROM fact
LEFT JOIN (SELECT fact_id, bool_or(controlled) AS controlled FROM medicine GROUP BY fact_id)
    USING (fact_id);
