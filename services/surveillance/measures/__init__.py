"""Prescribers, pharmacies, rings, and patients among all others: additive counters of what
patients' timelines hold, and the rules that compare those counters with a subject's peers or with
its own past.

`counting` derives the counters from one fact's change of one timeline, `panel` adds them up,
`signals` says what a rule finds in a month, `alerting` turns that into changes of alerts. All of
it is pure; `store` and `running` are the shell around it.
"""
