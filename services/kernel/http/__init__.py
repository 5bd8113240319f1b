"""The HTTP shell every API shares: errors, limits, tokens, idempotency, calls between rooms."""
