"""`python -m infra.query_plans`: how Postgres answers every look-up when the registry is large.

A throwaway Postgres is filled with so many prescriptions, every statement that reads
(services/registry/store/reads.sql) is asked, its plan is examined, and docs/query-plans.md is
written. A scan of a whole large table, or more rows read than an answer needs, fails the run.

    filling.sql   a registry of so many prescriptions, made inside Postgres
    filling.py    runs it: tables first, indexes after
    questions.py  one question per statement, with arguments found in the data
    plans.py      what a plan says: nodes, rows, buffers; what is wrong with it
    report.py     the page
"""
