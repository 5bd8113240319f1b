-- What a fold needs to know

-- name: known
-- $1 codes, $2 event ids: of each pair the state of its code and its first record, as far as known
SELECT wanted.code, wanted.event_id, held.state, first.content_hash, first.outcome
FROM unnest($1::text[], $2::text[]) AS wanted (code, event_id)
LEFT JOIN LATERAL (
    SELECT state
    FROM prescription
    WHERE prescription.code = wanted.code
    LIMIT 1 -- so that each is looked for in its own part of the table
) AS held ON true
LEFT JOIN LATERAL (
    SELECT content_hash, outcome
    FROM record
    WHERE record.code = wanted.code AND record.event_id = wanted.event_id
    ORDER BY "offset"
    LIMIT 1
) AS first ON true;

-- name: outcome
-- $1 code, $2 event id, $3 hash of what was asked for
SELECT outcome
FROM record
WHERE code = $1 AND event_id = $2 AND content_hash = $3
ORDER BY "offset"
LIMIT 1;

-- name: due
-- $1 partition, $2 moment, $3 and $4 due_at and code of the last one seen, $5 limit
SELECT code, due_at, state
FROM prescription
WHERE partition = $1 AND due_at <= $2 AND (due_at, code) > ($3::timestamptz, $4::text)
ORDER BY due_at, code
LIMIT $5;

-- name: fold_again
SELECT reason
FROM fold_again
LIMIT 1;

-- What callers ask of one prescription

-- name: prescription
-- $1 code
SELECT state
FROM prescription
WHERE code = $1;

-- name: history
-- $1 code, $2 offset of the last one seen, $3 limit
SELECT "offset", outcome
FROM record
WHERE code = $1 AND "offset" > $2
ORDER BY "offset"
LIMIT $3;

-- name: value
-- $1 code, $2 event id: of the first record with it
SELECT value
FROM record
WHERE code = $1 AND event_id = $2
ORDER BY "offset"
LIMIT 1;

-- What callers ask of several

-- name: states
-- $1 codes
SELECT held.code, held.state
FROM unnest($1::text[]) AS wanted (code)
CROSS JOIN LATERAL (
    SELECT code, state
    FROM prescription
    WHERE prescription.code = wanted.code
    LIMIT 1 -- so that each is looked for in its own part of the table
) AS held;

-- name: of_patient
-- $1 patient reference, $2 and $3 issued_at and code of the last one seen, $4 limit
SELECT code, issued_at, state
FROM prescription
WHERE patient_ref = $1 AND (issued_at, code) < ($2::timestamptz, $3::text)
ORDER BY issued_at DESC, code DESC
LIMIT $4;

-- name: past
-- $1 codes, $2 moment, $3 limit: the submissions recorded by then, in log order
SELECT past.*
FROM unnest($1::text[]) AS wanted (code)
CROSS JOIN LATERAL (
    SELECT code, partition, "offset", recorded_at, value
    FROM record
    WHERE record.code = wanted.code AND recorded_at <= $2 AND submission <> 'TimeTicked'
    ORDER BY "offset"
    LIMIT $3
) AS past
ORDER BY past.code, past."offset"
LIMIT $3;

-- name: book
-- $1 facility, $2 book, $3 and $4 first moment of the day and of the next, $5 to $8 booked_at,
-- partition, offset and code of the last one seen, $9 recorded by, $10 limit
SELECT concern.partition, concern."offset", concern.code, concern.booked_at, told.outcome
FROM concern
CROSS JOIN LATERAL (
    SELECT outcome, recorded_at
    FROM record
    WHERE record.code = concern.code AND record."offset" = concern."offset"
        AND record.partition = concern.partition
    LIMIT 1
) AS told
WHERE concern.facility_id = $1 AND concern.book = $2
    AND concern.booked_at >= $3 AND concern.booked_at < $4
    AND (concern.booked_at, concern.partition, concern."offset", concern.code)
        > ($5::timestamptz, $6::int, $7::bigint, $8::text)
    AND told.recorded_at <= $9
ORDER BY concern.booked_at, concern.partition, concern."offset", concern.code
LIMIT $10;

-- What is new for a facility

-- name: positions
-- $1 topic
SELECT partition, next_offset
FROM fold_position
WHERE topic = $1;

-- name: news
-- $1 facility; $2, $3 and $4 partition, offset and code of the last one seen in each; $5 limit.
-- Every partition gets its turn: none waits because another one has much to tell.
WITH news AS MATERIALIZED (
    SELECT one.partition, one."offset", one.code
    FROM unnest($2::int[], $3::bigint[], $4::text[]) AS seen (partition, "offset", code)
    CROSS JOIN LATERAL (
        SELECT concern.partition, concern."offset", concern.code,
            row_number() OVER (ORDER BY concern."offset", concern.code) AS turn
        FROM concern
        WHERE concern.facility_id = $1 AND concern.partition = seen.partition
            AND (concern."offset", concern.code) > (seen."offset", seen.code)
        ORDER BY concern."offset", concern.code
        LIMIT $5
    ) AS one
    ORDER BY one.turn, one.partition
    LIMIT $5
)
SELECT news.partition, news."offset", news.code, told.outcome
FROM news
CROSS JOIN LATERAL (
    SELECT outcome
    FROM record
    WHERE record.code = news.code AND record."offset" = news."offset"
        AND record.partition = news.partition
    LIMIT 1
) AS told
ORDER BY news.partition, news."offset", news.code;

-- Figures

-- name: totals
SELECT submission, verdict, result, sum(records)::bigint AS records
FROM tally
GROUP BY submission, verdict, result
ORDER BY submission, verdict, result;
