-- How far results may have been told: a look-up waits until as much is applied.
CREATE TABLE fold_told (
    topic      text    NOT NULL,
    partition  integer NOT NULL,
    told_until bigint  NOT NULL,
    PRIMARY KEY (topic, partition)
);
