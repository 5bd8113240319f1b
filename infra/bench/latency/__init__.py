"""How long a verdict takes through HTTP, and what becomes of too many calls.

Arrivals come by a schedule that waits for nobody (an open loop), so a slow network gets no pity:
the time a call waits for its turn counts.

    arrivals.py      when calls come
    calls.py         what becomes of them; one generator's work
    generator.py     the calls themselves, in processes of their own
    figures.py       percentiles, what counts as held, when it has recovered
    prescriptions.py what there is to reserve
    counters.py      pharmacies with tokens, one step of the measurement
    ladder.py        rate after rate up to the knee, then twice as much
"""
