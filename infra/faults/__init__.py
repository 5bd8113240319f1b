"""Faults: traffic with a recorded history, what is broken under it, and the checks afterwards."""
