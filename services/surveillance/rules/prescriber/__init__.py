"""Rules about prescribers: compared with their peers, or with their own past."""
