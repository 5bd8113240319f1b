"""The regulators' room: alerts, their history, what could not be read, statistics. Reader.

Owns: Postgres schema `oversight` (alerts, every change of one, dead letters, who looked at what).
Reads: `rx.alerts`, `rx.dead-letters`; the registry's statistics over HTTP. Writes:
`rx.dead-letters`, for alerts it cannot read. Does not: find patterns (surveillance does), judge
anybody (people do).
"""
