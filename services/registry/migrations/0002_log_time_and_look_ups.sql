-- When log time alone changes a prescription, and in which partition of the log it lives.
ALTER TABLE prescription
    ADD COLUMN partition integer,
    ADD COLUMN due_at    timestamptz;
UPDATE prescription SET partition = written.partition
    FROM (SELECT DISTINCT ON (code) code, partition FROM record ORDER BY code, "offset") AS written
    WHERE written.code = prescription.code;
ALTER TABLE prescription ALTER COLUMN partition SET NOT NULL;
CREATE INDEX prescription_due ON prescription (partition, due_at, code) WHERE due_at IS NOT NULL;

-- A patient's prescriptions are read page by page; two may be of the same moment.
DROP INDEX prescription_of_patient;
CREATE INDEX prescription_of_patient ON prescription (patient_ref, issued_at DESC, code DESC)
    WHERE patient_ref IS NOT NULL;

-- One tick touches many prescriptions: a row for each.
ALTER TABLE record
    DROP CONSTRAINT record_pkey,
    ADD PRIMARY KEY (partition, "offset", code);

-- Which facility has to do with which record: what it may follow, in log order. Where the record
-- is an entry of the facility's day book, `book` and `booked_at` say which and of when.
CREATE TABLE concern (
    facility_id text    NOT NULL,
    partition   integer NOT NULL,
    "offset"    bigint  NOT NULL,
    code        text    NOT NULL,
    book        text CHECK (book IN ('issued', 'dispensed', 'claimed')),
    booked_at   timestamptz,
    PRIMARY KEY (facility_id, partition, "offset", code),
    CHECK ((book IS NULL) = (booked_at IS NULL))
);
CREATE INDEX concern_by_day ON concern (facility_id, book, booked_at, partition, "offset", code)
    WHERE book IS NOT NULL;

-- What exactly was shown, where that is more than one prescription or patient.
ALTER TABLE lookup ADD COLUMN detail text NOT NULL DEFAULT '';

-- A row here says that the log has to be folded again before the worker goes on.
CREATE TABLE fold_again (reason text NOT NULL);
INSERT INTO fold_again
    SELECT 'deadlines and concerns of earlier records are not in these tables'
    WHERE EXISTS (SELECT FROM record);
