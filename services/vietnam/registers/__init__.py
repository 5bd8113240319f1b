"""Registers of facilities, practitioners and medicines as CSV files: read whole, every bad row
named with its column and the reason in both languages. `docs/loading.md` has the columns.

A row is one interval of one entry; all rows of a key are one entry of the directory.
"""
