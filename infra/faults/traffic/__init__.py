"""The traffic of a campaign: who asks for what, over HTTP, by the contract of the APIs.

population.py  clinics, pharmacies, payers, medicines; prescriptions put straight on the log
errands.py     one request: what it asks for, as HTTP and as a line of the history
clients.py     sends errands, repeats them as the contract asks, records every call
scenes.py      what happens to a prescription: races, repeats, parts, returns, claims
crowd.py       many scenes at once, at a bounded rate
"""
