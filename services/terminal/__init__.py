"""What people do at a terminal: watch alerts, trace a prescription, submit files. Client.

Owns: nothing. Acts only through the public HTTP APIs, with a token like everybody else.
`commands.py` holds the commands; whoever mounts them says in its `wiring` where the network is.
"""
