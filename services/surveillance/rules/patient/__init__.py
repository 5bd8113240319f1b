"""Rules about one patient: pure functions of the patient's timeline."""
