"""Who a patient is, apart from everything else. Keeper.

Owns: the map from a person's number (as a keyed hash) to a random patient reference, one data key
per patient, the record of every reading, the ledger of erasures; the file `identity-master.key`.
Writes: its own Postgres schema, `rx.erasures`, and to `rx.dead-letters` what it cannot read there.
Reads: `rx.erasures`, whole at every start, so that whom an older database brings back stays erased.
Does not: keep a name, a number or any sealed text; know a prescription; decide who may see what
(the room that asks does, and the reading stays on record).
"""
