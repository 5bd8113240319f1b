-- The mechanism's own table: how far each partition is applied, and who may apply it.
CREATE TABLE fold_position (
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    epoch       bigint  NOT NULL,
    last_digest bytea,
    PRIMARY KEY (topic, partition)
);

-- One row per patient: the timeline and the alerts open on it.
CREATE TABLE patient (
    patient_ref text PRIMARY KEY,
    state       json NOT NULL
) WITH (fillfactor = 80);
