"""The late lane: what came too late for its patient's timeline or alerts, and what it means.

`lane` says what goes into it, `rerun` judges a whole life with it and without it, `telling` puts
what came of that into words. All of it is pure; `late_taking` and `store` are the shell around it.
"""
