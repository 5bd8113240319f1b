"""The rules a second time, in SQL: written from their sentences, sharing no code with them."""
