-- A registry of :rows prescriptions (a number is put there) with three records each, over a year.
-- Facilities have very different sizes, as in a country; the records of one prescription lie apart,
-- as they do when many are under way at once. States and outcomes are shorter than real ones: it
-- is the number of rows that decides a plan.

-- A number below `size` that is small much more often than large, the same for the same `seed`.
CREATE FUNCTION pg_temp.uneven(seed bigint, salt bigint, size int) RETURNS int
    IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT floor(size * power((hashint8extended(seed, salt) & 1048575) / 1048576.0, 3))::int $$;

CREATE FUNCTION pg_temp.even(seed bigint, salt bigint, size int) RETURNS int
    IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT ((hashint8extended(seed, salt) & 9007199254740991) % size)::int $$;

CREATE FUNCTION pg_temp.clinic(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT 'C' || lpad(pg_temp.uneven(n, 1, 14000)::text, 5, '0') $$;

CREATE FUNCTION pg_temp.pharmacy(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT 'P' || lpad(pg_temp.uneven(n, 2, 60000)::text, 5, '0') $$;

CREATE FUNCTION pg_temp.payer(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT 'V' || lpad(pg_temp.uneven(n, 3, 63)::text, 3, '0') $$;

CREATE FUNCTION pg_temp.code(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT substr(pg_temp.clinic(n), 2) || lpad(to_hex(n), 7, '0') || '-c' $$;

-- The moment prescription n was issued: over the year 2026.
CREATE FUNCTION pg_temp.begun(n bigint) RETURNS timestamptz IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT to_timestamp(1767225600 + n * 31536000.0 / :rows) $$;

-- The act of record g (0 issued, 1 and 2 what follows), and the prescription it is about.
CREATE FUNCTION pg_temp.about(g bigint) RETURNS bigint IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT (g / 3 - (g % 3) * least(1000, :rows / 10) + :rows) % :rows $$;

CREATE FUNCTION pg_temp.act(g bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS $$ SELECT CASE g % 3
        WHEN 0 THEN 'PrescriptionIssued'
        WHEN 1 THEN 'PrescriptionDispensed'
        ELSE CASE WHEN pg_temp.about(g) % 5 < 2 THEN 'PrescriptionClaimed' ELSE 'DispensingReserved' END
    END $$;

-- name: prescription
INSERT INTO prescription (code, patient_ref, practice_id, issued_at, state, partition, due_at)
SELECT
    pg_temp.code(n),
    md5('patient ' || pg_temp.even(n, 4, greatest(:rows / 4, 1))),
    pg_temp.clinic(n),
    pg_temp.begun(n),
    json_build_object(
        'code', pg_temp.code(n),
        'issued', json_build_object(
            'event_id', md5('issued ' || n), 'practice_id', pg_temp.clinic(n),
            'issued_at', pg_temp.begun(n), 'valid_until', pg_temp.begun(n) + interval '5 days'
        ),
        'lines', json_build_array(json_build_object('line', 1, 'quantity', '20', 'unit', 'viên'))
    ),
    pg_temp.even(n, 5, 12),
    -- open ones are due within days, or within the half hour of a hold; closed ones never
    CASE
        WHEN n > :rows * 0.986 AND n % 3 = 0 THEN pg_temp.begun(n) + interval '5 days'
        WHEN n > :rows * 0.9999 THEN pg_temp.begun(n) + interval '30 minutes'
    END
FROM generate_series(0, :rows - 1) AS n;

-- name: record
INSERT INTO record (partition, "offset", code, event_id, submission, facility_id, recorded_at,
    content_hash, value, outcome)
SELECT
    pg_temp.even(n, 5, 12),
    g,
    pg_temp.code(n),
    md5('event ' || g)::uuid::text,
    pg_temp.act(g),
    CASE WHEN g % 3 = 0 THEN pg_temp.clinic(n) ELSE pg_temp.pharmacy(n) END,
    pg_temp.begun(g / 3),
    sha256(int8send(g)),
    int8send(g) || int8send(n),
    json_build_object(
        'outcome_id', pg_temp.even(n, 5, 12) || '-' || g, 'submission', pg_temp.act(g),
        'prescription_code', pg_temp.code(n), 'result', 'made', 'verdict', 'RECORDED'
    )
FROM generate_series(0, :rows * 3 - 1) AS g
CROSS JOIN LATERAL (SELECT pg_temp.about(g)) AS of (n);

-- name: concern
INSERT INTO concern (facility_id, partition, "offset", code, book, booked_at)
SELECT
    facility_id,
    pg_temp.even(n, 5, 12),
    g,
    pg_temp.code(n),
    book,
    CASE WHEN book IS NOT NULL THEN pg_temp.begun(g / 3) END
FROM generate_series(0, :rows * 3 - 1) AS g
CROSS JOIN LATERAL (SELECT pg_temp.about(g), pg_temp.act(g)) AS of (n, act)
CROSS JOIN LATERAL (
    SELECT pg_temp.clinic(n), CASE WHEN act = 'PrescriptionIssued' THEN 'issued' END
    UNION ALL
    SELECT pg_temp.pharmacy(n), CASE WHEN act = 'PrescriptionDispensed' THEN 'dispensed' END
    WHERE act <> 'PrescriptionIssued'
    UNION ALL
    SELECT pg_temp.payer(n), 'claimed' WHERE act = 'PrescriptionClaimed'
) AS one (facility_id, book);

-- name: rest
INSERT INTO fold_position (topic, partition, next_offset, epoch)
    SELECT 'rx.log', p, :rows * 3, 1 FROM generate_series(0, 11) AS p;
INSERT INTO tally
    SELECT p, submission, verdict, 'result ' || result, :rows / 100
    FROM generate_series(0, 11) AS p,
        unnest(ARRAY['PrescriptionIssued', 'PrescriptionDispensed', 'DispensingReserved',
            'PrescriptionClaimed', 'TimeTicked']) AS submission,
        unnest(ARRAY['ACCEPTED', 'REFUSED', 'RECORDED']) AS verdict,
        generate_series(1, 8) AS result;
