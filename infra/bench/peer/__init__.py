"""The environment of the peer: another stream engine, with the versions its makers ask for."""
