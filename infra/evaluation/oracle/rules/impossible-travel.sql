-- In person in two places more than 50 km apart, faster than 150 km/h (900 between airports).
WITH seen AS (
    SELECT *, radians(lat) AS phi, radians(lon) AS lambda,
           province IN ('01', '11', '22', '31', '38', '40', '44', '46', '48', '52', '56', '66',
                        '68', '79', '91', '92', '96') AS airport
    FROM fact WHERE in_person AND lat IS NOT NULL AND lon IS NOT NULL
), pair AS (
    SELECT now.patient, now.fact_id, now.at_ms - past.at_ms AS ms,
           now.airport AND past.airport AS by_air,
           2 * 6371.0088 * asin(sqrt(least(1.0, pow(sin((now.phi - past.phi) / 2), 2)
               + cos(now.phi) * cos(past.phi) * pow(sin((now.lambda - past.lambda) / 2), 2)))) AS km
    FROM seen now JOIN seen past
      ON past.patient = now.patient AND past.nth < now.nth AND past.at_ms >= now.at_ms - 86400000
)
SELECT DISTINCT patient, fact_id FROM pair
WHERE km > 50 AND km * 3600000 > CASE WHEN by_air THEN 900 ELSE 150 END * ms
