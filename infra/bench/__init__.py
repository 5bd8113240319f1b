"""`make bench`: what the folders do in a second beside the limits and what else one would take, and
how long a verdict takes through HTTP.

One throwaway network, one seeded log, every contestant in turn, several rounds. A fold that came to
a wrong result fails the run: speed is never bought with correctness.

    lives.py       what happens to prescriptions, and in which order it reaches the log
    country.py     who prescribes and dispenses what to whom
    submissions.py the records of the log, made by the rooms' own code
    stage.py       the network, the filled log, what is right about it
    contestants/   one file each: what is measured
    following.py   a fold watched from outside: how far it is, what it needs
    peer/          the environment of the contestant that needs its own
    latency/       calls that wait for nobody, up to the knee and beyond
    report.py      what a run came to, as JSON; goals.py what it has to reach
    year.py        what a country's year costs, derived; scale.py what higher rates need
    showing.py     the tables; plots.py the plots; page.py PERFORMANCE.md
    run.py         the whole run
    codec.py       the wire codec alone, beside fastavro: python -m infra.bench.codec
"""
