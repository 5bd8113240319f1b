"""Where clinics issue, cancel and replace prescriptions. Writer.

Owns: nothing but its API. Writes: `PrescriptionIssued`, `PrescriptionCancelled` to `rx.log`.
Reads: `rx.outcomes`, to answer its callers; identity over HTTP, to seal what is personal.
Does not: decide anything that depends on history (the registry's judge does).
"""
