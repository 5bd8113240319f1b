"""Backup, restore and what follows a loss: copies, their proof, records driven again."""
