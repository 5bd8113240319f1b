-- A person's number, as keyed hashes of it, and the random reference it stands for.
CREATE TABLE lookup (
    number_hmac bytea PRIMARY KEY CHECK (length(number_hmac) = 32),
    master_version integer NOT NULL,
    patient_ref text NOT NULL CHECK (patient_ref ~ '^[0-9a-f]{32}$'),
    created_at timestamptz NOT NULL
);
CREATE INDEX lookup_patient ON lookup (patient_ref);

-- The data keys of a patient, each wrapped by a key made from the master key of that version.
CREATE TABLE patient_key (
    patient_ref text NOT NULL CHECK (patient_ref ~ '^[0-9a-f]{32}$'),
    number integer NOT NULL CHECK (number > 0),
    master_version integer NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (patient_ref, number)
);

-- References whose keys were deleted, to be applied again after a restore. Kept for ever.
CREATE TABLE shred_ledger (
    patient_ref text PRIMARY KEY,
    erased_at timestamptz NOT NULL,
    erased_by text NOT NULL,
    reason text NOT NULL
);

-- Every reading of a person: who, for what, when; field names, never their content.
CREATE TABLE reading (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('lookup', 'unseal')),
    patient_ref text,
    event_id text NOT NULL,
    fields text[] NOT NULL,
    room text NOT NULL,
    facility text NOT NULL,
    role text NOT NULL,
    person text NOT NULL,
    purpose text NOT NULL,
    reason text NOT NULL,
    request_id text NOT NULL
);
CREATE INDEX reading_patient ON reading (patient_ref, id) WHERE patient_ref IS NOT NULL;
CREATE INDEX reading_lookups ON reading (facility, at) WHERE kind = 'lookup';

-- What the master keys look like, so that a wrong key file is noticed before it does harm.
CREATE TABLE master_fingerprint (
    master_version integer PRIMARY KEY,
    fingerprint bytea NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER reading_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON reading
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER shred_ledger_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON shred_ledger
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
