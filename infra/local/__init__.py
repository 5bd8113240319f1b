"""One network on one machine, without Docker: start, supervise, stop, look."""
