-- The final log as tables. `told` holds every record as the log carries it, one row per line of a
-- fact; a fact told twice is one fact, a withdrawn one is none, whatever came first.
CREATE TABLE fact AS
SELECT *,
       row_number() OVER (PARTITION BY patient ORDER BY at_ms, fact_id) AS nth,
       CASE WHEN chain <> '' THEN chain ELSE pharmacy END AS supplier
FROM (
    SELECT DISTINCT ON (fact_id)
           patient, fact_id, kind = 'DISPENSED' AS dispensed, code,
           occurred_us // 1000 AS at_ms,
           (occurred_us // 1000 + 7 * 3600000) // 86400000 AS day,
           prescriber, practice, coalesce(pharmacy, '') AS pharmacy, coalesce(chain, '') AS chain,
           in_person, treatment,
           CASE WHEN kind = 'DISPENSED' THEN pharmacy_province ELSE practice_province END AS province,
           CASE WHEN kind = 'DISPENSED' THEN pharmacy_lat ELSE practice_lat END AS lat,
           CASE WHEN kind = 'DISPENSED' THEN pharmacy_lon ELSE practice_lon END AS lon
    FROM told
    WHERE kind IN ('PRESCRIBED', 'DISPENSED')
      AND fact_id NOT IN (SELECT fact_id FROM told WHERE kind = 'WITHDRAWN')
);

-- Milligrams of morphine that one milligram stands for (CDC 2022 and the older CDC/CMS file).
CREATE TABLE factor (atc VARCHAR, hundredths BIGINT);
INSERT INTO factor VALUES
    ('N02AA01', 100), ('N02AA03', 500), ('N02AA05', 150), ('N02AA55', 150), ('N02AA08', 25),
    ('N02AA11', 300), ('N02AB02', 10), ('N02AC05', 470), ('N02AD01', 37), ('N02AX02', 20),
    ('N02AX06', 40), ('N02AJ06', 15), ('N02AJ13', 20), ('N02AJ17', 150), ('N02AJ22', 100);

CREATE TABLE medicine AS
WITH classed AS (
    SELECT DISTINCT fact_id, line, atc, ingredients, strength_thousandths, units, form, control,
           CASE WHEN days > 0 THEN days END AS days,
           atc LIKE 'N02A%' OR atc LIKE 'N01AH%'
               OR atc IN ('R05DA03', 'R05DA04', 'R05DA08') AS opioid,
           atc LIKE 'N05BA%' OR atc LIKE 'N05CD%' OR atc = 'N03AE01' AS bzd,
           atc IN ('M03BA02', 'M03BA52') AS carisoprodol
    FROM told WHERE kind IN ('PRESCRIBED', 'DISPENSED')
)
SELECT fact.*, line, nth * 100 + line AS place, opioid, bzd, carisoprodol, days,
       CASE WHEN length(classed.atc) = 7 THEN classed.atc ELSE ingredients END AS key,
       CASE WHEN control IN ('NARCOTIC', 'PSYCHOTROPIC', 'PRECURSOR') THEN true
            WHEN control <> 'UNKNOWN' THEN false
            ELSE opioid OR bzd OR classed.atc LIKE 'N05CF%' OR classed.atc LIKE 'N05CA%'
                OR classed.atc IN ('N03AA02', 'N06BA01', 'N06BA02', 'N06BA03', 'N06BA04',
                                   'N06BA11', 'N06BA12') END AS controlled,
       CASE WHEN opioid AND form NOT SIMILAR TO '.*(patch|injection|spray|suppository).*'
            THEN strength_thousandths * units * hundredths // (days * 100) END AS mme_milli
FROM fact JOIN classed USING (fact_id) LEFT JOIN factor ON factor.atc = classed.atc;

-- What is in hand from which day until before which: no dispense lasts longer than 90 days.
CREATE TABLE supply AS
SELECT *, day AS first, day + least(days, 90) AS until FROM medicine
WHERE dispensed AND days IS NOT NULL;

CREATE TABLE hit (rule VARCHAR, patient VARCHAR, fact_id VARCHAR);

-- Each dispense of a controlled medicine with the practices and pharmacies of the days before.
CREATE MACRO shopping(practices, pharmacies, window_days) AS TABLE
    SELECT now.patient, now.fact_id
    FROM (SELECT DISTINCT patient, fact_id, nth, day FROM medicine WHERE dispensed AND controlled) now
    JOIN (SELECT DISTINCT patient, nth, day, practice, supplier FROM medicine
          WHERE dispensed AND controlled) past
      ON past.patient = now.patient AND past.nth <= now.nth AND past.day > now.day - window_days
    GROUP BY now.patient, now.fact_id
    HAVING count(DISTINCT nullif(past.practice, '')) >= practices
       AND count(DISTINCT nullif(past.supplier, '')) >= pharmacies;
