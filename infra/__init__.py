"""Runs RxLog: the local network without Docker, the servers' settings, the `rxlog` command.

`processes.py` lists every process; `local/network.py` starts and stops them on one machine.
"""
