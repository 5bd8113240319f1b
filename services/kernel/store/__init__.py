"""Postgres: pools and migrations."""
