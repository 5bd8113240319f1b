-- When the log told of an alert first: a rule that fires too often is held back by that, not by the
-- time of the facts, which may be of an old day that a late re-run judged again.
ALTER TABLE alert ADD COLUMN told_at timestamptz;
UPDATE alert SET told_at = coalesce(
    (SELECT min(c.recorded_at) FROM alert_change AS c WHERE c.alert_id = alert.alert_id), raised_at);
ALTER TABLE alert ALTER COLUMN told_at SET NOT NULL;
ALTER TABLE case_alert ADD COLUMN told_at timestamptz;
UPDATE case_alert SET told_at = coalesce(
    (SELECT a.told_at FROM alert AS a WHERE a.alert_id = case_alert.alert_id), raised_at);
ALTER TABLE case_alert ALTER COLUMN told_at SET NOT NULL;
