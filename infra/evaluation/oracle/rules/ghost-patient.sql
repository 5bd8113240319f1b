-- Five prescriptions sold within 30 days, and for 180 days one prescriber and one pharmacy only.
SELECT now.patient, now.fact_id
FROM fact now JOIN fact past
  ON past.patient = now.patient AND past.nth <= now.nth AND past.day > now.day - 180
WHERE now.dispensed AND now.prescriber <> '' AND now.pharmacy <> ''
GROUP BY now.patient, now.fact_id, now.day, now.prescriber, now.pharmacy
HAVING count(DISTINCT past.code) FILTER (past.dispensed AND past.day > now.day - 30) >= 5
   AND bool_and(past.prescriber = now.prescriber)
   AND bool_and(past.pharmacy = now.pharmacy OR NOT past.dispensed)
