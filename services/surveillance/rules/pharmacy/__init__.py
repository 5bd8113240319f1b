"""Rules about pharmacies: compared with their peers, or with limits."""
