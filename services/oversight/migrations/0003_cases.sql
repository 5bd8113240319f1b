-- Cases: the alerts of one subject together, and what people decided. All of it comes from the log.
CREATE TABLE case_file (
    number           bigint           PRIMARY KEY,
    subject_kind     text             NOT NULL,
    subject          text             NOT NULL,
    step             text,
    final_from       timestamptz,
    severity         text             NOT NULL,
    rank             double precision NOT NULL,
    opened_at        timestamptz      NOT NULL,
    changed_at       timestamptz      NOT NULL,
    first_decided_at timestamptz,
    duties           integer          NOT NULL,
    state            json             NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX case_by_rank ON case_file (rank DESC, number DESC);
CREATE INDEX case_new ON case_file (rank DESC, number DESC)
    WHERE step IS NULL AND final_from IS NOT NULL;
CREATE INDEX case_at_step ON case_file (step, rank DESC, number DESC) WHERE step IS NOT NULL;
CREATE INDEX case_owing ON case_file (rank DESC, number DESC) WHERE duties > 0;
CREATE INDEX case_of_subject ON case_file (subject, number);
CREATE INDEX case_first_decided ON case_file (first_decided_at) WHERE first_decided_at IS NOT NULL;

-- Which alerts a case holds, and what people said each was worth.
CREATE TABLE case_alert (
    case_number bigint      NOT NULL,
    alert_id    text        NOT NULL,
    rule        text        NOT NULL,
    severity    text        NOT NULL,
    raised_at   timestamptz NOT NULL,
    is_open     boolean     NOT NULL,
    judged      text CHECK (judged IN ('confirmed', 'explained', 'false-positive')),
    PRIMARY KEY (case_number, alert_id)
);
CREATE INDEX case_alert_of ON case_alert (alert_id, case_number);
CREATE INDEX case_alert_by_rule ON case_alert (rule, case_number);
CREATE INDEX case_alert_judged ON case_alert (rule, judged) WHERE judged IS NOT NULL;

-- Every decision at its place in the log, also those that did not count, and why not.
CREATE TABLE decision (
    decision_id text        PRIMARY KEY,
    partition   integer     NOT NULL,
    "offset"    bigint      NOT NULL,
    case_number bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    ruling      text        NOT NULL,
    event       json        NOT NULL
);
CREATE INDEX decision_of_case ON decision (case_number, "offset");

-- How often each rule fired: alerts first raised, by Vietnam's calendar day. One row per partition
-- of the log, so that workers never wait for each other.
CREATE TABLE rule_day (
    rule      text    NOT NULL,
    day       date    NOT NULL,
    partition integer NOT NULL,
    raised    integer NOT NULL,
    PRIMARY KEY (rule, day, partition)
);

-- Rules that people let be heard again after they had fired too often.
CREATE TABLE rule_release (
    release_id  text        PRIMARY KEY,
    rule        text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    event       json        NOT NULL
);
CREATE INDEX rule_release_of ON rule_release (rule, recorded_at);

-- Up to where facts are complete, as each partition of rx.alerts was told: what it holds of alerts
-- up to there is all there will be.
CREATE TABLE watermark (
    partition integer     PRIMARY KEY,
    at        timestamptz NOT NULL,
    idle      integer[]   NOT NULL
);

-- Statistics (S4) are told only to those who ask for them.
ALTER TABLE alert_change ADD COLUMN is_statistics boolean NOT NULL DEFAULT false;
CREATE INDEX alert_change_asking ON alert_change (partition, "offset") WHERE NOT is_statistics;
CREATE INDEX alert_asking ON alert (raised_at DESC, alert_id DESC) WHERE severity <> 'S4';
CREATE INDEX alert_retracted ON alert (rule) WHERE status = 'retracted';
