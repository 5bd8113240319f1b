-- Why an erasure was lawful. Erasures stand on the log too, from where they are applied again after
-- an older database was restored; nothing here says who asked for those.
ALTER TABLE shred_ledger ADD COLUMN legal_basis text NOT NULL DEFAULT 'UNKNOWN';
