-- One schema and one role per room: the role owns its schema and has no right anywhere else.
-- Applied at every start by infra/postgres/roles.py, whose connection carries the names and the
-- passwords in the settings rxlog.roles and rxlog.password.<role>; running it again changes nothing.

BEGIN;

-- Two starts at once take turns.
SELECT pg_advisory_xact_lock(hashtext('rxlog.roles'));

REVOKE ALL ON SCHEMA public FROM PUBLIC;

DO $$
DECLARE
    room text;
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());

    FOREACH room IN ARRAY string_to_array(current_setting('rxlog.roles'), ',') LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = room) THEN
            EXECUTE format('CREATE ROLE %I', room);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I LOGIN PASSWORD %L', room, current_setting('rxlog.password.' || room)
        );
        -- An owner who is no superuser must belong to a role to give it a schema.
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            EXECUTE format('GRANT %I TO %I', room, current_user);
        END IF;

        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', room, room);
        EXECUTE format(
            'ALTER ROLE %I IN DATABASE %I SET search_path = %I', room, current_database(), room
        );
        -- TEMPORARY: a folder copies a batch into a temporary table before it merges it.
        EXECUTE format(
            'GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), room
        );
        -- A rebuild folds a topic into a second schema, such as registry_rebuild, and may swap it.
        IF room IN ('registry', 'surveillance', 'oversight') THEN
            EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), room);
        END IF;
    END LOOP;
END
$$;

COMMIT;
