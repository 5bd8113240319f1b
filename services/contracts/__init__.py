"""The Python face of `schemas/`: types only, one per event, equal field by field to its newest `.avsc`."""
