-- Alerts for which exemptions hold, by the names of these: on record, for nobody to act on.
ALTER TABLE alert ADD COLUMN suppressed_by text NOT NULL
    GENERATED ALWAYS AS (coalesce(figures ->> 'suppressed_by', '')) STORED;
CREATE INDEX alert_suppressed ON alert (rule, suppressed_by) WHERE suppressed_by <> '';
CREATE INDEX alert_suppressed_of ON alert (subject, raised_at DESC, alert_id DESC)
    WHERE suppressed_by <> '';
