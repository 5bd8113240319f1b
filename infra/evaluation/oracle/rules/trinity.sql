-- A day of a dispense's own on which opioid, benzodiazepine and carisoprodol are in hand.
WITH covered AS (
    SELECT patient, place, fact_id, opioid, bzd, carisoprodol, unnest(range(first, until)) AS day
    FROM supply WHERE opioid OR bzd OR carisoprodol
), all_three AS (
    SELECT patient, day,
           greatest(min(place) FILTER (opioid), min(place) FILTER (bzd),
                    min(place) FILTER (carisoprodol)) AS since
    FROM covered GROUP BY patient, day
    HAVING bool_or(opioid) AND bool_or(bzd) AND bool_or(carisoprodol)
)
SELECT patient, fact_id FROM (
    SELECT DISTINCT patient, place, fact_id FROM covered JOIN all_three USING (patient, day)
    WHERE since <= place
)
