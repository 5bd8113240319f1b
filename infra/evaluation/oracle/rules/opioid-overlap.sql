-- The same for days on which opioids of two practices are in hand: a day counts from the dispense
-- by which a second practice covers it. One row per line of a dispense.
WITH covered AS (
    SELECT patient, place, practice, unnest(range(first, until)) AS day FROM supply
    WHERE opioid AND practice <> ''
), by_practice AS (
    SELECT patient, day, practice, min(place) AS since FROM covered GROUP BY ALL
), second AS (
    SELECT patient, day, since,
           row_number() OVER (PARTITION BY patient, day ORDER BY since) AS number
    FROM by_practice
), doubled AS (
    SELECT patient, day, since FROM second WHERE number = 2
)
SELECT DISTINCT ON (own.patient, own.place) own.patient, medicine.fact_id
FROM (
    SELECT own.patient, own.place
    FROM (SELECT DISTINCT patient, place, day FROM covered) own
    JOIN doubled here
      ON here.patient = own.patient AND here.day = own.day AND here.since <= own.place
    JOIN doubled d ON d.patient = own.patient AND d.since <= own.place
         AND d.day BETWEEN own.day - 89 AND own.day
    GROUP BY own.patient, own.place, own.day
    HAVING count(*) >= 7
) own JOIN medicine ON medicine.patient = own.patient AND medicine.place = own.place
