"""The development token issuer: OAuth2 client credentials for the demo and the tests.

NOT FOR REAL USE. It knows no clients: whoever can read its master secret may be anybody, with any
role, at any facility. A real network configures `RXLOG_ISSUER` and `RXLOG_JWKS_URL` with its own
OpenID provider, and this room is not started.

Owns: `issuer.key` (its signing key) and `room.secret` (the master of all client secrets).
Writes: nothing. Reads: nothing. Does not: know people, facilities or licences.
"""
