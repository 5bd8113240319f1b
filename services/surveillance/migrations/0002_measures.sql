-- Prescribers and pharmacies: additive counters, derived from the timelines in the transaction that
-- changes them. Kept per partition, so that workers never wait for each other; a rule adds up all.
-- `measure` is a number of measures/measure.py; `period` a local day, or the number of a quarter of
-- an hour. A counter of zero has no row.
CREATE TABLE counter (
    partition integer  NOT NULL,
    measure   smallint NOT NULL,
    period    integer  NOT NULL,
    subject   text     NOT NULL,
    part      text     NOT NULL,
    value     bigint   NOT NULL,
    PRIMARY KEY (partition, measure, period, subject, part)
) WITH (fillfactor = 80);

-- How often a fact changed a counter of a calendar month: a month whose sum moved is reviewed again.
CREATE TABLE counted_month (
    partition integer NOT NULL,
    month     integer NOT NULL,
    changes   bigint  NOT NULL,
    PRIMARY KEY (partition, month)
);

-- Until when each partition of the log of prescriptions is known in each partition of facts.
CREATE TABLE log_time (
    partition      integer     NOT NULL,
    log_partition  integer     NOT NULL,
    known_until    timestamptz NOT NULL,
    log_partitions integer     NOT NULL,
    PRIMARY KEY (partition, log_partition)
);

-- In which state a month was reviewed last. A rebuild leaves it empty: what is still looked at is
-- reviewed anew.
CREATE TABLE month_review (
    month   integer PRIMARY KEY,
    changes bigint  NOT NULL
);

-- What the reviews found, by month.
CREATE TABLE signal (
    rule         text    NOT NULL,
    rule_version text    NOT NULL,
    subject      text    NOT NULL,
    month        integer NOT NULL,
    subject_kind text    NOT NULL,
    content      json    NOT NULL,
    PRIMARY KEY (rule, rule_version, subject, month)
);
CREATE INDEX signal_of_month ON signal (month, subject_kind);

-- Alerts about prescribers and pharmacies as last told, retracted ones too: revisions are counted
-- on, also across a rebuild.
CREATE TABLE subject_alert (
    alert_id text    PRIMARY KEY,
    rule     text    NOT NULL,
    subject  text    NOT NULL,
    year     integer NOT NULL,
    content  json    NOT NULL
);
CREATE INDEX subject_alert_of ON subject_alert (rule, subject, year);

-- Changes that were decided and may not be published yet: a review that is interrupted between the
-- two publishes the very same bytes.
CREATE TABLE unsent (
    place   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key     bytea NOT NULL,
    value   bytea NOT NULL,
    headers json  NOT NULL
);

-- One row: whoever reviews holds it.
CREATE TABLE review (
    alone       boolean PRIMARY KEY DEFAULT true CHECK (alone),
    known_until timestamptz
);
INSERT INTO review DEFAULT VALUES;

-- Timelines without counters cannot be completed from themselves once facts were forgotten.
CREATE TABLE fold_again (reason text NOT NULL);
INSERT INTO fold_again
SELECT 'prescribers and pharmacies were not counted before' WHERE EXISTS (SELECT 1 FROM patient);
