"""RxLog: an event-sourced national e-prescription network. Read `services/topology.py` first."""
