"""A country of clinics, pharmacies, patients and payers that lives on RxLog. Client.

Owns: nothing. Acts only through the public HTTP APIs, with tokens like everybody else.
`story.py` is the life of one prescription; `run.py` lets the whole country live at a stated rate.
Every answer is compared with what `expectations.py` says must come, and some abuse is planted
(`schemes.py`) that surveillance must find.
"""
