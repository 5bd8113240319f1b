"""Every SQL statement of the registry. Reads and writes go to the primary only.

reads.sql     every statement that reads, by name
statements.py gives them out
loading.py    what a fold needs to know
writing.py    what a fold writes, and the record of who looked at what
reading.py    what callers ask
following.py  what is new for a facility
dumps.py      everything the log brings about, for comparing two registries
"""
