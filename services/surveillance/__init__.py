"""The surveillance room: folds `rx.facts` into alerts about patients.

Owns one exact timeline per patient and the alerts open on it. Reads `rx.facts`, writes `rx.alerts`.
An alert is an indication, a reason to look; it blocks nothing and proves nothing. To change what is
found: `rules/<rule>.py` says what a pattern is, `parameters.yaml` from which numbers on.
"""
