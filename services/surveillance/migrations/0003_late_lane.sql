-- Facts and withdrawals that came too late for their patient's timeline, or for alerts on it that
-- have settled. `offset` is the place of the record that told a fact too late, `withdrawn_offset` of
-- the one that withdrew it; without `offset` the fact itself came in time. Each is the first of its
-- kind that came too late.
CREATE TABLE late_fact (
    fact_id          text    PRIMARY KEY,
    patient_ref      text    NOT NULL,
    partition        integer NOT NULL,
    "offset"         bigint,
    occurred_at      timestamptz,
    recorded_at      timestamptz,
    withdrawn_offset bigint,
    withdrawn_at     timestamptz,
    CHECK ("offset" IS NOT NULL OR withdrawn_offset IS NOT NULL)
);

-- What a re-run has taken, as the lane was then. What was withdrawn since waits again.
CREATE TABLE late_taken (
    fact_id          text PRIMARY KEY,
    "offset"         bigint,
    withdrawn_offset bigint
);

-- Timelines do not tell what they missed.
INSERT INTO fold_again
SELECT 'what came too late was not kept before' WHERE EXISTS (SELECT 1 FROM patient);
