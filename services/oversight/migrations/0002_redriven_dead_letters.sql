-- Dead letters that were driven again, and where their records stand anew.
CREATE TABLE redrive (
    dead_letter_id text        NOT NULL,
    topic          text        NOT NULL,
    partition      integer     NOT NULL,
    "offset"       bigint      NOT NULL,
    redriven_at    timestamptz NOT NULL,
    because        text        NOT NULL,
    PRIMARY KEY (dead_letter_id, topic, partition, "offset")
);
