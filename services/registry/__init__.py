"""The national registry. Folder.

Owns: Postgres schema `registry` (prescriptions, the record of every submission with its outcome).
Reads: `rx.log`. Writes: `rx.outcomes`, `rx.facts`, `rx.dead-letters`. Answers look-ups over HTTP.
Does not: take submissions (the writers do), know who a patient is (identity does).
"""
