-- The large tables are cut into sixteen parts each, by hash of what they are asked by: the code of
-- a prescription, the facility that follows. A question about one looks into one part, its indexes
-- are a sixteenth as large, parts are vacuumed side by side and may lie on disks of their own. Not
-- cut by the partition of the log: that changes for half of all codes when the log gets more of
-- them, and a record whose key is in a wrong one is found by its code nevertheless.
CREATE TABLE prescription_cut (LIKE prescription) PARTITION BY HASH (code);
CREATE TABLE record_cut (LIKE record) PARTITION BY HASH (code);
CREATE TABLE concern_cut (LIKE concern INCLUDING CONSTRAINTS) PARTITION BY HASH (facility_id);
DO $$
DECLARE
    large  text;
    part   int;
    stored text;
BEGIN
    FOREACH large IN ARRAY ARRAY['prescription', 'record', 'concern'] LOOP
        FOR part IN 0..15 LOOP
            -- only states are updated: room for the next version in the same page
            stored := CASE large WHEN 'prescription' THEN ' WITH (fillfactor = 80)' ELSE '' END;
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
                large || '_' || lpad(part::text, 2, '0'), large || '_cut', part
            ) || stored;
        END LOOP;
    END LOOP;
END $$;
INSERT INTO prescription_cut SELECT * FROM prescription;
INSERT INTO record_cut SELECT * FROM record;
INSERT INTO concern_cut SELECT * FROM concern;
DROP TABLE prescription, record, concern;
ALTER TABLE prescription_cut RENAME TO prescription;
ALTER TABLE record_cut RENAME TO record;
ALTER TABLE concern_cut RENAME TO concern;

ALTER TABLE prescription ADD CONSTRAINT prescription_pkey PRIMARY KEY (code);
CREATE INDEX prescription_of_patient ON prescription (patient_ref, issued_at DESC, code DESC)
    WHERE patient_ref IS NOT NULL;
CREATE INDEX prescription_due ON prescription (partition, due_at, code) WHERE due_at IS NOT NULL;

-- The key is the history of a prescription, so that needs no index of its own any more.
ALTER TABLE record ADD CONSTRAINT record_pkey PRIMARY KEY (code, "offset", partition);
CREATE INDEX record_by_event ON record (code, event_id, "offset");

ALTER TABLE concern ADD CONSTRAINT concern_pkey
    PRIMARY KEY (facility_id, partition, "offset", code);
CREATE INDEX concern_by_day ON concern (facility_id, book, booked_at, partition, "offset", code)
    WHERE book IS NOT NULL;
