"""Kafka as the rooms see it: the wire format, appending, waiting for outcomes."""
