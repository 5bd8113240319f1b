-- The mechanism's own table: how far each partition is applied, and who may apply it.
CREATE TABLE fold_position (
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    epoch       bigint  NOT NULL,
    last_digest bytea,
    PRIMARY KEY (topic, partition)
);

-- One row per alert: what its newest revision says.
CREATE TABLE alert (
    alert_id      text        PRIMARY KEY,
    rule          text        NOT NULL,
    rule_version  text        NOT NULL,
    severity      text        NOT NULL,
    subject_kind  text        NOT NULL,
    subject       text        NOT NULL,
    status        text        NOT NULL CHECK (status IN ('open', 'retracted')),
    raised_at     timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    episode_start timestamptz NOT NULL,
    episode_end   timestamptz NOT NULL,
    revision      integer     NOT NULL,
    evidence      json        NOT NULL,
    figures       json        NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX alert_by_time ON alert (raised_at DESC, alert_id DESC);
CREATE INDEX alert_by_rule ON alert (rule, raised_at DESC, alert_id DESC);
CREATE INDEX alert_by_severity ON alert (severity, raised_at DESC, alert_id DESC);
CREATE INDEX alert_of_subject ON alert (subject, raised_at DESC, alert_id DESC);
CREATE INDEX alert_open ON alert (rule, severity) WHERE status = 'open';

-- Every change of an alert, at its place in the log.
CREATE TABLE alert_change (
    partition   integer     NOT NULL,
    "offset"    bigint      NOT NULL,
    change_id   text        NOT NULL UNIQUE,
    alert_id    text        NOT NULL,
    revision    integer     NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('raised', 'revised', 'retracted')),
    recorded_at timestamptz NOT NULL,
    change      json        NOT NULL,
    PRIMARY KEY (partition, "offset")
);
CREATE INDEX alert_change_of_alert ON alert_change (alert_id, revision DESC);

-- Records that a folder could not read or judge, whole.
CREATE TABLE dead_letter (
    dead_letter_id   text        PRIMARY KEY,
    folder           text        NOT NULL,
    source_topic     text        NOT NULL,
    source_partition integer     NOT NULL,
    source_offset    bigint      NOT NULL,
    recorded_at      timestamptz NOT NULL,
    key              bytea,
    value            bytea,
    headers          json        NOT NULL,
    error            text        NOT NULL
);
CREATE INDEX dead_letter_by_time ON dead_letter (recorded_at DESC, dead_letter_id DESC);
CREATE INDEX dead_letter_of_folder ON dead_letter (folder, source_topic);

-- Who looked at what: every read of a person's alerts is itself on record.
CREATE TABLE lookup (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    facility_id text        NOT NULL,
    role        text        NOT NULL,
    person_id   text        NOT NULL,
    what        text        NOT NULL,
    subjects    text[]      NOT NULL,
    purpose     text        NOT NULL DEFAULT ''
);
CREATE INDEX lookup_of_subject ON lookup USING gin (subjects);
