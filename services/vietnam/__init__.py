"""The country pack for Vietnam: codes, identifiers, dated law, directories, the API of QĐ 808.

Pure functions and data: no clock, no randomness, no network. The only input is a data file that a
composition root loads by an explicit `load(path)`. It imports `services.contracts` and nothing else
of RxLog, so another country is another pack beside this one.
"""
