"""The regulators' room: alerts, cases, decisions, what could not be read, statistics. Reader.

Owns: Postgres schema `oversight` (alerts, every change of one, cases, decisions, the rules' record,
dead letters, who looked at what).
Reads: `rx.alerts`, `rx.dead-letters`; the registry's statistics over HTTP. Writes: decisions of
people on `rx.alerts`, beside what they are about; `rx.dead-letters`, for what it cannot read.
Does not: find patterns (surveillance does), judge anybody (people do).
"""
