"""The Postgres server of a local network, and the roles on any Postgres."""
