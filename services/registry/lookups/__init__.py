"""What callers may ask of the registry.

asking.py      what every look-up shares
by_code.py     one prescription: now, as it was, its history, its person
by_patient.py  the prescriptions of a patient
by_day.py      a facility's day books
following.py   what changed since a cursor; news.py wakes who waits
cursors.py     where a reader is
"""
