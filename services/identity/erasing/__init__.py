"""Erasures that no restore can undo: they stand on a topic that is kept for ever."""
