"""Where reimbursement is claimed and claims are withdrawn. Writer.

Owns: nothing but its API. Writes: `PrescriptionClaimed`, `ClaimWithdrawn` to `rx.log`.
Reads: `rx.outcomes`, to answer. Does not: pay.
"""
