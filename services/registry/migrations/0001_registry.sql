-- The mechanism's own table: how far each partition is applied, and who may apply it.
CREATE TABLE fold_position (
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    epoch       bigint  NOT NULL,
    last_digest bytea,
    PRIMARY KEY (topic, partition)
);

-- One row per prescription code: the state its records fold to.
CREATE TABLE prescription (
    code        text PRIMARY KEY,
    patient_ref text,
    practice_id text,
    issued_at   timestamptz,
    state       json NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX prescription_of_patient ON prescription (patient_ref, issued_at DESC)
    WHERE patient_ref IS NOT NULL;

-- Every record of the log with its outcome: the history of a prescription.
CREATE TABLE record (
    partition    integer     NOT NULL,
    "offset"     bigint      NOT NULL,
    code         text        NOT NULL,
    event_id     text        NOT NULL,
    submission   text        NOT NULL,
    facility_id  text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    content_hash bytea       NOT NULL,
    value        bytea       NOT NULL,
    outcome      json        NOT NULL,
    PRIMARY KEY (partition, "offset")
);
CREATE INDEX record_of_prescription ON record (code, "offset");
CREATE INDEX record_by_event ON record (code, event_id, "offset");

-- Running totals of judged records, per partition.
CREATE TABLE tally (
    partition  integer NOT NULL,
    submission text    NOT NULL,
    verdict    text    NOT NULL,
    result     text    NOT NULL,
    records    bigint  NOT NULL,
    PRIMARY KEY (partition, submission, verdict, result)
);

-- Who looked at what: every read of a person's data is itself on record.
CREATE TABLE lookup (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    facility_id text NOT NULL,
    role        text NOT NULL,
    person_id   text NOT NULL,
    what        text NOT NULL,
    code        text NOT NULL DEFAULT '',
    patient_ref text NOT NULL DEFAULT '',
    purpose     text NOT NULL DEFAULT ''
);
CREATE INDEX lookup_of_patient ON lookup (patient_ref, at DESC) WHERE patient_ref <> '';
CREATE INDEX lookup_of_prescription ON lookup (code, at DESC) WHERE code <> '';
