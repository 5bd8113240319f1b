"""The rules a second time, in SQL. It shares no code with the engine, but was written by readers of
it: a misreading of a rule's sentence that both make is not found here."""
