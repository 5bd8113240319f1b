"""The stages of a prescription's life as the auditor reads them, one file each.

`EFFECTS` says what each result other than a refusal claims and does to the ledger: a sentence for
each thing that speaks against it, then the books are kept as if it were right, so that one wrong
verdict is one violation and not a hundred. `GROUNDS` says when a refusal is justified.
"""
