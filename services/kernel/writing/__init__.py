"""What the writers share: the envelope of a submission and the answers to outcomes."""
