SELECT prescriber, month
FROM of_place
WHERE NOT dispensed AND prescriber <> '' AND suspect
GROUP BY ALL
HAVING count(*) >= 20
   AND count(*) FILTER (minute_of_day >= 22 * 60 OR minute_of_day < 5 * 60) * 100 > 20 * count(*)
