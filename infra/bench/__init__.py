"""`make bench`: what the folders do in a second, beside the limits and what else one would take.

One throwaway broker and Postgres, one seeded log, every contestant in turn, several rounds. A fold
that came to a wrong result fails the run: speed is never bought with correctness.

    lives.py       what happens to prescriptions, and in which order it reaches the log
    country.py     who prescribes and dispenses what to whom
    submissions.py the records of the log, made by the rooms' own code
    stage.py       the network, the filled log, what is right about it
    contestants/   one file each: what is measured
    peer/          the environment of the one that needs its own
    report.py      the table, the JSON file
    run.py         the whole run
    codec.py       the wire codec alone, beside fastavro: python -m infra.bench.codec
"""
