-- A record is found by its code, or by code and event id. One key does both: the records of a code
-- are few and sorted when its history is read. Of an event id sent over and over the first one is
-- still the first entry. A second index costs a page of the write-ahead log for nearly every record
-- of a large registry.
ALTER TABLE record DROP CONSTRAINT record_pkey;
DROP INDEX record_by_event;
ALTER TABLE record ADD CONSTRAINT record_pkey
    PRIMARY KEY (code, event_id, "offset", partition);
